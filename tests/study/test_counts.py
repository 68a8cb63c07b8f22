"""Frequencies, means and their intervals, against values worked out by hand."""

import numpy as np
import pytest

from tests.study.counts import Months


def column(*values):
    """Numbers as a column."""
    return np.array(values, dtype=np.float64)


# Two months: in the first BUY came true 2 of 2 times and all candles 3 of 4, in the second 0 of 1
# and 1 of 2.
MONTH = np.array([10, 10, 10, 10, 11, 11])
TRUE = column(1, 1, 1, 0, 0, 1)
BUY = np.array([True, True, False, False, True, False])


def test_a_frequency_is_that_of_its_cases():
    """The panel would state the frequency of other signals."""
    found = Months(MONTH).mean(TRUE, BUY)
    assert found.value == pytest.approx(2 / 3)
    # Redrawn months give 2/2 (both the first), 2/3 (one of each) or 0/1 (both the second).
    assert (found.low, found.high) == (0.0, 1.0)


def test_months_are_drawn_whole():
    """Coins that rise together would count as independent, and luck as skill."""
    month = np.repeat(np.arange(24), 100)
    rose = np.repeat(np.random.default_rng(3).random(24) < 0.5, 100).astype(np.float64)
    everything = np.ones(len(rose), dtype=bool)
    found = Months(month).mean(rose, everything)
    assert found.high - found.low > 0.25
    apart = Months(np.arange(len(rose))).mean(rose, everything)
    assert apart.high - apart.low < 0.05


def test_an_interval_holds_as_often_as_it_says():
    """An interval of 90 % would hold half of the time, and noise would earn a label."""
    chance = np.random.default_rng(5)
    held = 0
    for _ in range(60):
        months = chance.normal(0.5, 0.2, 60).clip(0, 1)
        values = (chance.random((60, 20)) < months[:, None]).astype(np.float64).ravel()
        found = Months(np.repeat(np.arange(60), 20)).mean(values, np.ones(1200, dtype=bool))
        held += found.low <= 0.5 <= found.high
    assert 46 <= held <= 60


def test_a_gain_is_that_over_being_always_in():
    """In a market that rises every BUY would gain."""
    moves, of = column(4, 2, 0, 0, -3, 3), BUY
    found = Months(MONTH).difference(moves, of)
    assert found.value == pytest.approx(1 - 1)
    assert Months(MONTH).difference(moves, ~of, -1.0).value == pytest.approx(-(1 - 1))
    rising = Months(MONTH).difference(column(5, 5, 5, 5, 5, 5), of)
    assert (rising.value, rising.low, rising.high) == (0, 0, 0)


def test_following_both_sides_is_measured_against_the_market():
    """A rule that is always long would be praised for a rising market."""
    months, moves = Months(MONTH), column(4, 2, 0, 0, -3, 3)
    always = months.followed(moves, column(1, 1, 1, 1, 1, 1))
    assert always.value == pytest.approx(0)
    # Right each time: (4-1) + (2-1) + (1+3) + (3-1) over four.
    sides = column(1, 1, 0, 0, -1, 1)
    assert months.followed(moves, sides).value == pytest.approx((3 + 1 + 4 + 2) / 4)
    assert months.followed(moves, sides, sides).value == 0


@pytest.mark.parametrize("cases", [0, 3])
def test_where_there_is_nothing_to_count_nothing_is_told(cases):
    """A frequency of nothing would be 0 %."""
    month = np.full(cases, 7)
    found = Months(month).mean(np.ones(cases), np.zeros(cases, dtype=bool))
    assert np.isnan([found.value, found.low, found.high]).all()
