"""Which candles fire a price alert."""

import pytest

from engram.watch.looking.price import Firing, Standing, judge

MINUTE = 60_000


def row(minute, low, high, close):
    """A candle that opened in that minute."""
    return (minute * MINUTE, close, high, low, close, 1.0)


def standing(**more):
    return Standing(**{"number": 1, "rises": True, "level": 100.0, "since": 0, "looked": 0, **more})


@pytest.mark.parametrize(
    ("rows", "fired"),
    [
        ([row(1, 90, 99.99, 95)], None),
        ([row(1, 90, 100.0, 95)], None),
        ([row(1, 90, 100.01, 95)], Firing(MINUTE, MINUTE, 100.01)),
        ([row(1, 90, 95, 95), row(2, 90, 120, 95)], Firing(2 * MINUTE, MINUTE, 120)),
        ([row(0, 90, 120, 95)], None),
        ([row(0, 90, 120, 101)], Firing(0, MINUTE, 101)),
        ([row(-1, 90, 120, 101)], None),
    ],
)
def test_a_wick_beyond_the_level_fires_it_after_it_was_armed(rows, fired):
    """A wick would be missed, or one from before would wake somebody."""
    assert judge(standing(), rows, MINUTE).firing == fired


def test_below_is_the_other_way_round():
    """An alert for a fall would fire by the high."""
    falls = standing(rises=False, level=80.0)
    assert judge(falls, [row(1, 79, 90, 85)], MINUTE).firing == Firing(MINUTE, MINUTE, 79)
    assert judge(falls, [row(1, 80, 120, 85)], MINUTE).firing is None


def test_what_is_true_already_waits_until_it_was_false():
    """Who arms an alert anew would be told at once again."""
    waiting = standing(ready=False)
    assert judge(waiting, [row(1, 101, 110, 105)], MINUTE).standing == waiting
    fell = judge(waiting, [row(1, 101, 110, 105), row(2, 95, 110, 99)], MINUTE)
    assert (fell.firing, fell.standing.ready, fell.standing.since) == (None, True, 2 * MINUTE)
    crossed = judge(waiting, [row(1, 95, 110, 101)], MINUTE)
    assert crossed.firing == Firing(MINUTE, MINUTE, 101)
