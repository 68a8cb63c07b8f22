"""What every look needs."""

import time

import pytest

from engram.watch.rounds.parts import PATIENCE, ExchangeClocks, key
from tests.watch.rounds.conftest import BTC, HOUR


@pytest.fixture
def clocks(clock):
    return ExchangeClocks(clock)


def test_the_time_is_the_exchange_s_once_it_has_told_it(clock, clocks):
    """A machine whose clock is wrong would ask for candles that do not exist."""
    clocks.note("binance", None)
    assert (clocks.known("binance"), clocks.now("binance")) == (None, clock.now())
    clocks.note("binance", clock.now() - HOUR)
    clock.advance(30)
    assert clocks.now("binance") == clocks.known("binance") == clock.now() - HOUR
    assert clocks.known("kraken") is None


def test_what_is_judged_by_candles_and_what_by_the_price_are_apart(bot):
    """An RSI would be compared with a price."""
    price, rsi = bot.alert("price > 110"), bot.alert("rsi > 70")
    assert bot.parts.alerts_at(BTC, is_closed=False) == [price]
    assert bot.parts.alerts_at(BTC, is_closed=True) == [rsi]


def test_a_damaged_alert_is_named_and_left_out(bot, caplog):
    """One damaged row would hold up all others of its market."""
    bad, good = bot.alert("price > 110"), bot.alert("price > 120")
    bot.store.write("UPDATE alerts SET asked = 'nonsense' WHERE number = ?", bad.number)
    assert bot.parts.alerts_at(BTC, is_closed=False) == [good]
    assert f"alert {bad.number} is damaged" in caplog.text


def test_an_alert_and_a_watched_market_are_not_confused(bot):
    """What was said of one would keep the other silent."""
    alert, watched = bot.alert("price > 110"), bot.watch(BTC, bot.clock.now(), "BUY")
    assert alert.number == watched.number
    assert key(alert) != key(watched)


@pytest.mark.parametrize(("candles", "times"), [(0, 1), (10, 1), (2000, 2)])
def test_who_asks_for_more_waits_longer(bot, candles, times):
    """A long absence would never be read, as it takes several requests."""
    left = bot.parts.until(candles) - time.monotonic()
    assert PATIENCE * (times - 1) < left <= PATIENCE * (times + 0.1)
