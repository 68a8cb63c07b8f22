"""The panes of a chart: candles with their averages and marks, volume, RSI.

Each function draws on the axes that it is given. As in `chart.py`, matplotlib is imported late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engram.core.formats import format_amount
from engram.market.candles import Column
from engram.market.charts.price_marks import mark_signal, tag_prices, write_notes
from engram.market.charts.style import (
    BAND,
    DOWN,
    EMA20,
    EMA50,
    EMA200,
    FAINT,
    FAN,
    FONT,
    GRID,
    GROUND,
    LEADER,
    UP,
)
from engram.market.charts.view import View

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HALF, _OPEN_HALF = 0.36, 0.44  # of the width of a candle, and of one that is open


def dress(pane: Axes, view: View, *, named: bool) -> None:
    """Draw ground, grid, time axis and holes, which all panes share; the lowest names the times."""
    pane.set_facecolor(GROUND)
    for spine in pane.spines.values():
        spine.set_color(GRID)
    pane.grid(color=GRID, linewidth=0.7)
    pane.set_axisbelow(True)
    pane.tick_params(length=0, labelsize=FONT, labelcolor=FAINT)
    pane.tick_params("x", pad=6)
    pane.tick_params("y", pad=LEADER + 2)
    pane.yaxis.tick_right()
    pane.set_xlim(*view.times.limits)
    times = view.times.ticks()
    pane.set_xticks([time.at for time in times], [time.label if named else "" for time in times])
    for hole in view.times.holes():
        pane.axvline(hole.at, color=FAINT, linewidth=1.1, linestyle=(0, (1, 2.5)))


def draw_price(pane: Axes, view: View) -> None:
    """Draw candles, averages and band, the range, prices that are marked, and the signal if any."""
    axis = view.axis
    if axis.logarithmic:
        pane.set_yscale("log")
        pane.minorticks_off()
    pane.set_ylim(axis.low, axis.high)
    i = view.indicators
    lower = i.bollinger_lower.clip(axis.low / 2)  # it may reach below zero, a logarithm may not
    pane.fill_between(view.x, lower, i.bollinger_upper, color=BAND, alpha=0.13, linewidth=0)
    lines = ((lower, BAND, 0.9), (i.bollinger_upper, BAND, 0.9), (i.ema200, EMA200, 1.5))
    for column, colour, width in (*lines, (i.ema50, EMA50, 1.5), (i.ema20, EMA20, 1.5)):
        pane.plot(view.x, column, color=colour, linewidth=width)
    _draw_fan(pane, view)
    _draw_candles(pane, view)
    tag_prices(pane, view)
    write_notes(pane, view)
    if view.analysis is not None:
        mark_signal(pane, view, view.analysis.signal)


def _draw_fan(pane: Axes, view: View) -> None:
    """Draw the range from the last close on; one that is pressed together has dashed edges."""
    fan = view.fan
    if fan is None:
        return
    pane.fill_between(fan.x, fan.low, fan.high, color=FAN, alpha=0.16, linewidth=0)
    style: Any = "-" if view.times.to_scale else (0, (4, 2))
    for edge in (fan.low, fan.high):
        pane.plot(fan.x, edge, color=FAN, linewidth=1.2, linestyle=style)


def _draw_candles(pane: Axes, view: View) -> None:
    import numpy as np

    c = view.candles
    pane.vlines(view.x, c.low, c.high, colors=view.colours, linewidth=1.2)
    _draw_bars(pane, view, np.minimum(c.open, c.close), np.maximum(c.open, c.close), edge=1.0)
    if now := c.open_candle:
        foot, top = sorted((now.open, now.close))
        wicks = ([min(now.low, foot), top], [foot, max(now.high, top)])
        x = view.times.closed
        pane.vlines([x, x], *wicks, colors=_open_colour(view), linewidth=1.2)
        _draw_open(pane, view, foot, top)


def _draw_bars(pane: Axes, view: View, foot: Column, top: Column, edge: float) -> None:
    """Draw all bars as one artist; an `edge`, in points, shows a bar of no height as a line."""
    import numpy as np
    from matplotlib.collections import PolyCollection

    left, right = view.x - _HALF, view.x + _HALF
    xs, ys = np.stack([left, left, right, right], 1), np.stack([foot, top, top, foot], 1)
    bars = PolyCollection(
        list(np.stack([xs, ys], 2)), facecolors=view.colours, edgecolors=view.colours
    )
    bars.set_linewidth(edge)
    pane.add_collection(bars, autolim=False)


def _draw_open(pane: Axes, view: View, foot: float, top: float) -> None:
    """Draw the bar of the candle that is not closed yet, hollow."""
    from matplotlib.collections import PolyCollection

    left, right = view.times.closed - _OPEN_HALF, view.times.closed + _OPEN_HALF
    corners = [(left, foot), (left, top), (right, top), (right, foot)]
    bar = PolyCollection([corners], facecolors=GROUND, edgecolors=_open_colour(view), zorder=2)
    bar.set_linewidth(0.9)
    pane.add_collection(bar, autolim=False)


def _open_colour(view: View) -> str:
    now = view.candles.open_candle
    return UP if now is None or now.close >= now.open else DOWN


def draw_volume(pane: Axes, view: View) -> None:
    """Draw bars in the candles' colours; the axis names the highest."""
    volume, now = view.candles.volume, view.candles.open_candle
    highest = max(float(volume.max()), now.volume if now else 0.0)
    pane.set_ylim(0, 1.45 * highest)  # the name of the pane stands above the bars
    pane.set_yticks([highest], [format_amount(highest)])
    _draw_bars(pane, view, 0 * volume, volume, edge=0)
    if now:
        _draw_open(pane, view, 0, now.volume)
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
