"""Places of candles, of those to come and of those missing; round times."""

from dataclasses import replace
from datetime import datetime, timezone
from itertools import pairwise

import numpy as np
import pytest

from engram.market.charts.time_axis import TimeAxis, moments
from tests.series import first, made

CANDLES = first(made("walk", 121, timeframe="4h"), 121)


def axis(count=120, horizon=24, timeframe="4h", is_open=True):
    """The axis for so many candles, with an open one or without."""
    candles = made("walk", count, timeframe=timeframe)
    return TimeAxis.of(candles if is_open else replace(candles, open_candle=None), horizon)


@pytest.mark.parametrize("is_open", [True, False])
def test_the_range_ends_at_the_right_edge(is_open):
    """The line from its end to the price would begin in empty space."""
    found = axis(is_open=is_open)
    assert found.to_scale
    assert (found.begin, found.end) == (119.5, 143.5)
    assert found.limits == (-1, 143.5)


@pytest.mark.parametrize(
    ("count", "horizon"), [(120, 0), (120, 1), (3, 0), (1, 0), (40, 0), (40, 9)]
)
@pytest.mark.parametrize("is_open", [True, False])
def test_the_last_candle_and_its_mark_have_room(count, horizon, is_open):
    """The mark of the signal, or the open candle, would be cut at the edge."""
    left, right = axis(count, horizon, is_open=is_open).limits
    assert right >= count + is_open + 0.5
    assert left <= -1
    assert right - left >= 40


@pytest.mark.parametrize("horizon", [41, 48, 200, 300])
def test_a_long_range_takes_a_quarter_of_the_picture(horizon):
    """The candles would be as thin as hairs, or the range would seem shorter than it is."""
    found = axis(horizon=horizon)
    left, right = found.limits
    assert (right - found.begin) / (right - left) == pytest.approx(0.25, abs=0.01)
    assert not found.to_scale
    closes = CANDLES.time[-1] / 1000 + 4 * 3600 * (horizon + 1)
    last = found.ticks()[-1]
    assert last.at == found.end
    assert last.label == f"{datetime.fromtimestamp(closes, tz=timezone.utc):%d %b}"
    assert all(tick.at < found.begin for tick in found.ticks()[:-1])


@pytest.mark.parametrize(
    ("timeframe", "horizon", "label"),
    [("1m", 60, "10:30"), ("15m", 90, "08:00"), ("15m", 96, "23 Nov"), ("1d", 200, "Jun 2027")],
)
def test_a_far_end_is_named_as_exactly_as_it_matters(timeframe, horizon, label):
    """After a range of an hour there would be a day, after one of years an hour."""
    assert axis(horizon=horizon, timeframe=timeframe).ticks()[-1].label == label


def test_times_to_come_are_named_where_they_begin():
    """Nobody could tell until when the range holds."""
    found = axis(is_open=True)
    assert [(tick.at, tick.label) for tick in found.ticks()] == [
        (9.5, "04 Nov"),
        (33.5, "08 Nov"),
        (57.5, "12 Nov"),
        (81.5, "16 Nov"),
        (105.5, "20 Nov"),
        (129.5, "24 Nov"),
    ]
    assert found.ticks() == axis(is_open=False).ticks()


def test_missing_candles_leave_holes():
    """A pause of trading would look as if the price had jumped within one candle."""
    keep = np.delete(np.arange(121), [30, 31, 32, 80])
    columns = ("time", "open", "high", "low", "close", "volume")
    candles = replace(CANDLES, **{name: getattr(CANDLES, name)[keep] for name in columns})
    assert TimeAxis.of(candles, 0).holes() == [(29.5, 3), (76.5, 1)]
    assert axis().holes() == []


def test_a_candle_missing_before_the_open_one_leaves_a_hole():
    """The newest pause is the one that matters most."""
    candles = made("walk", 50)
    shorter = replace(first(candles, 48), open_candle=candles.open_candle)
    assert TimeAxis.of(shorter, 0).holes() == [(47.5, 2)]


def test_months_of_different_length_are_no_holes():
    """Each March would begin with a hole."""
    opened = [
        int(datetime(2026, m, 1, tzinfo=timezone.utc).timestamp() * 1000) for m in range(1, 9)
    ]
    assert TimeAxis(tuple(opened), 8, 0, "1M").holes() == []


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
def test_times_have_room_beside_each_other(minutes):
    """Two times would be written over each other, or one cut at the left edge."""
    for count in (1, 2, 3, 10, 39, 40, 41, 77, 119, 120):
        across = max(count, 40)
        found = [place for place, _ in moments(every(minutes, count), across)]
        assert all(after - before >= across / 7.5 for before, after in pairwise(found)), count
        assert all(count - across + across // 20 <= place < count for place in found), count


def test_a_gap_does_not_crowd_the_times():
    """After a pause of trading two names would be written over each other."""
    opened = every(60, 60, "2026-11-18 23:00") + every(60, 60, "2026-11-22 09:00")
    found = [place for place, _ in moments(opened, 120)]
    assert found
    assert all(after - before >= 16 for before, after in pairwise(found))
