"""Which candles, prices and colours are on the picture; test_panes looks at how they are drawn."""

from dataclasses import replace

import numpy as np
import pytest

from engram.core.formats import format_price
from engram.market.charts.style import DOWN, TEXT, UP
from engram.market.charts.view import View
from engram.market.indicators import RECENT
from engram.market.panel.ahead import range_lines
from engram.market.signals import analyse
from tests.series import made

CANDLES = made("walk", 999, seed=3, timeframe="4h", scale=650)


def test_the_last_candles_are_shown_with_averages_from_all():
    """The averages would begin in the middle of the picture."""
    view = View.of(CANDLES)
    assert len(view.candles.close) == len(view.x) == RECENT
    assert view.candles.close[-1] == CANDLES.close[-1]
    assert (view.indicators.ema50 > 0).all()


def test_a_candle_has_the_colour_of_its_move():
    """A fall would look like a rise; one that closes where it opened counts as risen."""
    few = made("walk", 3)
    candles = replace(few, open=few.close + np.array([1.0, -1.0, 0.0]))
    assert View.of(candles).colours == [DOWN, UP, UP]


def test_the_marked_prices_are_the_current_one_and_the_levels_that_there_are():
    """A level would be marked that no candle ever touched, or with decimals of its own."""
    view = View.of(CANDLES)
    price, *levels = view.tags
    assert (price.price, price.colour) == (CANDLES.price, TEXT)
    assert [tag.price for tag in levels] == [view.levels.resistance, view.levels.support]
    assert [tag.text.split()[0] for tag in levels] == ["R", "S"]
    assert len({len(tag.text.rpartition(".")[2]) for tag in view.tags}) == 1
    (alone,) = View.of(made("walk", 1)).tags
    assert alone.colour == TEXT


def test_an_analysis_brings_what_is_drawn():
    """The picture could show other levels than the text names."""
    analysis = analyse(CANDLES)
    view = View.of(CANDLES, analysis)
    assert view.indicators is analysis.indicators
    assert view.levels is analysis.snapshot.levels
    computed = View.of(CANDLES)
    assert view.levels == computed.levels
    assert (view.indicators.ema50 == computed.indicators.ema50).all()


def test_the_range_is_a_fan_from_the_last_close():
    """It would promise as much for the next candle as for the last one that was studied."""
    view = View.of(CANDLES, analyse(CANDLES))
    fan, found = view.fan, view.range
    assert (fan.low[0], fan.high[0]) == (CANDLES.close[-1], CANDLES.close[-1])
    assert (fan.low[-1], fan.high[-1]) == pytest.approx((found.low, found.high))
    assert (fan.x[0], fan.x[-1]) == (119.5, 143.5)
    quarter = np.interp(119.5 + 24 / 4, fan.x, np.log(fan.high / CANDLES.close[-1]))
    assert quarter == pytest.approx(np.log(found.high / CANDLES.close[-1]) / 2, rel=0.01)
    without = View.of(CANDLES)
    assert (without.fan, without.times.horizon) == (None, 0)


def test_the_ends_of_the_range_read_as_in_the_panel():
    """Picture and text would name two ranges."""
    analysis = analyse(CANDLES)
    view = View.of(CANDLES, analysis)
    (line,) = range_lines(analysis, CANDLES)
    high, low = view.ends
    assert f"{low.text} to {high.text} (" in line
    assert (low.price, high.price) == (analysis.range.low, analysis.range.high)


def test_what_is_beyond_the_picture_is_named_where_it_is():
    """A wick of twenty times the price would be gone without a word."""
    high, low = CANDLES.high.copy(), CANDLES.low.copy()
    high[-30] *= 20
    high[-55] *= 30
    low[-110] /= 50
    view = View.of(replace(CANDLES, high=high, low=low))
    named = [(note.at, note.text, note.above, note.leftwards) for note in view.cut]
    price = CANDLES.price
    # The farthest first: where two have no room, it is the one that is named.
    assert named == [
        (65, format_price(high[-55], like=price), True, True),
        (90, format_price(high[-30], like=price), True, True),
        (10, format_price(low[-110], like=price), False, False),
    ]
    assert not View.of(CANDLES).cut
