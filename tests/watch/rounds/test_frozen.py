"""Markets that stand still."""

import pytest

from engram.watch.rounds.frozen import DOUBTFUL, FROZEN, LONGEST_STEP, Stillness

STEP = 60.0


@pytest.fixture
def stillness():
    return Stillness()


def pass_by(stillness, seconds, *, newest=1.0, begin=0.0, ticker=None):
    """Have the same candle come each minute for so long, and a ticker; returns when that ends."""
    for minute in range(int(seconds / STEP) + 1):
        stillness.candle(newest, begin + minute * STEP)
        if ticker is not None:
            stillness.ticker(ticker(minute))
    return begin + seconds


def test_the_ticker_is_asked_only_in_doubt(stillness):
    """Each quiet minute of a small coin would cost another request."""
    assert not stillness.wants_ticker
    pass_by(stillness, DOUBTFUL - STEP)
    assert not stillness.wants_ticker
    pass_by(stillness, STEP, begin=DOUBTFUL - STEP)
    assert stillness.wants_ticker


def test_a_market_in_which_nothing_changes_is_frozen(stillness):
    """Alerts on data of last week would be told as news."""
    pass_by(stillness, FROZEN - STEP, ticker=lambda _: 5.0)
    assert not stillness.is_frozen
    pass_by(stillness, STEP, begin=FROZEN - STEP, ticker=lambda _: 5.0)
    assert stillness.is_frozen


def test_a_ticker_that_changes_is_life(stillness):
    """A market in which nobody trades would be called frozen."""
    pass_by(stillness, 2 * FROZEN, ticker=float)
    assert not stillness.is_frozen


def test_a_new_candle_is_life(stillness):
    """A market would stay frozen although it goes on."""
    end = pass_by(stillness, FROZEN, ticker=lambda _: 5.0)
    stillness.candle(2.0, end + STEP)
    assert not stillness.is_frozen
    assert not stillness.wants_ticker


@pytest.mark.parametrize("fails", [True, False])
def test_only_time_in_which_the_exchange_answers_counts(stillness, fails):
    """An outage, or a laptop that slept, would end in a message that the market is frozen."""
    stillness.candle(1.0, 0.0)
    if fails:
        stillness.failed()
    stillness.candle(1.0, 10 * FROZEN)
    stillness.candle(1.0, 10 * FROZEN + STEP)
    assert stillness.wants_ticker is (not fails and LONGEST_STEP + STEP >= DOUBTFUL)
    assert not stillness.is_frozen
