"""The picture as a whole: its size, what is on it, nothing cut, and several at once."""

import gc
import io
import os
import platform
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image

from engram.market.charts import chart
from engram.market.charts.chart import draw
from engram.market.charts.style import SIDE
from engram.market.charts.view import View
from engram.market.evidence import Evidence, Regime
from engram.market.signals import analyse
from tests.footprint import Footprint
from tests.market.charts.pictures import MARKETS, figure_of, view_of
from tests.series import first, made

LARGEST = 150_000  # bytes


def draw_market(name):
    """The picture of one of the markets, with a signal where there are enough candles."""
    return draw(MARKETS[name], view_of(name).analysis)


# Many tests look at the same few pictures.
picture_of = cache(draw_market)


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
        "BTC/USDT · 4h",
        "Binance · 2026-11-22 08:00 UTC",
        "HOLD",
        "EMA 20",
        "EMA 50",
        "EMA 200",
        "Bollinger 20/2",
        "80 % range, 24 candles",
        "hollow: still open",
        "Volume",
        "RSI 14: 45.7",
        "48,325.41",
        "S 47,795.25",
        "R 48,326.87",
    ):
        assert text in written


@pytest.mark.parametrize(
    ("market", "text"),
    [
        ("next candle", "80 % range, 1 candle"),
        ("very long", "80 % range, 200 candles (time not to scale)"),
        ("sunk", "EMA 200 above"),
        ("soared", "EMA 200 below"),
        ("crash", "log scale"),
    ],
)
def test_the_legend_tells_what_the_picture_cannot(market, text):
    """A range that is pressed together, or a line that is nowhere, would be misread."""
    assert text in [one.get_text() for one in figure_of(market).texts]


@pytest.mark.parametrize("market", ["none open", "three"])
def test_the_legend_names_nothing_that_is_not_there(market):
    """A person would look for a line that no candle has yet."""
    written = " ".join(text.get_text() for text in figure_of(market).texts)
    assert ("hollow" in written) is (MARKETS[market].open_candle is not None)
    assert ("EMA 200" in written) is (len(MARKETS[market].close) >= 200)
    assert ("range" in written) is (len(MARKETS[market].close) >= 200)


def test_a_long_name_leaves_the_timeframe():
    """The picture of an unknown timeframe would be worth nothing."""
    candles = replace(MARKETS["rising"], symbol="X" * 90)
    evidence = Evidence(Regime(), 24)
    title = chart._figure(View.of(candles, analyse(candles), evidence)).texts[1]
    assert title.get_text().endswith("X… · 1h")


def test_the_badge_has_the_confidence_that_the_signal_earned():
    """The picture would say another thing than the panel, or more than is known."""
    candles = MARKETS["rising"]
    analysis = analyse(candles)
    badges = [
        chart._figure(View.of(candles, analysis, evidence)).texts[0].get_text()
        for evidence in (None, Evidence(Regime(), 24))
    ]
    assert badges == ["BUY", "BUY, confidence Low"]


def test_without_an_analysis_there_is_no_signal():
    """A coin listed yesterday would have a signal that nothing supports."""
    figure = figure_of("forty")
    assert not any("confidence" in text for text, _ in texts_of(figure))
    assert {line.get_marker() for line in figure.axes[0].lines} == {"None"}


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


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="its memory is given back unasked")
def test_what_is_free_between_other_things_is_given_back():
    """What was needed while libraries were loaded and charts drawn would be lost for good."""
    draw_market("waves")
    blocks = [b"x" * 64_000 for _ in range(1000)]
    full = Footprint.of(os.getpid()).megabytes
    del blocks[::2]
    draw_market("waves")
    chart._PEN.submit(gc.collect).result()
    assert Footprint.of(os.getpid()).megabytes < full - 16


def test_neither_pyplot_nor_sources_are_kept():
    """The process would keep every figure for ever, look for a screen, and be half a MB larger."""
    program = (
        "import linecache, sys; from engram.market.charts.chart import draw;"
        "from tests.series import made;"
        "print('matplotlib' in sys.modules); draw(made('walk', 250));"
        "print('matplotlib' in sys.modules, 'matplotlib.pyplot' in sys.modules, linecache.cache)"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout.split() == ["False", "True", "False", "{}"]
