"""A feed of the exchange's double, a clock that a test turns, and tables in a file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engram.config.settings import ExchangeSettings, MarketSettings
from engram.core.clock import Clock
from engram.core.lru import LRUCache
from engram.market.feed import Feed
from engram.market.source.candle_source import CandleSource
from engram.storage.outbox import Outbox
from engram.storage.store import Store
from engram.storage.watch.alert_table import Alert
from engram.storage.watch.armed import Armed, Place
from engram.storage.watch.tables import WatchTables
from engram.storage.watch.watched_table import Watched
from tests.doubles.exchange import ExchangeDouble
from tests.machine_speed import LONG

# 2026-11-29 07:30:20 UTC.
NOW = 1_795_937_420.0
HOUR = 3600.0
ALERT = Alert(
    number=3, chat="7", state="armed", armed_by="u", message=1, person=0, name="",
    exchange="binance", symbol="BTC/USDT", timeframe="1m", asked="price > 100",
    condition="price > 100", price=90.0, at=0.0, since=0, looked=0, looked_at=0.0, ready=1,
    fired_candle=None, fired_price=None,
)  # fmt: skip


class TurnedClock(Clock):
    """A clock that shows `at`, and goes on when a test turns it, or somebody waits by it."""

    def __init__(self, at: float = NOW) -> None:
        self.at = at

    def now(self) -> float:
        """What it shows."""
        return self.at

    def monotonic(self) -> float:
        """The same: no test turns it back that asks for this."""
        return self.at

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Nobody waits for long."""
        self.at += seconds
        return event.wait(0.001)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[WatchTables]:
    store = Store(tmp_path / "engram.db")
    yield WatchTables(store, Outbox(store))
    store.close()


@pytest.fixture
def feed_of(exchange: ExchangeDouble, clock: TurnedClock) -> Callable[..., Feed]:
    """Makes a feed of some exchanges, all of which are the double."""
    exchange.now = clock.now

    def make(*names: str) -> Feed:
        special = dict.fromkeys(names, ExchangeSettings(api_url=exchange.url))
        settings = MarketSettings(exchange=names)
        source = CandleSource(settings, special, LRUCache(10), LONG, clock.now)
        return Feed(source)

    return make


@pytest.fixture
def feed(feed_of: Callable[..., Feed]) -> Feed:
    return feed_of("binance")


@pytest.fixture
def watch(tables: WatchTables) -> Callable[..., Watched]:
    """Has a market be watched, whose last closed candle was judged."""

    def watched(
        symbol: str, timeframe: str = "4h", signal: str = "HOLD", **more: object
    ) -> Watched:
        judged = int((NOW // 14_400 - 1) * 14_400_000)
        row = {"chat": "7", "exchange": "binance", "since": judged, "judged": judged, "at": NOW}
        row |= more
        by = Armed(str(row.pop("chat")), f"message/{symbol}/{timeframe}")
        place = Place(str(row.pop("exchange")), symbol, timeframe)
        return tables.watched.watch(by, place, signal=signal, **row)

    return watched
