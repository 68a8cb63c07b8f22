"""How long candles are good for what."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from engram.config.settings import ExchangeSettings
from engram.core.lru import LRUCache
from engram.market.exchanges.exchange import Exchange
from engram.market.source.cached import Cached
from tests import series

NOW = 5_000.0
BINANCE, OTHER = (
    Exchange(id_, ExchangeSettings(), LRUCache(1), time.time) for id_ in ("binance", "kraken")
)


def cached(ago: float = 0.0, *, set_by: float = 0.0, is_dated: bool = True) -> Cached:
    """Candles that came `ago` seconds before `NOW`, since when the clock was set by so many."""
    found = replace(series.made(count=1000), is_dated=is_dated)
    read_at = time.monotonic() - ago
    return Cached(found, BINANCE, NOW - ago - set_by, NOW + 600, read_at, took=0.5)


@pytest.mark.parametrize(("now", "good"), [(NOW, True), (NOW + 601, False), (NOW - 60, False)])
def test_until_the_next_candle_and_not_before_it_was_asked_for(now: float, good: bool) -> None:
    """After the clock was set back, an old price would be shown for hours."""
    assert cached().is_good(now) is good


def test_the_time_at_the_exchange_lies_between_two_bounds() -> None:
    """A minute that has not begun there would be taken for the one in which an alert is armed."""
    one = cached(10)
    recent = one.recent(NOW)
    assert recent is not None
    assert recent.earliest == pytest.approx(one.candles.priced_at + 10, abs=0.5)
    assert recent.latest - recent.earliest == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("ago", "set_by", "is_dated"),
    [(31, 0, True), (5, -3600, True), (5, 3600, True), (5, 0, False)],
    ids=["old", "clock set back", "machine slept", "no time of the exchange"],
)
def test_what_tells_no_time_is_not_recent(ago: float, set_by: float, is_dated: bool) -> None:
    """Alerts would be dated by this machine, whose clock may be wrong by hours."""
    assert cached(ago, set_by=set_by, is_dated=is_dated).recent(NOW) is None


@pytest.mark.parametrize(
    ("timeframe", "count", "serves"),
    [("1h", 1000, True), ("60m", 1001, True), ("4h", 1000, False), ("1h", 500, False),
     ("1h", 2000, False)],
)  # fmt: skip
def test_as_many_as_are_wanted(timeframe: str, count: int, serves: bool) -> None:
    """A signal would be computed from other candles than the one that is looked for."""
    one = cached()
    assert len(one.candles.close) == 1000
    assert one.serves(timeframe, count) is serves


def test_of_that_exchange_and_market() -> None:
    """An alert would begin from the price of another exchange."""
    one = cached()
    assert one.is_of(BINANCE, one.candles.symbol)
    assert not one.is_of(OTHER, one.candles.symbol)
    assert not one.is_of(BINANCE, "ETH/BTC")
