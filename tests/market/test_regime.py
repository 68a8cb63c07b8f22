"""The daily signals beside an analysis: asked for side by side, and never waited for in vain."""

import pytest

from engram.config.settings import ExchangeSettings, MarketSettings
from engram.core.lru import LRUCache
from engram.market.candle_source import CandleSource
from engram.market.evidence import Regime
from engram.market.outcomes import Signal
from engram.market.regime import DailySignals
from engram.market.symbols import Request
from tests.doubles.exchange import candles

BUY, SELL = Signal.BUY, Signal.SELL
ETH, BTC = Request("ETH", "USDT", "4h"), Request("BTC", "USDT", "4h")


@pytest.fixture
def source(exchange):
    """Candles from the double: Bitcoin falls from day to day, the others rise."""
    exchange.series["BTC/USDT", "1d"] = candles(1000, "falling", "1d")
    exchange.series["ETH/USDT", "1d"] = candles(1000, "rising", "1d")
    settings = MarketSettings(exchange=("binance",))
    special = {"binance": ExchangeSettings(api_url=exchange.url)}
    return CandleSource(settings, special, LRUCache(10))


def regime_of(source, request):
    """The regime beside the candles of `request`, once all that was asked for has come."""
    asked = DailySignals(source, "USDT").ask(request)
    for one in (asked.own, asked.bitcoin):
        if one:
            one.exception()
    return asked.regime(source.candles(request))


@pytest.mark.parametrize(
    ("request_", "regime"),
    [
        (ETH, Regime(BUY, SELL)),
        (BTC, Regime(SELL, SELL)),
        (Request("ETH", "USDT", "1d"), Regime(None, SELL)),
        (Request("ETH", "USDT", "1w"), Regime(None, SELL)),
        (Request("BTC", "USDT", "1d"), Regime()),
    ],
    ids=str,
)
def test_each_market_is_seen_beside_its_days_and_bitcoins(source, request_, regime):
    """A signal would be told with the figures of another kind of market."""
    assert regime_of(source, request_) == regime


def test_days_are_asked_for_once(exchange, source):
    """Each analysis would cost three requests to the exchange instead of one."""
    regime_of(source, ETH)
    asked = exchange.count("klines")
    regime_of(source, ETH)
    regime_of(source, Request("ETH", "USDT", "1h"))
    assert exchange.count("klines") == asked + 1


@pytest.mark.parametrize(
    ("rows", "regime"),
    [
        ([], Regime(None, SELL)),
        (candles(150, "rising", "1d"), Regime(None, SELL)),
        (candles(1000, "rising", "1d")[:-5], Regime(None, SELL)),
    ],
    ids=["none", "too few", "old"],
)
def test_a_daily_signal_that_cannot_be_had_is_unknown(exchange, source, rows, regime):
    """A coin that is new would be given a daily signal out of thin air."""
    exchange.series["ETH/USDT", "1d"] = rows or [["junk"]]
    assert regime_of(source, ETH) == regime


def test_days_of_another_exchange_are_not_taken(exchange, source):
    """Another coin with the same ticker would lend its daily signal."""
    kraken = MarketSettings(exchange=("kraken",))
    other = CandleSource(kraken, {"kraken": ExchangeSettings(api_url=exchange.url)}, LRUCache(10))
    asked = DailySignals(source, "USDT").ask(BTC)
    asked.own.result()
    assert asked.regime(other.candles(BTC)) == Regime(None, SELL)


def test_nobody_waits_for_days_that_do_not_come(exchange, source):
    """A person would wait five seconds for a line of the panel."""
    candles_at_hand = source.candles(ETH)
    exchange.fail("klines", "hang", times=None)
    asked = DailySignals(source, "USDT").ask(ETH)
    assert asked.regime(candles_at_hand) == Regime()
    assert not asked.own.done()
    exchange.heal()
