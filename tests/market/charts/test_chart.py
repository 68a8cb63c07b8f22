"""The picture as a whole: its size, what is on it, nothing cut, and several at once."""

import gc
import io
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Annotation
from PIL import Image

from engram.market.charts import chart
from engram.market.charts.chart import draw
from engram.market.charts.panes import SIDE, View
from engram.market.signals import analyse
from tests.series import first, made

LARGEST = 150_000  # bytes

MARKETS = {
    "wandering": made("walk", 999, seed=3, timeframe="4h", scale=650),
    "waves": made("waves", 999),
    "rising": made("rising", 999),
    "falling": made("falling", 999),
    "flat": made("flat", 999),
    "cheap": made("walk", 999, seed=5, timeframe="15m", scale=1.23e-8),
    "cheap and flat": made("flat", 999, scale=1.23e-8),
    "dear": made("walk", 999, seed=6, timeframe="1d", scale=1.5e9),
    "minutes": made("walk", 300, seed=8, timeframe="1m"),
    "weeks": made("walk", 300, seed=8, timeframe="1w"),
    "forty": made("walk", 40, seed=9),
    "three": made("walk", 3),
    "one": made("walk", 1),
}
MARKETS["not traded"] = replace(MARKETS["flat"], volume=0 * MARKETS["flat"].volume)
MARKETS["spike"] = replace(MARKETS["wandering"], price=20 * MARKETS["wandering"].price)
MARKETS["long name"] = replace(MARKETS["rising"], symbol="1000000MOGWITHALONGNAME/FDUSDUSDT")
MARKETS["no letters"] = replace(MARKETS["rising"], symbol="币安人生/USDT", exchange="$\\frac$\n")


def draw_market(name):
    """The picture of one of the markets, with a signal where there are enough candles."""
    candles = MARKETS[name]
    return draw(candles, analyse(candles) if len(candles.close) >= 200 else None)


# Many tests look at the same few pictures.
picture_of = cache(draw_market)


@cache
def figure_of(name):
    """The matplotlib figure of one of the markets, drawn."""
    candles = MARKETS[name]
    analysis = analyse(candles) if len(candles.close) >= 200 else None
    figure = chart._figure(View.of(candles, analysis))
    FigureCanvasAgg(figure).draw()
    return figure


def texts_of(figure):
    """Everything that is written on the picture, with its box in pixels."""
    found = [*figure.texts]
    for pane in figure.axes:
        found += [*pane.texts, *pane.get_xticklabels(), *pane.get_yticklabels()]
    return [
        (text.get_text(), (text.get_bbox_patch() or text).get_window_extent())
        for text in found
        if text.get_text()
    ]


@pytest.mark.parametrize("market", MARKETS)
def test_it_is_a_png_of_the_promised_size(market):
    """Telegram would refuse it, or a phone on a poor line would wait for it."""
    png = picture_of(market)
    with Image.open(io.BytesIO(png)) as picture:
        assert (picture.format, picture.size) == ("PNG", (1080, 1080))
    assert len(png) <= LARGEST


@pytest.mark.parametrize("market", MARKETS)
def test_nothing_that_is_written_is_cut_or_covered(market):
    """A person could not read a price or a time because another stands on it."""
    found = texts_of(figure_of(market))
    for text, box in found:
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= SIDE, text
        assert box.y1 <= SIDE, text
    for (one, box), (other, its_box) in combinations(found, 2):
        assert not box.overlaps(its_box), (one, other)


@pytest.mark.parametrize("market", MARKETS)
def test_no_pane_is_empty(market):
    """A third of the picture would be blank where nothing was traded."""
    candles, figure = MARKETS[market], figure_of(market)
    names = [pane.texts[0].get_text().split()[0] for pane in figure.axes[1:]]
    volume = bool((candles.volume > 0).any())
    assert names == ["Volume"] * volume + ["RSI"] * (len(candles.close) > 14)
    for pane in figure.axes:
        assert pane.has_data() or pane.collections


def test_the_picture_says_what_it_shows():
    """A forwarded picture would not say which market it shows, when, and with which verdict."""
    written = [text for text, _ in texts_of(figure_of("wandering"))]
    for text in (
        "BTC/USDT",
        "Binance · 4h · 2026-11-22 08:00 UTC",
        "HOLD",
        "EMA 20",
        "EMA 50",
        "Bollinger 20/2",
        "Volume",
        "RSI 14: 45.7",
        "48,325.41",
        "S 47,795.25",
        "R 48,326.87",
    ):
        assert text in written


@pytest.mark.parametrize(
    ("market", "marker", "below"),
    [("rising", "^", True), ("falling", "v", False), ("flat", "D", False)],
)
def test_the_signal_is_marked_at_the_last_candle(market, marker, below):
    """BUY and SELL would look the same, or point at another candle."""
    pane = figure_of(market).axes[0]
    (mark,) = [line for line in pane.lines if line.get_marker() == marker]
    assert mark.get_xdata() == [119]
    box, price = mark.get_window_extent(), MARKETS[market].close[-1]
    _, at = pane.transData.transform((119, price))
    assert (box.y1 < at) if below else (box.y0 > at)
    frame = pane.get_window_extent()
    assert box.x1 < frame.x1


def test_without_an_analysis_there_is_no_signal():
    """A coin listed yesterday would have a signal that nothing supports."""
    figure = figure_of("forty")
    assert not any("confidence" in text for text, _ in texts_of(figure))
    assert {line.get_marker() for line in figure.axes[0].lines} == {"None"}


def test_the_tags_name_the_prices_on_the_axis():
    """Of two tags side by side one would stand on the other's price."""
    figure = figure_of("wandering")
    tags = [text for text in figure.axes[0].texts if isinstance(text, Annotation)]
    by_height = sorted(tags, key=lambda tag: tag.get_window_extent().y0)
    prices = [float(tag.get_text().split()[-1].replace(",", "")) for tag in by_height]
    assert prices == sorted(prices)


def test_several_threads_draw_at_once():
    """Two people asking at the same time would get each other's picture, or none."""
    names = ["wandering", "cheap", "forty", "not traded"]
    alone = [picture_of(name) for name in names]
    with ThreadPoolExecutor(len(names)) as pool:
        assert list(pool.map(draw_market, names)) == alone


def test_no_candles_are_refused():
    """A caller would get an empty picture for a chart."""
    with pytest.raises(ValueError, match="no candles"):
        draw(first(made(count=1), 0))


def test_the_first_picture_leaves_no_figure_behind(monkeypatch):
    """Each start would keep ten megabytes for a chart that was sent long ago."""
    made_for, figures = chart._figure, []

    def noting(view):
        figures.append(made_for(view))
        return figures[-1]

    monkeypatch.setattr(chart, "_figure", noting)
    chart._canvas.cache_clear()
    draw_market("waves")
    left = weakref.ref(figures.pop())
    chart._PEN.submit(gc.collect).result()
    gc.unfreeze()
    assert left() is None


def test_pyplot_stays_out():
    """The process would keep every figure for ever, and look for a screen."""
    program = (
        "import sys; from engram.market.charts.chart import draw; from tests.series import made;"
        "print('matplotlib' in sys.modules); draw(made('walk', 250));"
        "print('matplotlib' in sys.modules, 'matplotlib.pyplot' in sys.modules)"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout.split() == ["False", "True", "False"]
