"""The panes of a chart: candles with their averages and marks, volume, RSI; and the chart's style.

Each function draws on the axes that it is given. As in `chart.py`, matplotlib is imported late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engram.core.formats import format_amount, format_price
from engram.market.candles import Candles, Column
from engram.market.charts.axes import PriceAxis, Tag, moments, spread
from engram.market.evidence import Evidence
from engram.market.indicators import RECENT, Columns, Levels, compute, swing_levels, tail
from engram.market.outcomes import Signal
from engram.market.signals import Analysis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDE = 1080  # pixels
DPI = 150
POINT = DPI / 72 / SIDE  # of the picture's side
FONT = 11.0  # points; a phone shows a third of the size
GROUND, TEXT, FAINT = "#131722", "#e6e8ee", "#9aa0ad"
UP, DOWN = "#26a69a", "#ef5350"
EMA20, EMA50, BAND = "#f5c242", "#5aa9ff", "#9d8df1"
MARKS = {Signal.BUY: ("^", UP), Signal.SELL: ("v", DOWN), Signal.HOLD: ("D", "#b0b7c6")}

_GRID = "#2a2e39"
_SIGNAL_ROOM = 0.02  # of the candles across, at the right of the last one
_NARROWEST = 40  # candles across the picture, so that three of them do not become three walls


@dataclass(frozen=True, slots=True)
class View:
    """What is on the picture: the last candles, their places on x, and what was computed of all."""

    candles: Candles
    indicators: Columns
    levels: Levels
    analysis: Analysis | None
    evidence: Evidence | None
    x: Column

    @classmethod
    def of(
        cls,
        candles: Candles,
        analysis: Analysis | None = None,
        evidence: Evidence | None = None,
    ) -> View:
        """All figures come from `analysis`; without one, from as many candles as there are."""
        import numpy as np

        columns = ("time", "open", "high", "low", "close", "volume")
        shown = replace(candles, **{name: getattr(candles, name)[-RECENT:] for name in columns})
        x = np.arange(len(shown.close), dtype=np.float64)
        if analysis is None:
            columns_then = tail(compute(candles), RECENT)
            return cls(shown, columns_then, swing_levels(candles), None, None, x)
        levels = analysis.snapshot.levels
        return cls(shown, analysis.indicators, levels, analysis, evidence, x)

    @property
    def colours(self) -> list[str]:
        """One for each candle, by whether it rose."""
        return [UP if rose else DOWN for rose in self.candles.close >= self.candles.open]

    @property
    def tags(self) -> list[Tag]:
        """The prices that are marked on the axis, the current one first."""
        price = self.candles.price
        levels = (("R", self.levels.resistance, DOWN), ("S", self.levels.support, UP))
        return [Tag(price, format_price(price, like=price), TEXT)] + [
            Tag(level, f"{name} {format_price(level, like=price)}", colour)
            for name, level, colour in levels
            if level is not None
        ]


def dress(pane: Axes, view: View, *, named: bool) -> None:
    """Draw ground, grid and time axis, which all panes share; only the lowest names the times."""
    pane.set_facecolor(GROUND)
    for spine in pane.spines.values():
        spine.set_color(_GRID)
    pane.grid(color=_GRID, linewidth=0.7)
    pane.set_axisbelow(True)
    pane.tick_params(length=0, labelsize=FONT, labelcolor=FAINT, pad=6)
    pane.yaxis.tick_right()
    count = len(view.x)
    across = max(count, _NARROWEST)
    pane.set_xlim(count - across - 1, count + 0.5 + _SIGNAL_ROOM * across)
    times = moments(view.candles.time.tolist(), across)
    pane.set_xticks([time.at for time in times], [time.label if named else "" for time in times])


def draw_price(pane: Axes, view: View) -> None:
    """Draw candles, averages and band, the prices that are marked, and the signal if any."""
    axis = PriceAxis.over(view.candles)
    if axis.logarithmic:
        pane.set_yscale("log")
        pane.minorticks_off()
    pane.set_ylim(axis.low, axis.high)
    i = view.indicators
    lower = i.bollinger_lower.clip(axis.low / 2)  # it may reach below zero, a logarithm may not
    pane.fill_between(view.x, lower, i.bollinger_upper, color=BAND, alpha=0.13, linewidth=0)
    lines = ((lower, BAND, 0.9), (i.bollinger_upper, BAND, 0.9))
    for column, colour, width in (*lines, (i.ema20, EMA20, 1.5), (i.ema50, EMA50, 1.5)):
        pane.plot(view.x, column, color=colour, linewidth=width)
    _draw_candles(pane, view)
    _mark_prices(pane, axis, view.tags)
    if view.analysis is not None:
        _mark_signal(pane, view, view.analysis.signal)


def _draw_candles(pane: Axes, view: View) -> None:
    import numpy as np

    c = view.candles
    pane.vlines(view.x, c.low, c.high, colors=view.colours, linewidth=1.2)
    _draw_bars(pane, view, np.minimum(c.open, c.close), np.maximum(c.open, c.close), edge=1.0)


def _draw_bars(pane: Axes, view: View, foot: Column, top: Column, edge: float) -> None:
    """Draw all bars as one artist; an `edge`, in points, shows a bar of no height as a line."""
    import numpy as np
    from matplotlib.collections import PolyCollection

    left, right = view.x - 0.36, view.x + 0.36
    xs, ys = np.stack([left, left, right, right], 1), np.stack([foot, top, top, foot], 1)
    bars = PolyCollection(
        list(np.stack([xs, ys], 2)), facecolors=view.colours, edgecolors=view.colours
    )
    bars.set_linewidth(edge)
    pane.add_collection(bars, autolim=False)


def _mark_prices(pane: Axes, axis: PriceAxis, tags: Sequence[Tag]) -> None:
    """Draw tags at the right that do not cover each other, and round prices where no tag is."""
    gap = 1.75 * FONT * POINT / pane.get_position().height
    places = spread([axis.place(tag.price) for tag in tags], gap)
    for tag, place in zip(tags, places, strict=True):
        pane.axhline(tag.price, color=tag.colour, linewidth=0.9, linestyle="--", alpha=0.8)
        pane.annotate(
            tag.text,
            (1, place),
            (6, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            color=GROUND,
            fontsize=FONT,
            bbox={"boxstyle": "square,pad=0.2", "facecolor": tag.colour, "edgecolor": "none"},
        )
    ticks = axis.ticks()
    free = [all(abs(axis.place(tick.at) - place) > gap for place in places) for tick in ticks]
    labels = [tick.label if ok else "" for tick, ok in zip(ticks, free, strict=True)]
    pane.set_yticks([tick.at for tick in ticks], labels)


def _mark_signal(pane: Axes, view: View, signal: Signal) -> None:
    """Mark the last candle: below it for BUY, above it for SELL and HOLD."""
    from matplotlib.transforms import ScaledTranslation

    marker, colour = MARKS[signal]
    below = signal is Signal.BUY
    price = view.candles.low[-1] if below else view.candles.high[-1]
    points = ScaledTranslation(0, (-11 if below else 11) / 72, pane.figure.dpi_scale_trans)
    pane.plot(
        view.x[-1:],
        [price],
        marker=marker,
        markersize=11,
        color=colour,
        markeredgecolor=TEXT,
        transform=pane.transData + points,
        clip_on=False,
        zorder=3,  # above the frame
    )


def draw_volume(pane: Axes, view: View) -> None:
    """Draw bars in the candles' colours; the axis names the highest."""
    volume = view.candles.volume
    highest = float(volume.max())
    pane.set_ylim(0, 1.45 * highest)  # the name of the pane stands above the bars
    pane.set_yticks([highest], [format_amount(highest)])
    _draw_bars(pane, view, 0 * volume, volume, edge=0)
    _name(pane, "Volume")


def draw_rsi(pane: Axes, view: View) -> None:
    """Draw the line, and the range from 30 to 70 behind it."""
    rsi = view.indicators.rsi
    pane.set_ylim(-8, 135)
    pane.set_yticks([30, 70], ["30", "70"])
    pane.axhspan(30, 70, color=BAND, alpha=0.1, linewidth=0)
    pane.plot(view.x, rsi, color=BAND, linewidth=1.5)
    _name(pane, f"RSI 14: {rsi[-1]:.1f}")


def _name(pane: Axes, text: str) -> None:
    pane.text(0.01, 0.94, text, transform=pane.transAxes, va="top", color=FAINT, fontsize=FONT)
