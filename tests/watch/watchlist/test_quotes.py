"""Prices of many markets, and how they moved within a day."""

import threading
import time

import pytest

from engram.core.errors import ExchangeError
from engram.market.candles import read_candles
from engram.watch.watchlist.quotes import AT_ONCE, UNREADABLE, Quotes, change
from tests.conftest import wait_until
from tests.doubles.exchange import candles
from tests.machine_speed import LONG
from tests.watch.conftest import HOUR, NOW

BTC, ETH = ("binance", "BTC/USDT"), ("binance", "ETH/USDT")


def come(quotes, *listings):
    """Ask, and wait until all has come."""
    quotes.ask(listings, time.monotonic() + LONG, lambda: None)
    wait_until(lambda: all(map(quotes.known, listings)), 10)
    return [quotes.known(one) for one in listings]


def test_a_price_and_its_change_within_a_day(exchange, feed, clock):
    """The watchlist would show the move since yesterday's open, or none."""
    exchange.series["BTC/USDT", "15m"] = candles(200, "rising", "15m", NOW)
    (quote,) = come(Quotes(feed, clock), BTC)
    rows = exchange.series["BTC/USDT", "15m"]
    # It is half past: the candle before the one that is open now closed just then.
    assert quote.price == pytest.approx(rows[-1][4])
    assert quote.change == pytest.approx(rows[-1][4] / rows[-98][4] - 1)
    assert (quote.missing, quote.at) == ("", pytest.approx(NOW, abs=1))


def test_who_asks_at_the_same_time_shares_the_request(exchange, feed, clock):
    """Ten digests at eight would ask for Bitcoin ten times."""
    exchange.fail("klines", "held")
    quotes, called = Quotes(feed, clock), []
    for _ in range(3):
        quotes.ask([BTC, BTC, ETH], time.monotonic() + LONG, lambda: called.append(1))
    exchange.let_go.set()
    wait_until(lambda: len(called) == 9, 10)
    assert exchange.count("klines") == 2


def test_what_is_known_is_not_asked_again_for_half_a_minute(exchange, feed, clock):
    """Each look at the watchlist would cost as much as the first."""
    quotes = Quotes(feed, clock)
    come(quotes, BTC)
    clock.at += 29
    come(quotes, BTC)
    assert exchange.count("klines") == 1
    clock.at += 2
    assert quotes.known(BTC) is None
    come(quotes, BTC)
    assert exchange.count("klines") == 2


@pytest.mark.parametrize("jump", [9 * HOUR, -HOUR])
def test_a_price_from_before_the_machine_slept_is_not_the_current_one(
    exchange, feed, clock, monkeypatch, jump
):
    """A digest in the morning would show the prices of the evening as those of the morning."""
    quotes = Quotes(feed, clock)
    come(quotes, BTC)
    at = clock.monotonic()
    monkeypatch.setattr(clock, "monotonic", lambda: at)
    clock.at += jump
    assert quotes.known(BTC) is None


def test_why_there_is_no_price_is_soon_asked_again(exchange, feed, clock):
    """A price that was missing once would be missing for half a minute."""
    quotes = Quotes(feed, clock)
    (unlisted,) = come(quotes, ("binance", "NOPE/USDT"))
    assert unlisted.missing == "does not list NOPE/USDT any more"
    clock.at += 6
    assert quotes.known(("binance", "NOPE/USDT")) is None


class Slow:
    """A feed whose exchanges answer once they may, and then as scripted."""

    def __init__(self, failure: Exception) -> None:
        self.let_go, self.failure = threading.Event(), failure
        self.at_once = self.most = 0

    def has(self, exchange, timeframe):
        return True

    def candles(self, exchange, *_):
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        if exchange == "hung":
            self.let_go.wait(LONG)
        self.at_once -= 1
        raise self.failure


def test_an_exchange_that_hangs_holds_up_no_other(clock):
    """One dead exchange would empty the whole watchlist."""
    slow = Slow(ExchangeError("could not be reached"))
    quotes = Quotes(slow, clock)
    hung = [("hung", f"{i}/USDT") for i in range(9)]
    quotes.ask(hung, time.monotonic() + LONG, lambda: None)
    (quote,) = come(quotes, BTC)
    assert quote.missing == "could not be reached"
    assert not any(map(quotes.known, hung))
    assert slow.at_once == AT_ONCE
    slow.let_go.set()
    wait_until(lambda: all(map(quotes.known, hung)), 10)


def test_who_waits_hears_of_what_nobody_expected(clock, caplog):
    """A watchlist would wait for a price until it gives up."""
    (quote,) = come(Quotes(Slow(ZeroDivisionError()), clock), BTC)
    assert quote.missing == UNREADABLE
    assert "BTC/USDT on binance failed unexpectedly" in caplog.text


def test_a_market_that_is_new_has_no_change():
    """A coin that was listed an hour ago would be told to have moved since yesterday."""
    rows = candles(5, "rising", "15m", NOW)
    assert change(read_candles(rows, "BTC/USDT", "Binance", "15m", NOW)) is None
