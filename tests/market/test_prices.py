"""The price of a market, and what became of it in a day."""

from datetime import datetime, timezone

import pytest

from engram.config.settings import ExchangeSettings, MarketSettings
from engram.core.errors import NoMarketDataError, UnknownMarketError
from engram.core.lru import LRUCache
from engram.market.candles import DAY, read_candles
from engram.market.prices import MOST, Prices, price_of
from engram.market.source.candle_source import CandleSource
from engram.market.symbols import Request
from tests.doubles.exchange import MINUTES, ExchangeDouble
from tests.machine_speed import LONG

HOUR = 3600.0
# Twenty past nine on 2026-11-22, UTC.
NOW = 1_795_339_200.0
BTC, ETH, SOL = (Request(coin, "USDT", "4h") for coin in ("BTC", "ETH", "SOL"))


def rows(count, timeframe, price=lambda at: 100.0, left_out=()):
    """So many candles, the last one open: `price` tells it at any time (s)."""
    step = MINUTES[timeframe] * 60
    first = NOW // step * step - (count - 1) * step
    times = [first + i * step for i in range(count) if i not in left_out]
    made = []
    for at in times:
        ends = min(at + step, NOW)
        edges = price(at), price(ends)
        made.append([int(at * 1000), edges[0], max(edges), min(edges), edges[1], 1.0])
    return made


def read(made, timeframe, now=NOW):
    return price_of(read_candles(made, "BTC/USDT", "Binance", timeframe, now))


def rising(at):
    """A price that tells the time: 200 now, and an hour ago a thousandth less."""
    return 200 * 1.001 ** ((at - NOW) / HOUR)


@pytest.mark.parametrize("timeframe", ["15m", "1h", "2h", "4h"])
def test_the_change_is_that_of_the_time_that_is_named(timeframe):
    """A person would read a day's change that is the change of 20 or of 28 hours."""
    found = read(rows(300, timeframe, rising), timeframe)
    half = MINUTES[timeframe] * 60 / 2
    assert abs(found.change.seconds - DAY) <= half
    before = rising(NOW - found.change.seconds)
    assert found.change.share == pytest.approx(200 / before - 1)


def test_the_price_is_the_one_of_now_with_its_time():
    """A person would trade at the price of the last candle that has closed."""
    found = read(rows(100, "1h", rising), "1h")
    assert (found.symbol, found.exchange, found.price) == ("BTC/USDT", "Binance", 200)
    assert found.at == datetime.fromtimestamp(NOW, tz=timezone.utc)


def test_a_young_market_has_changed_since_it_began():
    """A coin that was listed two hours ago would have a day's change."""
    found = read(rows(3, "1h", rising), "1h")
    assert found.change.seconds == pytest.approx(2 * HOUR + NOW % HOUR)
    assert found.change.share == pytest.approx(200 / rising(NOW - found.change.seconds) - 1)


def test_a_market_without_a_closed_candle_has_no_change():
    """A coin that was listed a minute ago would divide by nothing."""
    assert read(rows(1, "1h", rising), "1h").change is None


def test_where_nothing_was_traded_the_last_price_stood():
    """In a thin market the change would be that of another time than is named."""
    count, step = 200, 900.0
    day_ago = int(count - 1 - (DAY + NOW % step) // step)
    gap = range(day_ago - 3, day_ago + 4)
    found = read(rows(count, "15m", rising, left_out=gap), "15m")
    assert found.change.seconds == DAY
    last = NOW // step * step - (count - 1 - gap[0]) * step
    assert found.change.share == pytest.approx(200 / rising(last) - 1)


@pytest.fixture
def double():
    """Binance and Bithumb; a bug in the double fails the test."""
    with ExchangeDouble() as double:
        double.now = lambda: NOW
        yield double
    assert not double.errors


def open_prices(double, *names):
    settings = MarketSettings(exchange=names or ("binance",))
    special = dict.fromkeys(settings.exchange, ExchangeSettings(api_url=double.url))
    source = CandleSource(settings, special, LRUCache(10), LONG, lambda: NOW)
    return source, Prices(source)


def test_many_markets_are_asked_for_at_the_same_time(double):
    """Ten prices would take ten times as long as one."""
    _, prices = open_prices(double)
    requests = [Request.of(symbol, "4h") for symbol in double.symbols][:MOST]
    assert prices.at_hand(requests) == [None] * len(requests)
    found = prices.of(requests)
    assert [one.symbol for one in found] == list(double.symbols)
    asked = double.count("klines")
    assert prices.at_hand(requests) == found == prices.of(requests)
    assert double.count("klines") == asked == len(requests)


def test_what_an_analysis_has_left_is_a_price(double):
    """A price would wait for an exchange that hangs, although it is on screen."""
    source, prices = open_prices(double)
    double.series["BTC/USDT", "4h"] = rows(300, "4h", rising)
    source.candles(BTC)
    double.fail("klines", "hang", times=None)
    (found,) = prices.of([BTC])
    assert found.price == 200


def test_one_market_that_fails_costs_no_other(double):
    """Nobody would read nine prices because of a tenth one."""
    _, prices = open_prices(double)
    prices.of([BTC])
    double.fail("klines", "451", times=None)
    found = prices.of([ETH, BTC, Request("MOONZ", "USDT", "4h")])
    assert [type(one) for one in found][::2] == [NoMarketDataError, UnknownMarketError]
    assert found[1].symbol == "BTC/USDT"


def test_an_exchange_without_candles_of_15_minutes_is_asked_for_others(double):
    """Markets of Bithumb would have no price, although they have charts."""
    double.symbols = ["BTC/KRW"]
    _, prices = open_prices(double, "bithumb")
    (found,) = prices.of([Request("BTC", "KRW", "4h")])
    assert (found.symbol, found.exchange) == ("BTC/KRW", "Bithumb")
