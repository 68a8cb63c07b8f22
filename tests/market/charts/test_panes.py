"""Which candles, prices and colours are on the picture; test_chart looks at how they are drawn."""

from dataclasses import replace

import numpy as np

from engram.market.charts.panes import DOWN, TEXT, UP, View
from engram.market.indicators import RECENT
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
