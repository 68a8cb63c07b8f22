"""The lists of markets of all exchanges, as one."""

import time

import pytest

from engram.config.settings import ExchangeSettings, MarketSettings
from engram.core.errors import NoMarketDataError, UnknownMarketError
from engram.core.lru import LRUCache
from engram.market.source.candle_source import CandleSource
from tests.machine_speed import LONG


@pytest.fixture
def lists(exchange):
    """Make the lists of Binance and Kraken, with what an earlier process kept."""

    def make(*names, kept=None):
        names = names or ("binance", "kraken")
        special = dict.fromkeys(names, ExchangeSettings(api_url=exchange.url))
        return CandleSource(MarketSettings(exchange=names), special, kept or LRUCache(9)).lists

    return make


def test_what_no_exchange_was_asked_for_is_not_known(lists, exchange):
    """A greeting would wait for two exchanges."""
    markets = lists().at_hand()
    assert not markets.complete
    assert markets.listed("BTC") == "BTC/USDT"
    assert exchange.asked == []


def test_all_lists_are_one(lists):
    """A coin that only the second exchange has would be unknown."""
    made = lists()
    markets = made.after(LONG)
    assert markets.complete
    assert (markets.listed("XMR"), markets.listed("SOL")) == ("XMR/USD", "SOL/USDT")
    assert markets.base("sui") is None
    assert made.at_hand() is markets


def test_the_lists_of_an_earlier_process_serve_at_once(lists, exchange):
    """After each restart the first question would not be understood."""
    kept = LRUCache(9)
    lists(kept=kept).after(LONG)
    asked = len(exchange.asked)
    assert lists(kept=kept).at_hand().complete
    assert len(exchange.asked) == asked


def test_an_exchange_that_is_away_holds_nobody_up(lists, exchange):
    """Each question would wait for an exchange that hangs."""
    exchange.fail("exchangeInfo", "hang", times=None)
    made = lists()
    began = time.monotonic()
    markets = made.after(0.5)
    assert not markets.complete
    assert time.monotonic() - began < LONG
    made.after(LONG / 2)
    began = time.monotonic()
    made.after(LONG)
    # It is left alone for a while.
    assert time.monotonic() - began < LONG / 2


def test_a_name_that_is_no_exchange_is_waited_for_in_vain_by_nobody(lists):
    """A typing error in config.ini would hold up each question."""
    made = lists("binanc")
    began = time.monotonic()
    assert not made.after(LONG).complete
    assert time.monotonic() - began < LONG / 2
    assert isinstance(made.unlisted("HYPE"), NoMarketDataError)


def test_what_is_unknown_is_said_with_what_was_asked(lists, exchange):
    """A person would be told that a coin does not exist, which one exchange was not asked for."""
    made = lists()
    assert str(made.unlisted("FOO")).startswith("No exchange told which markets it has")
    made.after(LONG)
    error = made.unlisted("BTCC")
    assert isinstance(error, UnknownMarketError)
    assert str(error).startswith("I found no market BTCC on Binance or Kraken. Did you mean BTC/")
    exchange.fail("AssetPairs", "503", times=None)
    made = lists()
    made.after(LONG)
    what = "I found no market FOO on Binance (Kraken could not be asked)."
    how = "Please name it by its ticker, like BTC or BTC/USDT."
    assert str(made.unlisted("FOO")) == f"{what} {how}"
