"""Draws the last 120 candles with their indicators as a PNG for a phone: the picture as a whole.

The functions that use matplotlib import it: it takes half a second and 30 MB, which a bot that
draws nothing does not pay. Nothing comes from pyplot, whose figures are global state.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import io
import linecache
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any

from engram.core.formats import format_percent, format_time
from engram.market.candles import Candles, closing_time, counted
from engram.market.charts.panes import draw_price, draw_rsi, draw_volume, dress
from engram.market.charts.style import (
    BAND,
    DOWN,
    DPI,
    EMA20,
    EMA50,
    EMA200,
    FAINT,
    FAN,
    FONT,
    GROUND,
    LEADER,
    LETTER,
    MARKS,
    POINT,
    SIDE,
    TEXT,
    UP,
)
from engram.market.charts.view import View
from engram.market.evidence import Evidence
from engram.market.price_range import SHARE
from engram.market.signals import Analysis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

COLOURS = 128  # of the palette

# matplotlib is not thread-safe: its text and font caches belong to the process, and so does this.
# A lock would do, but the allocator would keep megabytes for every thread that has ever drawn.
_PEN = ThreadPoolExecutor(1, thread_name_prefix="chart")

_TITLE_FONT, _SMALLEST_FONT = 17.0, 9.0
_EDGE, _FOOT, _TOP, _GAP = 0.02, 0.045, 0.838, 0.012  # of the picture
_LEGEND, _LINE, _APART = 0.888, 0.034, 0.022


def draw(
    candles: Candles, analysis: Analysis | None = None, evidence: Evidence | None = None
) -> bytes:
    """A PNG of 1,080 x 1,080 pixels on its own dark ground, the same in light and dark mode.

    Without an analysis (there were too few candles for one) it has no signal, and only the
    indicators that the candles allow. Raises `ValueError` without a candle. Any thread may call it.
    """
    if not len(candles.close):
        raise ValueError("no candles to draw")
    picture = _PEN.submit(_draw, View.of(candles, analysis, evidence)).result()
    _PEN.submit(_tidy)
    return picture


def _tidy() -> None:
    # A figure holds megabytes and refers to itself: only a garbage collection frees it.
    gc.collect()
    # What is free between other things, glibc keeps until it is told to give it back: 2 MB after
    # the libraries are loaded. Other systems have no such function.
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _draw(view: View) -> bytes:
    from PIL import Image

    png = io.BytesIO()
    canvas: Any = _figure(view).canvas
    canvas.draw()
    picture = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba())
    # A palette makes the file a third as large; a chart has few colours.
    picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.FASTOCTREE).save(png, "png")
    return png.getvalue()


@cache
def _canvas() -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    # pyparsing has its source read while it is loaded: 0.6 MB that nobody looks at again.
    linecache.clearcache()
    # What is loaded now stays for good: the collections after each chart need not look through it.
    gc.freeze()
    return FigureCanvasAgg


def _figure(view: View) -> Figure:
    """The picture with its panes from top to bottom; one that would be empty is left out."""
    from matplotlib.figure import Figure

    canvas = _canvas()  # before the figure, which would be frozen with all that it refers to
    figure = Figure(figsize=(SIDE / DPI, SIDE / DPI), dpi=DPI, facecolor=GROUND)
    canvas(figure)  # before any text is measured, for which another canvas would be made
    weights: dict[Callable[[Axes, View], None], float] = {draw_price: 6.0}
    if (view.candles.volume > 0).any():
        weights[draw_volume] = 1.2
    if (view.indicators.rsi >= 0).any():
        weights[draw_rsi] = 1.5
    lowest = [*weights][-1]
    tags = [tag.on(view.axis) for tag in (*view.tags, *view.ends)]
    longest = max(
        len(one) for one in (*(t.text for t in tags), *(t.label for t in view.axis.ticks()))
    )
    width = 1 - _EDGE - ((longest * LETTER + 1.2) * FONT + LEADER) * POINT
    top, unit = _TOP, (_TOP - _FOOT) / sum(weights.values())
    for draw_on, weight in weights.items():
        pane = figure.add_axes((_EDGE, top - weight * unit, width, weight * unit - _GAP))
        top -= weight * unit
        dress(pane, view, named=draw_on is lowest)
        draw_on(pane, view)
    _head(figure, view)
    _legend(figure, view)
    return figure


def _head(figure: Figure, view: View) -> None:
    """Write symbol, timeframe and signal; below them exchange and the time of the data."""
    room, candles = 1 - 2 * _EDGE, view.candles
    if view.analysis is not None:
        _, colour = MARKS[view.analysis.signal]
        text = view.analysis.signal.value
        if view.evidence is not None:
            text = f"{text}, confidence {view.evidence.confidence.value}"
        badge = _write(figure, 1 - _EDGE, 0.965, text, size=13, ha="right", color=GROUND)
        badge.set_bbox({"boxstyle": "round,pad=0.35", "facecolor": colour, "edgecolor": "none"})
        room -= _width(badge) + 0.04
    kept = f" · {candles.timeframe}"
    title = _write(figure, _EDGE, 0.965, candles.symbol + kept, size=_TITLE_FONT, weight="bold")
    _fit(title, room, kept)
    data = f"{candles.exchange} · {format_time(closing_time(candles))}"
    _fit(_write(figure, _EDGE, 0.924, data, color=FAINT), 1 - 2 * _EDGE)


def _legend(figure: Figure, view: View) -> None:
    """Name what is drawn, in as many lines as that takes."""
    i, c, ahead = view.indicators, view.candles, view.range
    range_ = f"{format_percent(SHARE)} range, {counted(ahead.horizon if ahead else 0)}"
    entries = (
        ("EMA 20", EMA20, (i.ema20 > 0).any()),
        ("EMA 50", EMA50, (i.ema50 > 0).any()),
        (f"EMA 200{_where(view)}", EMA200, (i.ema200 > 0).any()),
        ("Bollinger 20/2", BAND, (i.bollinger_upper > 0).any()),
        ("S support", UP, view.levels.support is not None),
        ("R resistance", DOWN, view.levels.resistance is not None),
        (
            range_ if view.times.to_scale else f"{range_} (time not to scale)",
            FAN,
            ahead is not None,
        ),
        ("hollow: still open", FAINT, c.open_candle is not None),
        ("log scale", FAINT, view.axis.logarithmic),
    )
    x, y = _EDGE, _LEGEND
    for text, colour, shown in entries:
        if shown:
            entry = _write(figure, x, y, text, color=colour)
            if x + _width(entry) > 1 - _EDGE:
                x, y = _EDGE, y - _LINE
                entry.set_position((x, y))
            x += _width(entry) + _APART


def _where(view: View) -> str:
    """Where EMA 200 is, if it is nowhere on the picture."""
    line = view.indicators.ema200
    line = line[line > 0]
    if (line > view.axis.high).all():
        return " above"
    return " below" if (line < view.axis.low).all() else ""


def _write(figure: Figure, x: float, y: float, text: str, size: float = FONT, **style: Any) -> Text:
    """Write `text` as it is: no formulas between dollar signs, a box for what the font lacks."""
    from matplotlib.font_manager import findfont, get_font

    known = get_font(findfont("DejaVu Sans")).get_charmap()
    shown = "".join(c if c.isprintable() and ord(c) in known else "□" for c in text)
    style = {"color": TEXT, "va": "center", "family": "DejaVu Sans", **style}
    return figure.text(x, y, shown, fontsize=size, parse_math=False, **style)


def _width(text: Text) -> float:
    """The width of `text`, as a fraction of the picture's."""
    return text.get_window_extent().width / SIDE


def _fit(text: Text, room: float, kept: str = "") -> None:
    """Make `text` smaller, then shorter, until it takes no more than `room` of the picture.

    It keeps its end, `kept`.
    """
    size = float(text.get_fontsize())
    text.set_fontsize(max(_SMALLEST_FONT, min(size, size * room / _width(text))))
    whole = text.get_text().removesuffix(kept)
    while _width(text) > room and whole:
        whole = whole[:-1]
        text.set_text(f"{whole}…{kept}")
