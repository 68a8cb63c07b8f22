"""Candles page by page, from exchanges that send them in their own ways."""

import math
import time
from types import SimpleNamespace

import ccxt
import pytest

from engram.market.exchanges.history import MOST_PAGES, History

HOUR = 3_600_000
NOW = 1_795_338_000_000


class Exchange:
    """An exchange as ccxt shows it, whose market has `length` candles, `page` of them at once.

    `since` is what an answer begins with: "asked" as asked, or "ignored". `fails` is what the page
    of that number raises.
    """

    def __init__(self, length, page, *, name="binance", limit=None, since="asked", fails=None):
        self.id = name
        self.features = {"spot": {"fetchOHLCV": {"limit": limit}}} if limit else None
        self.session = SimpleNamespace(server_time=NOW / 1000)
        self.rows = [[NOW - n * HOUR, 1.0, 1.0, 1.0, 1.0, 1.0] for n in range(length)][::-1]
        self.asked = []
        self._page, self._since, self._fails = page, since, fails or {}

    def fetch_ohlcv(self, symbol, timeframe, since=None, limit=None, params=None):
        self.asked.append((since, limit, params or {}))
        if error := self._fails.get(len(self.asked)):
            raise error
        if since is None or self._since == "ignored":
            return self.rows[-min(limit, self._page) :]
        return [row for row in self.rows if row[0] >= since][: min(limit, self._page)]


def fetched(exchange, limit=1000, until=math.inf):
    history = History("BTC/USDT", "1h", limit, until)
    history.fetch(exchange)
    return history


@pytest.mark.parametrize("page", [10, 30, 50, 60, 90, 100, 200, 300, 720, 1000])
def test_pages_of_any_size_are_joined(page):
    """A market of years would be called too new for a signal where pages are small."""
    exchange = Exchange(2000, page)
    found = fetched(exchange, limit=400)
    assert [row[0] for row in found.rows] == [row[0] for row in exchange.rows[-400:]]
    assert found.complete
    assert len(exchange.asked) <= math.ceil(400 / page) + 1


@pytest.mark.parametrize("length", [0, 1, 5, 37, 99])
def test_a_new_market_is_asked_for_once(length):
    """Each question about a new coin would take two requests."""
    exchange = Exchange(length, 1000)
    found = fetched(exchange)
    assert (len(found.rows), found.complete, len(exchange.asked)) == (length, True, 1)


@pytest.mark.parametrize("length", [10, 50, 100, 350])
def test_a_market_ends_where_nothing_earlier_comes(length):
    """A new coin would be asked for in vain again and again."""
    exchange = Exchange(length, 50)
    found = fetched(exchange)
    assert (len(found.rows), found.complete) == (length, True)
    assert len(exchange.asked) == math.ceil(length / 50) + (1 if length % 50 == 0 else 0) or 1


def test_more_pages_than_can_be_asked_for_are_no_beginning_of_the_market():
    """A person would read that a market of years has too short a history."""
    exchange = Exchange(2000, 10)
    found = fetched(exchange)
    assert len(found.rows) == 10 * (MOST_PAGES + 1)
    assert not found.complete


@pytest.mark.parametrize("exchange_id", ["kraken", "binance"])
def test_the_same_page_again_ends_the_history(exchange_id):
    """An exchange that sends its latest candles only would be asked twenty times."""
    exchange = Exchange(2000, 720, name=exchange_id, since="ignored")
    found = fetched(exchange)
    assert (len(found.rows), found.complete) == (720, True)
    assert len(exchange.asked) == (1 if exchange_id == "kraken" else 2)


def test_no_more_is_asked_for_than_the_exchange_sends():
    """It would refuse the request, and there would be no candles at all."""
    exchange = Exchange(2000, 300, limit=300)
    fetched(exchange)
    assert [limit for _, limit, _ in exchange.asked] == [300, 300, 300, 100]


def test_the_price_alone_takes_one_request():
    """Each price would take as many requests as an analysis."""
    exchange = Exchange(2000, 1000)
    assert len(fetched(exchange, limit=2).rows) == 2
    assert len(exchange.asked) == 1


def test_no_page_is_asked_for_that_cannot_come_in_time():
    """A slow exchange would cost the answer, and not only its earlier candles."""
    found = fetched(Exchange(2000, 100), until=time.monotonic() - 1)
    assert (len(found.rows), found.complete) == (100, False)


def test_what_came_stays_when_a_page_fails():
    """An answer would be lost although most of its candles were there."""
    exchange = Exchange(2000, 300, fails={3: ccxt.NetworkError()})
    history = History("BTC/USDT", "1h", 1000, math.inf)
    with pytest.raises(ccxt.NetworkError):
        history.fetch(exchange)
    assert (len(history.rows), history.complete) == (600, False)


def test_what_an_exchange_refuses_lies_before_its_first_candle():
    """A market would have no candles because the exchange has no more of them."""
    exchange = Exchange(2000, 300, fails={3: ccxt.BadRequest()})
    found = fetched(exchange)
    assert (len(found.rows), found.complete) == (600, True)


@pytest.mark.parametrize("page", [None, {}, "rows", [None, 7, []], [["x"] * 6]])
def test_rubbish_is_no_history(page):
    """The answer would fail in a way that nobody has foreseen."""
    exchange = Exchange(0, 100)
    exchange.fetch_ohlcv = lambda *_, **__: page
    found = fetched(exchange)
    assert found.complete
    assert isinstance(found.rows, list)


def test_bithumb_is_asked_in_korean_time():
    """It would send its latest candles again and again."""
    exchange = Exchange(400, 200, name="bithumb")
    fetched(exchange, limit=400)
    first, second = exchange.asked
    assert first[2] == {}
    # 199 hours before 2026-11-22 09:00 UTC, which is nine hours later in Seoul.
    assert second[2] == {"to": "2026-11-14T11:00:00"}


def test_the_time_is_that_of_the_newest_page():
    """A candle that is open would count as closed."""
    exchange = Exchange(400, 200)
    ask = exchange.fetch_ohlcv

    def later(*args, **more):
        page = ask(*args, **more)
        exchange.session.server_time += 100
        return page

    exchange.fetch_ohlcv = later
    assert fetched(exchange, limit=400).sent_at == NOW / 1000 + 100
