"""How long ago the last look at each exchange was."""

import pytest

from engram.storage.watch.armed import Job, Place
from engram.watch.rounds.ages import Ages
from tests.watch.rounds.conftest import BTC, HOUR, MINUTE

PRICE = Job(BTC, is_closed=False)
OTHER = Job(Place("binance", "ETH/USDT", "1m"), is_closed=False)
CLOSE = Job(Place("kraken", "BTC/USD", "4h"), is_closed=True)


@pytest.fixture
def ages(clock):
    """Ages of looks at nothing yet."""
    return Ages(clock)


def test_an_exchange_that_does_not_answer_ages(ages, clock):
    """The operator would not hear that alerts are not looked at."""
    ages.assign({PRICE}, lambda job: 0.0)
    clock.advance(HOUR)
    assert ages.all() == {"binance": HOUR + MINUTE}
    ages.looked(PRICE, MINUTE)
    assert ages.all() == {"binance": 0.0}
    clock.advance(30)
    assert ages.all() == {"binance": 30.0}


def test_the_market_that_waits_for_the_longest_counts(ages, clock):
    """One market that answers would hide all others that do not."""
    ages.assign({PRICE, OTHER}, lambda job: 0.0)
    clock.advance(10 * MINUTE)
    ages.looked(OTHER, MINUTE)
    assert ages.all()["binance"] > 10 * MINUTE


def test_a_candle_that_has_not_closed_is_no_delay(ages, clock):
    """An alarm would ring four hours long while all is well."""
    ages.assign({CLOSE}, lambda job: 4 * HOUR)
    clock.advance(4 * HOUR - MINUTE)
    assert ages.all() == {"kraken": 0.0}
    clock.advance(6 * MINUTE)
    assert ages.all() == {"kraken": 6 * MINUTE}


def test_what_is_armed_no_more_does_not_age(ages, clock):
    """An alarm would ring about an exchange at which nobody has to look."""
    ages.assign({PRICE, CLOSE}, lambda job: 0.0)
    clock.advance(HOUR)
    ages.assign({CLOSE}, lambda job: 0.0)
    ages.looked(PRICE, MINUTE)
    assert ages.all().keys() == {"kraken"}
    ages.assign(set(), lambda job: 0.0)
    assert ages.all() == {}
