"""Where a market is looked for: in which order, how long, and what is said in the end."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from engram.config.settings import ExchangeSettings
from engram.core.errors import ExchangeError, NoMarketDataError, UnknownMarketError
from engram.core.lru import LRUCache
from engram.market.exchanges.exchange import Exchange
from engram.market.source.search import Search, able_to_serve, sentence
from engram.market.symbols import Request
from tests.doubles.exchange import ExchangeDouble
from tests.machine_speed import LONG


@pytest.fixture
def double() -> Iterator[ExchangeDouble]:
    """Binance and Kraken."""
    with ExchangeDouble() as double:
        yield double
    assert not double.errors


@pytest.fixture
def able(double: ExchangeDouble) -> list[Exchange]:
    """Both exchanges."""
    settings, store = ExchangeSettings(api_url=double.url), LRUCache[str, str](10)
    return [Exchange(id_, settings, store, time.time) for id_ in ("binance", "kraken")]


def search(able: list[Exchange], base: str) -> Search:
    """A search for a coin in USDT."""
    return Search(Request(base, "USDT", "1h"), able, "USDT", time.monotonic() + LONG)


def test_as_it_was_written_first_and_in_the_order_of_the_configuration(
    able: list[Exchange],
) -> None:
    """Bitcoin would be watched in other money, or on another exchange than it is analysed on."""
    found = [(exchange.id, symbol) for exchange, symbol, _ in search(able, "BTC")]
    assert found == [("binance", "BTC/USDT"), ("kraken", "BTC/USDT"), ("kraken", "BTC/USD")]


def test_the_time_is_shared_among_those_that_may_be_asked(able: list[Exchange]) -> None:
    """An exchange that hangs would leave no time for the next one."""
    steps = iter(search(able, "BTC"))
    now = time.monotonic()
    _, _, first = next(steps)
    assert first - now < LONG * 0.6


def test_an_exchange_that_failed_is_asked_no_more(able: list[Exchange]) -> None:
    """In trouble it would be asked for each spelling again, while the person waits."""
    looking, asked = search(able, "BTC"), []
    for exchange, symbol, _ in looking:
        asked.append((exchange.id, symbol))
        looking.failed(exchange, ExchangeError("could not answer"))
    assert asked == [("binance", "BTC/USDT"), ("kraken", "BTC/USDT")]
    assert str(looking.in_vain()) == "Binance and Kraken could not answer."
    assert isinstance(looking.in_vain(), NoMarketDataError)


def test_what_is_listed_nowhere(able: list[Exchange], double: ExchangeDouble) -> None:
    """The person would not learn what to write instead, or would be told of an outage."""
    looking = search(able, "BTX")
    assert list(looking) == []
    assert isinstance(looking.in_vain(), UnknownMarketError)
    double.fail("AssetPairs", "503", times=None)
    able[1] = Exchange("kraken", ExchangeSettings(api_url=double.url), LRUCache(1), time.time)
    looking = search(able, "ZZZZ")
    assert list(looking) == []
    told = "Binance had no market ZZZZ/USDT and Kraken could not answer."
    assert str(looking.in_vain()) == told


def test_who_lists_it_without_such_candles_is_named(able: list[Exchange]) -> None:
    """The person would look for a coin elsewhere that another timeframe would have shown."""
    binance, kraken = able
    kraken.markets(time.monotonic() + LONG)
    request, until = Request("XMR", "USDT", "3d"), time.monotonic() + LONG
    looking = Search(request, [binance], "USDT", until, [kraken])
    assert list(looking) == []
    told = "Kraken lists XMR/USD, but has no 3d candles. Did you mean 1d, 1w or 2w?"
    assert str(looking.in_vain()) == told
    looking = Search(Request("BTX", "USDT", "3d"), [binance], "USDT", until, [kraken])
    assert list(looking) == []
    assert str(looking.in_vain()).startswith("I found no BTX/USDT on Binance.")


def test_the_same_trouble_is_told_once() -> None:
    """A person would read the same words twice."""
    assert (
        sentence({"A": "was away", "B": "hung", "C": "was away"}) == "A and C was away and B hung."
    )


def test_who_has_candles_of_a_timeframe(able: list[Exchange]) -> None:
    """An exchange would be asked for candles that it does not have, and take others the time."""
    assert able_to_serve(able, "60m") == able
    assert able_to_serve(able, "3d") == able[:1]
    assert able_to_serve(able, "2w") == able[1:]
    with pytest.raises(UnknownMarketError, match=r"no 7m candles\. Did you mean 3m, 5m or 15m"):
        able_to_serve(able, "7m")
    nobody = Exchange("zaif", ExchangeSettings(), LRUCache(1), time.time)
    with pytest.raises(NoMarketDataError, match="none that ccxt knows"):
        able_to_serve([nobody], "1h")
