"""The last 120 candles with their indicators as a PNG for a phone. The only door to matplotlib.

matplotlib is imported by the functions that use it: it takes half a second and 30 MB, which a bot
that draws nothing does not pay. Nothing comes from pyplot, whose figures are global state.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from engram.chart_axes import PriceAxis, Tag, moments, spread
from engram.figures import closing_time, format_price, format_time
from engram.indicators import Indicators, compute, swing_levels
from engram.track_record import Signal

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from numpy.typing import NDArray

    from engram.candles import Candles
    from engram.signals import Analysis

    Column: TypeAlias = NDArray[np.float64]

SHOWN = 120  # candles
SIDE = 1080  # pixels
COLOURS = 128  # of the palette

# matplotlib is not thread-safe: its text and font caches belong to the process, and so does this.
_DRAWING = threading.Lock()

_DPI = 150
_POINT = _DPI / 72 / SIDE  # of the picture's side
_FONT, _TITLE_FONT, _SMALLEST_FONT = 11.0, 17.0, 9.0  # points; a phone shows a third of the size
_GROUND, _GRID, _TEXT, _FAINT = "#131722", "#2a2e39", "#e6e8ee", "#9aa0ad"
_UP, _DOWN, _EVEN = "#26a69a", "#ef5350", "#b0b7c6"
_EMA20, _EMA50, _BAND = "#f5c242", "#5aa9ff", "#9d8df1"
_MARKS = {Signal.BUY: ("^", _UP), Signal.SELL: ("v", _DOWN), Signal.HOLD: ("D", _EVEN)}
_EDGE, _FOOT, _TOP, _GAP = 0.02, 0.045, 0.86, 0.012  # of the picture
_NARROWEST = 40  # candles across the picture, so that three of them do not become three walls


def draw(candles: Candles, analysis: Analysis | None = None) -> bytes:
    """A PNG of 1,080 x 1,080 pixels on its own dark ground, the same in light and dark mode.

    Without an analysis (too few candles for one) there is no signal on it; of the indicators, what
    the candles allow. Raises `ValueError` without a candle. Any thread may call it.
    """
    if not len(candles.close):
        raise ValueError("no candles to draw")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    png = io.BytesIO()
    with _DRAWING:
        canvas: Any = FigureCanvasAgg(_figure(_View.of(candles), analysis))
        canvas.draw()
        picture = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba())
        # A palette makes the file a third as large; a chart has few colours.
        picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.FASTOCTREE).save(png, "png")
    return png.getvalue()


@dataclass(frozen=True, slots=True)
class _View:
    """What is on the picture: the last candles, the indicators beside them, their places on x."""

    candles: Candles
    indicators: Indicators
    support: float | None
    resistance: float | None
    x: NDArray[np.int64]

    @classmethod
    def of(cls, candles: Candles) -> _View:
        """Indicators come from the whole series, so that the cut leaves no gap at its start."""
        import numpy as np

        whole = compute(candles)
        indicators = {f.name: getattr(whole, f.name)[-SHOWN:] for f in fields(Indicators)}
        columns = ("time", "open", "high", "low", "close", "volume")
        cut = replace(candles, **{name: getattr(candles, name)[-SHOWN:] for name in columns})
        levels = swing_levels(candles)
        return cls(cut, Indicators(**indicators), *levels, np.arange(len(cut.close)))

    @property
    def colours(self) -> list[str]:
        return [_UP if rose else _DOWN for rose in self.candles.close >= self.candles.open]

    @property
    def tags(self) -> list[Tag]:
        """The prices that are marked on the axis, the current one first."""
        price = self.candles.price
        levels = (("R", self.resistance, _DOWN), ("S", self.support, _UP))
        return [Tag(price, format_price(price, like=price), _TEXT)] + [
            Tag(level, f"{name} {format_price(level, like=price)}", colour)
            for name, level, colour in levels
            if level is not None
        ]


def _figure(view: _View, analysis: Analysis | None) -> Figure:
    """Panes from top to bottom; one that would be empty is left out and the others grow."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(SIDE / _DPI, SIDE / _DPI), dpi=_DPI, facecolor=_GROUND)
    axis = PriceAxis.over(view.candles)
    panes: list[tuple[float, Callable[[Axes], None]]] = [
        (6.0, lambda pane: _draw_price(pane, view, axis, analysis))
    ]
    if (view.candles.volume > 0).any():
        panes.append((1.2, lambda pane: _draw_volume(pane, view)))
    if (view.indicators.rsi >= 0).any():
        panes.append((1.5, lambda pane: _draw_rsi(pane, view)))
    labels = [tag.text for tag in view.tags] + [label for _, label in axis.ticks()]
    # a digit of DejaVu Sans is 0.64 em wide
    width = 1 - _EDGE - (max(map(len, labels)) * 0.64 + 1.2) * _FONT * _POINT
    top, unit = _TOP, (_TOP - _FOOT) / sum(weight for weight, _ in panes)
    for weight, draw_on in panes:
        pane = figure.add_axes((_EDGE, top - weight * unit, width, weight * unit - _GAP))
        top -= weight * unit
        _dress(pane, view, named=draw_on is panes[-1][1])
        draw_on(pane)
    _head(figure, view.candles, analysis)
    _legend(figure, view, logarithmic=axis.logarithmic)
    return figure


def _dress(pane: Axes, view: _View, *, named: bool) -> None:
    """Ground, grid and time axis, which all panes share; the lowest one names the moments."""
    pane.set_facecolor(_GROUND)
    for spine in pane.spines.values():
        spine.set_color(_GRID)
    pane.grid(color=_GRID, linewidth=0.7)
    pane.set_axisbelow(True)
    pane.tick_params(length=0, labelsize=_FONT, labelcolor=_FAINT, pad=6)
    pane.yaxis.tick_right()
    count = len(view.x)
    across = max(count, _NARROWEST)
    pane.set_xlim(count - across - 1, count + 0.5)
    times = moments(view.candles.time.tolist(), margin=count - across + across // 20)
    pane.set_xticks([t for t, _ in times], [name if named else "" for _, name in times])


def _draw_price(pane: Axes, view: _View, axis: PriceAxis, analysis: Analysis | None) -> None:
    if axis.logarithmic:
        pane.set_yscale("log")
        pane.minorticks_off()
    pane.set_ylim(axis.low, axis.high)
    i = view.indicators
    lower = i.bollinger_lower.clip(axis.low / 2)  # it may reach below zero, a logarithm may not
    pane.fill_between(view.x, lower, i.bollinger_upper, color=_BAND, alpha=0.13, linewidth=0)
    lines = ((lower, _BAND, 0.9), (i.bollinger_upper, _BAND, 0.9))
    for column, colour, width in (*lines, (i.ema20, _EMA20, 1.5), (i.ema50, _EMA50, 1.5)):
        pane.plot(view.x, column, color=colour, linewidth=width)
    _draw_candles(pane, view)
    _mark_prices(pane, axis, view.tags)
    if analysis is not None:
        _mark_signal(pane, view, analysis.signal)


def _draw_candles(pane: Axes, view: _View) -> None:
    import numpy as np

    c = view.candles
    pane.vlines(view.x, c.low, c.high, colors=view.colours, linewidth=1.2)
    _draw_bars(pane, view, np.minimum(c.open, c.close), np.maximum(c.open, c.close), edge=1.0)


def _draw_bars(pane: Axes, view: _View, foot: Column, top: Column, edge: float) -> None:
    """All bars as one artist; `edge` in points keeps one of no height visible as a line."""
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
    """Tags at the right that do not cover each other, and round prices where no tag is."""
    gap = 1.75 * _FONT * _POINT / pane.get_position().height
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
            color=_GROUND,
            fontsize=_FONT,
            bbox={"boxstyle": "square,pad=0.2", "facecolor": tag.colour, "edgecolor": "none"},
        )
    ticks = axis.ticks()
    free = [all(abs(axis.place(price) - place) > gap for place in places) for price, _ in ticks]
    labels = [label if ok else "" for (_, label), ok in zip(ticks, free, strict=True)]
    pane.set_yticks([price for price, _ in ticks], labels)


def _mark_signal(pane: Axes, view: _View, signal: Signal) -> None:
    """At the last candle: below it for BUY, above it for SELL and HOLD."""
    from matplotlib.transforms import ScaledTranslation

    marker, colour = _MARKS[signal]
    below = signal is Signal.BUY
    price = view.candles.low[-1] if below else view.candles.high[-1]
    points = ScaledTranslation(0, (-11 if below else 11) / 72, pane.figure.dpi_scale_trans)
    pane.plot(
        view.x[-1:],
        [price],
        marker=marker,
        markersize=11,
        color=colour,
        markeredgecolor=_TEXT,
        transform=pane.transData + points,
        clip_on=False,
    )


def _draw_volume(pane: Axes, view: _View) -> None:
    volume = view.candles.volume
    highest = float(volume.max())
    pane.set_ylim(0, 1.45 * highest)  # the name of the pane stands above the bars
    pane.set_yticks([highest], [_short(highest)])
    _draw_bars(pane, view, 0 * volume, volume, edge=0)
    _name(pane, "Volume")


def _draw_rsi(pane: Axes, view: _View) -> None:
    rsi = view.indicators.rsi
    pane.set_ylim(-8, 135)
    pane.set_yticks([30, 70], ["30", "70"])
    pane.axhspan(30, 70, color=_BAND, alpha=0.1, linewidth=0)
    pane.plot(view.x, rsi, color=_BAND, linewidth=1.5)
    _name(pane, f"RSI 14: {rsi[-1]:.1f}")


def _name(pane: Axes, text: str) -> None:
    pane.text(0.01, 0.94, text, transform=pane.transAxes, va="top", color=_FAINT, fontsize=_FONT)


def _short(amount: float) -> str:
    """An amount of three digits: 950, 1.2K, 34M."""
    for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if amount >= size:
            return f"{amount / size:.3g}{letter}"
    return f"{amount:.3g}"


def _head(figure: Figure, candles: Candles, analysis: Analysis | None) -> None:
    """Symbol and signal; below them exchange, timeframe and the time of the data."""
    room = 1 - 2 * _EDGE
    if analysis is not None:
        _, colour = _MARKS[analysis.signal]
        text = f"{analysis.signal.value}, confidence {analysis.confidence.value}"
        badge = _write(figure, 1 - _EDGE, 0.965, text, size=13, ha="right", color=_GROUND)
        badge.set_bbox({"boxstyle": "round,pad=0.35", "facecolor": colour, "edgecolor": "none"})
        room -= _width(badge) + 0.04
    title = _write(figure, _EDGE, 0.965, candles.symbol, size=_TITLE_FONT, weight="bold")
    _fit(title, room)
    data = f"{candles.exchange} · {candles.timeframe} · {format_time(closing_time(candles))}"
    _fit(_write(figure, _EDGE, 0.924, data, color=_FAINT), 1 - 2 * _EDGE)


def _legend(figure: Figure, view: _View, *, logarithmic: bool) -> None:
    i = view.indicators
    entries = (
        ("EMA 20", _EMA20, (i.ema20 > 0).any()),
        ("EMA 50", _EMA50, (i.ema50 > 0).any()),
        ("Bollinger 20/2", _BAND, (i.bollinger_middle > 0).any()),
        ("S support", _UP, view.support is not None),
        ("R resistance", _DOWN, view.resistance is not None),
        ("log scale", _FAINT, logarithmic),
    )
    x = _EDGE
    for text, colour, shown in entries:
        if shown:
            x += _width(_write(figure, x, 0.888, text, color=colour)) + 0.022


def _write(
    figure: Figure, x: float, y: float, text: str, size: float = _FONT, **style: Any
) -> Text:
    """Text as it is: no formulas between dollar signs, a box for what the font does not have."""
    from matplotlib.font_manager import findfont, get_font

    known = get_font(findfont("DejaVu Sans")).get_charmap()
    shown = "".join(c if c.isprintable() and ord(c) in known else "□" for c in text)
    style = {"color": _TEXT, "va": "center", "family": "DejaVu Sans", **style}
    return figure.text(x, y, shown, fontsize=size, parse_math=False, **style)


def _width(text: Text) -> float:
    """Of the picture."""
    return text.get_window_extent().width / SIDE


def _fit(text: Text, room: float) -> None:
    """Makes the text smaller, then shorter, until it takes no more than `room` of the picture."""
    size = float(text.get_fontsize())
    text.set_fontsize(max(_SMALLEST_FONT, min(size, size * room / _width(text))))
    whole = text.get_text()
    while _width(text) > room and whole:
        whole = whole[:-1]
        text.set_text(f"{whole}…")
