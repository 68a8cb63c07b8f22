"""How often a signal was right, counted by hand, and what confidence that earns."""

import math

import pytest

from engram.market.outcomes import Signal
from tests.study.track_record import Confidence, TrackRecord, measure

BUY, SELL, HOLD = Signal.BUY, Signal.SELL, Signal.HOLD


def record(right, times, base_rate=0.5):
    return TrackRecord(right, times, base_rate, 24)


@pytest.mark.parametrize(
    ("right", "times", "lower"),
    [
        # Worked out by hand from Wilson's formula with z = 1.644854:
        # (p + z²/2n - z * sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)
        (31, 52, 0.4822),
        (5, 10, 0.2693),
        (9, 10, 0.6523),
        (10, 10, 0.7871),
        (0, 10, 0.0),
        (1, 1, 0.2699),
        (0, 0, 0.0),
    ],
)
def test_the_lower_bound_is_wilsons(right, times, lower):
    """Three lucky hits would count for as much as three hundred."""
    assert record(right, times).lower_bound == pytest.approx(lower, abs=5e-5)


@pytest.mark.parametrize(("right", "times"), [(31, 52), (1, 3), (7, 7), (499, 1000)])
def test_the_bound_is_where_the_observed_rate_is_just_within_the_error(right, times):
    """The interval would not be the 90 % that the documents name."""
    share, bound = right / times, record(right, times).lower_bound
    # That is how Wilson defines it: the rate from which `share` is 1.645 standard errors away.
    assert (share - bound) / math.sqrt(bound * (1 - bound) / times) == pytest.approx(1.644854)


@pytest.mark.parametrize(
    ("right", "times", "base_rate", "confidence"),
    [
        (9, 10, 0.65, Confidence.HIGH),
        (9, 10, 0.66, Confidence.MEDIUM),
        (9, 10, 0.90, Confidence.LOW),
        (9, 10, 0.95, Confidence.LOW),
        (9, 9, 0.10, Confidence.LOW),
        (31, 52, 0.51, Confidence.MEDIUM),
        (310, 520, 0.51, Confidence.HIGH),
        (40, 40, 1.0, Confidence.LOW),
        (0, 0, 0.0, Confidence.LOW),
    ],
)
def test_confidence_is_earned(right, times, base_rate, confidence):
    """A person would trust a signal that was no better than any other moment."""
    assert record(right, times, base_rate).confidence is confidence


UP_DOWN = [10.0, 11.0, 12.0, 11.0, 10.0, 11.0, 12.0, 13.0]
# Two candles later: +2, 0, -2, 0, +2, +2; the last two are not known yet.


@pytest.mark.parametrize(
    ("signals", "right", "times", "base_rate"),
    [
        # Candles 0, 2, 4 count; 1 and 3 lie within the horizon of the one before. Up: 0 and 4.
        ([BUY] * 8, 2, 3, 3 / 6),
        # The same candles; down: 2.
        ([SELL] * 8, 1, 3, 1 / 6),
        # The returns are 1/5, 0, 1/6, 0, 1/5, 2/11: half of them are at most 0.174: 1, 2, 3.
        ([HOLD] * 8, 1, 3, 3 / 6),
        # 1 counts, 2 does not, 3 does, 5 does. Up: 5.
        ([None, BUY, BUY, BUY, SELL, BUY, SELL, BUY], 1, 3, 3 / 6),
        # An occurrence whose outcome lies in the future counts for nothing.
        ([None, None, None, None, None, None, BUY, BUY], 0, 0, 3 / 6),
        # The last signal is the one that is measured, however rare.
        ([BUY, BUY, BUY, BUY, BUY, SELL, BUY, SELL], 0, 1, 1 / 6),
        ([None] * 8, 0, 0, 0.0),
    ],
    ids=["buy", "sell", "hold", "mixed", "not yet known", "rare", "none"],
)
def test_occurrences_are_counted_once_and_compared_with_any_candle(
    signals, right, times, base_rate
):
    """One long rise would count as dozens of hits, or a hit rate would have nothing beside it."""
    found = measure(signals, UP_DOWN, 2)
    assert (found.right, found.times, found.horizon) == (right, times, 2)
    assert found.base_rate == pytest.approx(base_rate)


def test_an_unchanged_price_is_a_hit_for_nobody_who_bets_on_a_move():
    """A market that stands still would prove BUY right."""
    for signal, right in ((BUY, 0), (SELL, 0), (HOLD, 5)):
        found = measure([signal] * 6, [7.0] * 6, 1)
        assert (found.right, found.times) == (right, 5)


@pytest.mark.parametrize("horizon", [8, 9, 100])
def test_a_series_shorter_than_the_horizon_has_no_record(horizon):
    """A short history would end in an error."""
    assert measure([BUY] * 8, UP_DOWN, horizon).times == 0


@pytest.mark.parametrize("horizon", [0, -1])
def test_a_horizon_of_nothing_is_refused(horizon):
    """Every signal would be measured by the candle that it was made from."""
    with pytest.raises(ValueError, match="at least 1"):
        measure([BUY] * 8, UP_DOWN, horizon)
