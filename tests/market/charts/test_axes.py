"""Ranges, round prices and times, and marks that do not cover each other."""

from dataclasses import replace
from datetime import datetime, timezone
from itertools import pairwise

import numpy as np
import pytest

from engram.market.charts.axes import PriceAxis, moments, spread
from tests.series import made


def over(low, high, price=None):
    """The axis over candles between these prices."""
    price = high if price is None else price
    given = made(count=2)
    return PriceAxis.over(
        replace(given, low=np.array([low, low]), high=np.array([high, high]), price=price)
    )


@pytest.mark.parametrize(
    ("low", "high", "price", "bottom", "top"),
    [
        (100.0, 200.0, 150.0, 93.0, 207.0),
        (100.0, 200.0, 300.0, 86.0, 314.0),
        (100.0, 200.0, 50.0, 39.5, 210.5),
        (100.0, 100.0, 100.0, 99.0, 101.0),
        (1.23e-6, 1.23e-6, 1.23e-6, 1.2177e-6, 1.2423e-6),
    ],
)
def test_the_axis_holds_candles_and_price(low, high, price, bottom, top):
    """The current price would be outside of the picture, a flat market at its edge."""
    axis = over(low, high, price)
    assert (axis.low, axis.high) == (pytest.approx(bottom), pytest.approx(top))
    assert not axis.logarithmic


def test_a_spike_makes_the_axis_logarithmic():
    """After a jump all other candles would be one flat line."""
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


@pytest.mark.parametrize(
    ("places", "moved"),
    [
        ([0.5], [0.5]),
        ([0.2, 0.8], [0.2, 0.8]),
        ([0.5, 0.5], [0.5, 0.6]),
        ([0.52, 0.5, 0.55], [0.6, 0.5, 0.7]),
        ([0.0, 0.01], [0.05, 0.15]),
        ([1.0, 0.99], [0.95, 0.85]),
        ([], []),
    ],
)
def test_marks_do_not_cover_each_other(places, moved):
    """The tag of the resistance would hide the current price."""
    assert spread(places, 0.1) == pytest.approx(moved)


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp() * 1000)


def every(minutes, count, last="2026-11-22 09:00"):
    """Opening times of `count` candles up to `last`."""
    return [at(last) - minutes * 60_000 * age for age in reversed(range(count))]


@pytest.mark.parametrize(
    ("minutes", "count", "names"),
    [
        (1, 120, ["07:30", "08:00", "08:30", "09:00"]),
        (5, 120, ["00:00", "02:00", "04:00", "06:00", "08:00"]),
        (15, 120, ["06:00", "12:00", "18:00", "00:00", "06:00"]),
        (60, 120, ["18 Nov", "19 Nov", "20 Nov", "21 Nov", "22 Nov"]),
        (60, 40, ["00:00", "06:00", "12:00", "18:00", "00:00", "06:00"]),
        (240, 120, ["04 Nov", "08 Nov", "12 Nov", "16 Nov", "20 Nov"]),
        (1440, 120, ["Aug 2026", "Sep 2026", "Oct 2026", "Nov 2026"]),
        (10_080, 120, ["Jan 2025", "Jul 2025", "Jan 2026", "Jul 2026"]),
        (43_200, 120, ["2018", "2020", "2022", "2024", "2026"]),
        (60, 3, ["08:00"]),
        (60, 1, []),
    ],
)
def test_times_on_the_axis_are_round(minutes, count, names):
    """The times would be odd ones, such as 07:36, or written over each other."""
    assert [name for _, name in moments(every(minutes, count), max(count, 40))] == names


@pytest.mark.parametrize("minutes", [1, 3, 5, 15, 30, 60, 120, 240, 360, 720, 1440, 4320, 10_080])
@pytest.mark.parametrize("count", [1, 2, 3, 10, 39, 40, 41, 77, 119, 120])
def test_times_have_room_beside_each_other(minutes, count):
    """Two times would be written over each other, or one cut at the left edge."""
    across = max(count, 40)
    found = [place for place, _ in moments(every(minutes, count), across)]
    assert all(after - before >= across / 7.5 for before, after in pairwise(found))
    assert all(count - across + across // 20 <= place < count for place in found)


def test_a_gap_does_not_crowd_the_times():
    """After a pause of trading two names would be written over each other."""
    opened = every(60, 60, "2026-11-18 23:00") + every(60, 60, "2026-11-22 09:00")
    found = [place for place, _ in moments(opened, 120)]
    assert found
    assert all(after - before >= 16 for before, after in pairwise(found))
