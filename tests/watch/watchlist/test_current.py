"""Whether what is armed was looked at as late as can be."""

from dataclasses import replace

import pytest

from engram.watch.watchlist.current import is_current, was_looked_at
from tests.watch.conftest import ALERT, HOUR, NOW


@pytest.mark.parametrize(
    ("timeframe", "age", "current"),
    [("1h", 2 * HOUR + 299, True), ("1h", 2 * HOUR + 301, False), ("1d", 2 * 24 * HOUR, True),
     ("1d", 3 * 24 * HOUR, False), ("1M", 62 * 24 * HOUR, True)],
)  # fmt: skip
def test_an_old_signal_is_not_passed_off_as_the_current_one(timeframe, age, current):
    """After a night in which nobody looked the signals of yesterday would be today's."""
    assert is_current(int((NOW - age) * 1000), timeframe, NOW) is current


def alert(condition, looked_at, looked=0):
    return replace(ALERT, condition=condition, looked_at=looked_at, looked=looked, timeframe="1h")


@pytest.mark.parametrize(
    ("armed", "looked_at"),
    [
        (alert("price > 5", NOW), True),
        (alert("price > 5", NOW - 1), False),
        (alert("rsi < 30", NOW, int((NOW - 9 * HOUR) * 1000)), False),
        (alert("rsi < 30", NOW - 9, int((NOW - HOUR) * 1000)), True),
    ],
)
def test_an_alert_was_looked_at(armed, looked_at):
    """A late digest would miss what fires a moment after it."""
    assert was_looked_at(armed, NOW, NOW) is looked_at
