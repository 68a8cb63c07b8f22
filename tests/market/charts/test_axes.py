"""How far the axis of prices reaches, and the round prices on it."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from engram.market.candles import OpenCandle
from engram.market.charts.axes import PriceAxis
from tests.series import first, made


def over(low, high, price=None):
    """The axis over candles between these prices."""
    price = high if price is None else price
    given = replace(made(count=2), open_candle=None)
    return PriceAxis.over(
        replace(given, low=np.array([low, low]), high=np.array([high, high]), price=price)
    )


SHOWN = first(made("walk", 120, seed=3), 120)
TOP, BOTTOM = SHOWN.high.max(), SHOWN.low.min()


def with_wicks(up=(), down=(), by=20.0, count=120):
    """Candles of which those with these numbers have a wick of so many times the price."""
    shown = first(SHOWN, count)
    high, low = shown.high.copy(), shown.low.copy()
    high[list(up)] *= by
    low[list(down)] /= by
    return replace(shown, high=high, low=low)


def with_closes(*numbers):
    """Candles of which those with these numbers closed at 20 times the price."""
    close, high = SHOWN.close.copy(), SHOWN.high.copy()
    close[list(numbers)] *= 20
    return replace(SHOWN, close=close, high=np.maximum(high, close))


@pytest.mark.parametrize(
    "candles",
    [
        with_wicks(up=[60]),
        with_wicks(down=[60]),
        with_wicks(up=[0], down=[119]),
        with_wicks(up=[10, 50, 90], down=[20, 60, 100]),
        with_wicks(up=[60], by=1e6),
        with_wicks(up=[3], count=9),
        with_closes(60),
        with_closes(20, 80),
        replace(SHOWN, price=20 * SHOWN.price),
        replace(SHOWN, price=SHOWN.price / 20),
        replace(SHOWN, open_candle=OpenCandle(0, 100.0, 9e9, 1e-9, 100.0, 1.0)),
    ],
)
def test_something_bad_and_rare_does_not_flatten_the_rest(candles):
    """After one wrong wick, close or price nobody could see the market for two weeks."""
    count = len(candles.close)
    top, bottom = first(SHOWN, count).high.max(), first(SHOWN, count).low.min()
    axis = PriceAxis.over(candles)
    assert not axis.logarithmic
    assert axis.low <= bottom
    assert axis.high >= top
    assert axis.place(top) - axis.place(bottom) > 1 / 3


@pytest.mark.parametrize(
    "candles",
    [
        with_wicks(up=[60], by=1.2),
        with_wicks(up=[60], down=[70], by=1.1),
        with_wicks(up=[10, 50, 90, 110]),
        with_wicks(up=[1], count=4),
        with_closes(60, 61),
        with_closes(*range(60, 120)),
        replace(SHOWN, price=1.3 * SHOWN.price),
    ],
)
def test_what_is_no_exception_is_shown(candles):
    """A crash, or a market of long wicks, would be cut off as if it were an error."""
    axis = PriceAxis.over(candles)
    for price in (*candles.high, *candles.low, candles.price):
        assert axis.side(price) == 0


@pytest.mark.parametrize(
    ("low", "high", "reaches"),
    [(0.95, 1.05, True), (0.8, 1.2, True), (0.2, 5.0, False), (1e-9, 1e9, False)],
)
def test_the_range_has_room_if_the_candles_keep_theirs(low, high, reaches):
    """The range would be cut off for nothing, or the candles pressed into a line."""
    close = SHOWN.close[-1]
    axis = PriceAxis.over(SHOWN, (low * close, high * close))
    assert (axis.side(low * close), axis.side(high * close)) == ((0, 0) if reaches else (-1, 1))
    assert axis.place(TOP) - axis.place(BOTTOM) > 1 / 3
    assert axis.low <= BOTTOM
    assert axis.high >= TOP


def test_a_price_beyond_the_axis_is_told_from_one_on_it():
    """A tag at the edge would seem to be the price of the edge."""
    axis = over(100.0, 200.0)
    assert [axis.side(price) for price in (92.0, 94.0, 206.0, 208.0)] == [-1, 0, 0, 1]


@pytest.mark.parametrize(
    ("low", "high", "price", "bottom", "top"),
    [
        (100.0, 200.0, 150.0, 93.0, 207.0),
        (100.0, 200.0, 300.0, 86.0, 314.0),
        (100.0, 200.0, 50.0, 39.5, 210.5),
        (100.0, 100.0, 100.0, 99.0, 101.0),
        (1.23e-6, 1.23e-6, 1.23e-6, 1.2177e-6, 1.2423e-6),
        (100.0, 100.0, 300.0, 86.0, 314.0),
    ],
)
def test_the_axis_holds_candles_and_price(low, high, price, bottom, top):
    """The current price would be outside of the picture, a flat market at its edge."""
    axis = over(low, high, price)
    assert (axis.low, axis.high) == (pytest.approx(bottom), pytest.approx(top))
    assert not axis.logarithmic


def test_a_rise_of_many_times_makes_the_axis_logarithmic():
    """All candles from before it would be one flat line."""
    axis = over(1.0, 100.0)
    assert axis.logarithmic
    assert 0 < axis.low < 1
    assert axis.place(10.0) == pytest.approx(0.5)
    assert not over(1.0, 5.0).logarithmic


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (100.0, 200.0, ["100", "120", "140", "160", "180", "200"]),
        (41_000.0, 48_000.0, ["42,000", "44,000", "46,000", "48,000"]),
        (1.0, 1.3, ["1.00", "1.05", "1.10", "1.15", "1.20", "1.25", "1.30"]),
        (1e-6, 1.2e-6, ["0.00000100", "0.00000105", "0.00000110", "0.00000115", "0.00000120"]),
        (1.0, 100.0, ["1.00", "2.00", "5.00", "10.00", "20.00", "50.00", "100.00"]),
        (1e-8, 1.0, ["0.00000001", "0.0000001", "0.000001", "0.00001", "0.0001", "0.001", "0.01",
                     "0.10", "1.00"]),
    ],
)  # fmt: skip
def test_prices_on_the_axis_are_round(low, high, labels):
    """A person could not read a price off the chart."""
    assert [label for _, label in over(low, high).ticks()] == labels


@pytest.mark.parametrize("low", [1e-9, 0.00000123, 0.37, 100.0, 67_123.45, 2.4e11])
@pytest.mark.parametrize("ratio", [1.0, 1.00001, 1.01, 1.7, 4.9, 5.1, 30.0, 1e5])
def test_there_are_a_handful_of_prices_whatever_the_market(low, ratio):
    """The axis would be empty, or crowded until its labels overlap."""
    axis = over(low, low * ratio)
    ticks = axis.ticks()
    assert 3 <= len(ticks) <= 9
    places = [axis.place(price) for price, _ in ticks]
    assert all(0 <= place <= 1.000001 for place in places)
    assert all(after - before > 0.04 for before, after in pairwise(places))
    assert len({label for _, label in ticks}) == len(ticks)
