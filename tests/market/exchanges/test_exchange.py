"""One exchange, through the double: its list of markets and its candles."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from engram.config.settings import ExchangeSettings
from engram.core.errors import ExchangeError
from engram.core.lru import LRUCache
from engram.market.exchanges.exchange import DAY, Exchange
from tests.machine_speed import LONG, slowness, within

NOW = 1_795_339_800.0


def soon(seconds=LONG):
    return time.monotonic() + seconds


@pytest.fixture
def clock(exchange):
    """This machine's clock and the double's, which stand still until a test turns them."""
    made = SimpleNamespace(now=NOW)
    exchange.now = lambda: made.now
    return made


@pytest.fixture
def cache():
    return LRUCache(10)


@pytest.fixture
def binance(exchange, clock, cache):
    return Exchange("binance", ExchangeSettings(api_url=exchange.url), cache, lambda: clock.now)


def test_it_says_what_it_is_and_has(binance, exchange):
    """An answer could not name its source, or only with the network."""
    assert binance.profile.name == "Binance"
    assert binance.profile.timeframes[3600.0] == "1h"
    assert binance.profile.timeframes[14_400.0] == "4h"
    assert exchange.asked == []


def test_an_exchange_that_ccxt_does_not_know_has_nothing(cache):
    """A typo in config.ini would end in a traceback."""
    unknown = Exchange("binanze", ExchangeSettings(), cache, time.time)
    assert (unknown.profile.name, dict(unknown.profile.timeframes)) == ("binanze", {})


def test_the_list_is_small_and_for_spot_only(binance, exchange, cache):
    """Futures would be taken for the coin, and megabytes would be loaded for mere names."""
    assert set(binance.markets(soon())) == set(exchange.symbols)
    assert exchange.asked == [("exchangeInfo", {"showPermissionSets": "false"})]
    saved = json.loads(cache.get("markets/binance"))
    assert saved["at"] == NOW
    assert saved["markets"]["BTC/USDT"] == ["BTCUSDT", "BTC", "USDT"]


@pytest.mark.parametrize(
    ("changes", "listed"),
    [
        ({"status": "BREAK"}, False),
        ({"status": "HALT"}, False),
        ({"status": "TRADING"}, True),
    ],
)
def test_only_markets_that_trade_are_listed(binance, exchange, monkeypatch, changes, listed):
    """A halted market would be analysed by its last prices, which are old."""
    info = exchange._answer("exchangeInfo", {})
    market = next(one for one in info["symbols"] if one["symbol"] == "SOLUSDT")
    market.update(changes)
    monkeypatch.setattr(exchange, "_answer", lambda *_: info)
    assert ("SOL/USDT" in binance.markets(soon())) is listed


def test_many_callers_load_the_list_once(binance, exchange):
    """Each of those who ask right after the start would load megabytes."""
    exchange.delay = 0.2 * slowness()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: len(binance.markets(soon())), range(8)))
    assert found == [len(exchange.symbols)] * 8
    assert exchange.count("exchangeInfo") == 1


def test_a_machine_without_a_thread_to_give_is_asked_again(binance, exchange, monkeypatch):
    """After a moment without a free thread, the list would never be loaded again."""

    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(ExchangeError, match="could not be asked"):
            binance.load()
    assert len(binance.markets(soon())) == len(exchange.symbols)


def test_the_loading_goes_on_when_nobody_waits_any_more(binance, exchange, clock):
    """On a slow line the list would never arrive: each question would start loading it anew."""
    begun, goes_on = threading.Event(), threading.Event()
    answer = exchange._answer

    def slow(*asked):
        begun.set()
        assert within(10, goes_on.wait)
        return answer(*asked)

    exchange._answer = slow
    loading = binance.load()
    assert within(10, begun.wait)
    with pytest.raises(ExchangeError, match="did not answer in time"):
        binance.markets(soon(0.05))
    goes_on.set()
    assert loading.result(LONG) is None
    assert set(binance.markets(soon(0))) == set(exchange.symbols)
    assert exchange.count("exchangeInfo") == 1
    assert binance.load() is None


@pytest.mark.parametrize(("age", "asked"), [(0, 0), (DAY - 1, 0), (DAY, 1), (-DAY, 1)])
def test_a_list_is_at_most_a_day_old(binance, exchange, clock, cache, age, asked):
    """New coins would stay unknown for ever, or every start would load the list."""
    saved = {"at": NOW - age, "markets": {"BTC/USDT": ["BTCUSDT", "BTC", "USDT"]}}
    cache.put("markets/binance", json.dumps(saved))
    loading = binance.load()
    if loading:
        loading.result(LONG)
    assert exchange.count("exchangeInfo") == asked


def test_a_list_that_fails_is_asked_for_again_after_the_pause(binance, exchange, clock):
    """One failure at the start would switch the exchange off until the bot is restarted."""
    exchange.fail("exchangeInfo", "html")
    with pytest.raises(ExchangeError, match="sent nothing usable"):
        binance.markets(soon())
    with pytest.raises(ExchangeError, match="sent nothing usable"):
        binance.markets(soon())
    assert exchange.count("exchangeInfo") == 1
    clock.now += 21
    assert "BTC/USDT" in binance.markets(soon())


def test_candles_come_with_the_time_that_is_left(binance, clock):
    """The cache would keep candles after the next one has closed."""
    binance.markets(soon())
    found = binance.candles("BTC/USDT", "1h", 1000, soon())
    assert len(found.close) == 999
    assert found.priced_at == pytest.approx(NOW, abs=1)
    # The exchange's clock is known to the second.
    assert found.closes_at - found.priced_at == pytest.approx(1800, abs=1)


def test_a_timeframe_is_asked_for_by_the_name_that_the_exchange_has(binance, exchange):
    """60m would be refused, though it is 1h."""
    binance.markets(soon())
    found = binance.candles("BTC/USDT", "60m", 5, soon())
    assert found.timeframe == "1h"
    assert exchange.asked[-1][1]["interval"] == "1h"
    assert exchange.asked[-1][1]["limit"] == "5"


def test_a_market_that_left_the_list_is_told_in_words(binance):
    """A coin that was delisted a moment ago would end in a traceback."""
    binance.markets(soon())
    with pytest.raises(ExchangeError, match="had no such market any more"):
        binance.candles("GONE/USDT", "1h", 5, soon())
