"""The daily signals beside an analysis: asked for side by side, and never at its expense."""

from types import SimpleNamespace

import pytest

from engram.config.settings import ExchangeSettings, MarketSettings
from engram.core.errors import NoMarketDataError
from engram.core.lru import LRUCache
from engram.market.evidence import Regime
from engram.market.exchanges.ccxt_client import CALLS_AT_ONCE
from engram.market.outcomes import Signal
from engram.market.regime import AFTER_ANOTHER, AFTER_FAILURE, AT_ONCE, PLACES, DailySignals
from engram.market.source.candle_source import CandleSource
from engram.market.symbols import Request
from tests.doubles.exchange import candles
from tests.machine_speed import LONG, slowness

BUY, SELL, HOLD = Signal.BUY, Signal.SELL, Signal.HOLD
ETH, BTC, SOL = (Request(coin, "USDT", "4h") for coin in ("ETH", "BTC", "SOL"))
NOW = 1_795_339_800.0


@pytest.fixture
def clock():
    """The clock of this machine and of the exchange, which stands still until a test turns it."""
    return SimpleNamespace(now=NOW)


@pytest.fixture
def open_source(exchange, clock):
    """Makes a source of candles from the double: Bitcoin falls from day to day, others rise."""
    exchange.now = lambda: clock.now
    for quote in ("USDT", "USD", "EUR"):
        exchange.series[f"BTC/{quote}", "1d"] = candles(1000, "falling", "1d", NOW)
    exchange.series["ETH/USDT", "1d"] = candles(1000, "rising", "1d", NOW)
    special = ExchangeSettings(api_url=exchange.url)

    def make(*names, quote="USDT", deadline=LONG):
        settings = MarketSettings(exchange=names, quote=quote)
        each = dict.fromkeys(names, special)
        return CandleSource(settings, each, LRUCache(10), deadline, lambda: clock.now)

    return make


@pytest.fixture
def source(open_source):
    """Binance's candles."""
    return open_source("binance")


@pytest.fixture
def signals(source, clock):
    """The daily signals on them."""
    return DailySignals(source, "USDT", lambda: clock.now)


def arrived(asked):
    """`asked`, once all that was asked for has come."""
    for one in (asked.own, asked.bitcoin):
        if one:
            one.exception()
    return asked


def regime_of(signals, source, request):
    """The regime beside a signal HOLD of `request`, once all that was asked for has come."""
    return signals.regime(arrived(signals.ask(request)), source.candles(request), HOLD)


def days(exchange, *symbols):
    """How often the days of these markets, as Binance names them, were asked for."""
    return sum(
        (query["symbol"], query["interval"]) in {(symbol, "1d") for symbol in symbols}
        for endpoint, query in exchange.asked
        if endpoint == "klines"
    )


@pytest.mark.parametrize(
    ("request_", "regime"),
    [
        (ETH, Regime(BUY, SELL)),
        (BTC, Regime(SELL, SELL)),
        (Request("ETH", "USDT", "1d"), Regime(None, SELL)),
        (Request("ETH", "USDT", "1w"), Regime(None, SELL)),
        (Request("BTC", "USDT", "1w"), Regime(None, SELL)),
        (Request("BTC", "USDT", "1d"), Regime(None, HOLD)),
    ],
    ids=str,
)
def test_each_market_is_seen_beside_its_days_and_bitcoins(signals, source, request_, regime):
    """A signal would be told with the figures of another kind of market."""
    assert regime_of(signals, source, request_) == regime


@pytest.mark.parametrize(
    ("quote", "request_", "asked_for"),
    [
        ("USDT", Request("ETH", "BTC", "4h"), ["BTCUSDT", "ETHBTC"]),
        ("USDT", Request("BTC", "EUR", "4h"), ["BTCEUR"]),
        ("EUR", Request("BTC", "EUR", "4h"), ["BTCEUR"]),
        ("EUR", Request("ETH", "USDT", "4h"), ["BTCUSDT", "ETHUSDT"]),
        ("EUR", Request("ETH", "BTC", "4h"), ["BTCEUR", "ETHBTC"]),
    ],
    ids=str,
)
def test_bitcoin_is_priced_in_the_same_money(open_source, exchange, quote, request_, asked_for):
    """Bitcoin would be told to rise where only the euro falls, or to disagree with itself."""
    source = open_source("binance", quote=quote)
    arrived(DailySignals(source, quote).ask(request_))
    asked = [query["symbol"] for endpoint, query in exchange.asked if endpoint == "klines"]
    assert sorted(asked) == asked_for


def test_another_dollar_is_the_same_market(open_source, clock):
    """A coin that the exchange has in USD alone would never have a daily signal."""
    source = open_source("kraken")
    regime = regime_of(
        DailySignals(source, "USDT", lambda: clock.now), source, Request("BTC", "USDC", "4h")
    )
    assert regime == Regime(SELL, SELL)


def test_days_are_asked_for_once(exchange, source, signals, clock):
    """Each analysis would cost three requests to the exchange instead of one."""
    for request in (ETH, BTC, Request("ETH", "USDT", "1h")):
        regime_of(signals, source, request)
    assert days(exchange, "ETHUSDT", "BTCUSDT") == 2
    clock.now += 86_400
    exchange.series["ETH/USDT", "1d"] = candles(1000, "falling", "1d", clock.now)
    assert regime_of(signals, source, ETH) == Regime(SELL, SELL)
    assert days(exchange, "ETHUSDT", "BTCUSDT") == 4


def test_days_at_hand_are_not_asked_for(exchange, source, signals):
    """Two analyses of one market would cost a request more than needed."""
    source.candles(Request("ETH", "USDT", "1d"))
    assert regime_of(signals, source, ETH) == Regime(BUY, SELL)
    assert days(exchange, "ETHUSDT") == 1


def test_many_who_ask_at_once_share_one_request(exchange, signals):
    """Four coins compared would ask for Bitcoin four times, and fill all places with it."""
    exchange.fail("klines/1d", "held", times=None)
    asked = [signals.ask(request) for request in (ETH, SOL, BTC, ETH)]
    exchange.let_go.set()
    assert [arrived(one).bitcoin.result().signal for one in asked] == [SELL] * 4
    assert exchange.count("klines") == 3


@pytest.mark.parametrize(
    "rows",
    [[], candles(150, "rising", "1d", NOW), candles(1000, "rising", "1d", NOW)[:-5]],
    ids=["none", "too few", "old"],
)
def test_a_daily_signal_that_cannot_be_had_is_unknown(exchange, source, signals, rows):
    """A coin that is new would be given a daily signal out of thin air."""
    exchange.series["ETH/USDT", "1d"] = rows or [["junk"]]
    assert regime_of(signals, source, ETH) == Regime(None, SELL)
    asked = days(exchange, "ETHUSDT")
    assert regime_of(signals, source, ETH) == Regime(None, SELL)
    assert days(exchange, "ETHUSDT") == asked


def test_an_exchange_without_days_still_has_signals(open_source, exchange, clock):
    """Where an exchange has no daily candles there would be no analysis at all."""
    exchange.symbols = ["ETH/KRW", "BTC/KRW"]
    source = open_source("bithumb", quote="KRW")
    signals = DailySignals(source, "KRW", lambda: clock.now)
    assert regime_of(signals, source, Request("ETH", "KRW", "4h")) == Regime()


def test_days_of_another_exchange_are_not_taken(open_source, exchange, source, signals, clock):
    """Another coin with the same ticker would lend its daily signal."""
    both = open_source("binance", "kraken")
    exchange.series["ETH/USDT", "4h"] = exchange.rows("ETH/USDT", "4h")[-50:]
    asked = arrived(signals.ask(ETH))
    of_kraken = both.candles(ETH)
    assert of_kraken.exchange == "Kraken"
    assert signals.regime(asked, of_kraken, HOLD) == Regime(None, SELL)
    # They may be had where the analysis is from before the day is over.
    clock.now += AFTER_ANOTHER
    arrived(signals.ask(ETH))
    assert days(exchange, "ETHUSDT") == 2


@pytest.mark.parametrize("how", ["hang", "drip", "drip_head", "500", "reset", "html", "empty"])
def test_days_that_fail_cost_no_analysis(open_source, exchange, clock, how):
    """Whoever asks next would hear that the exchange cannot answer, though it can."""
    source = open_source("binance", deadline=2.0 * slowness())
    signals = DailySignals(source, "USDT", lambda: clock.now)
    source.preload()
    exchange.fail("klines/1d", how, times=None)
    asked = arrived(signals.ask(ETH))
    assert signals.regime(asked, source.candles(ETH), HOLD) == Regime()
    assert source.candles(SOL).exchange == "Binance"
    # Nobody waits for what has just failed.
    counted = exchange.count("klines/1d")
    assert arrived(signals.ask(ETH)).own.result().signal is None
    assert exchange.count("klines/1d") == counted


def test_days_of_the_exchange_that_is_watched(exchange, open_source, clock):
    """The panel of a watched market would lack the daily signal, or have one from elsewhere."""
    signals = DailySignals(open_source("binance", "kraken"), "USDT", lambda: clock.now)
    usual, there = arrived(signals.ask(BTC)), arrived(signals.ask(BTC, "kraken"))
    assert (usual.own.result().exchange, there.own.result().exchange) == ("Binance", "Kraken")
    assert there.own.result().signal is Signal.SELL
    assert arrived(signals.ask(BTC, "okx")).own.result().signal is None
    arrived(signals.ask(BTC, "kraken"))
    assert (exchange.count("klines"), exchange.count("OHLC")) == (1, 1)


def test_days_that_failed_are_asked_for_again(exchange, source, signals, clock):
    """A hiccup would cost the daily signal for the rest of the day."""
    exchange.fail("klines/1d", "html", times=2)
    assert regime_of(signals, source, ETH) == Regime()
    clock.now += AFTER_FAILURE
    assert regime_of(signals, source, ETH) == Regime(BUY, SELL)


@pytest.mark.parametrize("status", ["418", "429", "451"])
def test_who_is_told_to_keep_away_asks_for_nothing(exchange, source, signals, status):
    """Asked again at once, an exchange would ban the person's address for days."""
    exchange.fail("klines/1d", status, times=None, retry_after=60)
    arrived(signals.ask(BTC))
    with pytest.raises(NoMarketDataError, match="Binance"):
        source.candles(ETH)
    assert exchange.count("klines") == 1


def test_nobody_waits_for_days_that_do_not_come(exchange, source, signals):
    """A person would wait five seconds for a line of the panel."""
    at_hand = source.candles(ETH)
    exchange.fail("klines/1d", "held", times=None)
    asked = signals.ask(ETH)
    assert signals.regime(asked, at_hand, HOLD) == Regime()
    assert not asked.own.done()
    exchange.let_go.set()
    assert regime_of(signals, source, ETH) == Regime(BUY, SELL)


def test_days_that_hang_leave_the_calls_of_analyses_free(exchange, source, signals):
    """A crowd would hear that the exchange did not answer in time, which nobody has asked."""
    coins = [f"C{number}" for number in range(2 * PLACES)]
    exchange.symbols = [*exchange.symbols, *(f"{coin}/USDT" for coin in coins)]
    source.preload()
    exchange.fail("klines/1d", "held", times=None)
    asked = [signals.ask(Request(coin, "USDT", "4h")) for coin in coins]
    exchange.wait_for(lambda: exchange.count("klines/1d") == min(AT_ONCE, CALLS_AT_ONCE))
    assert source.candles(ETH).exchange == "Binance"
    # No more of them pile up than there are places for.
    assert sum(not one.own.done() for one in asked) == PLACES - 1
    exchange.let_go.set()
    for one in asked:
        arrived(one)
    assert exchange.count("klines/1d") == PLACES


@pytest.mark.parametrize("bug", ["in the source", "no thread"])
def test_no_bug_here_costs_an_answer(monkeypatch, source, signals, bug):
    """A person would read nothing at all instead of a panel without one line."""

    def fail(*_):
        raise RuntimeError("can't start new thread")

    broken = (source, "beside") if bug == "in the source" else (signals._pool, "submit")
    monkeypatch.setattr(*broken, fail)
    assert regime_of(signals, source, ETH) == Regime()
