"""A bot's store, an exchange made of trades, and a clock that is turned by hand."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engram.config.settings import ExchangeSettings, MarketSettings
from engram.core.clock import Clock
from engram.market.analyst import Analyst
from engram.market.feed import Feed
from engram.market.source.candle_source import CandleSource
from engram.storage.outbox import Outbox, Outgoing
from engram.storage.store import Store
from engram.storage.watch.alert_table import Alert
from engram.storage.watch.armed import Armed, Place
from engram.storage.watch.tables import WatchTables
from engram.storage.watch.watched_table import Watched
from engram.watch.latest import Latest
from engram.watch.rounds.closes import CloseLooks
from engram.watch.rounds.frozen import Stillness
from engram.watch.rounds.parts import Parts, key
from engram.watch.rounds.prices import PriceLooks
from engram.watch.rounds.telling import Telling
from tests.doubles.exchange import ExchangeDouble
from tests.doubles.tape import Tape
from tests.machine_speed import LONG, within

# The beginning of a day, on which all candles begin anew.
DAY = 1_795_305_600.0
HOUR, MINUTE = 3600.0, 60.0
BTC = Place("binance", "BTC/USDT", "1m")


class HandClock(Clock):
    """A clock that goes on only when it is told to."""

    def __init__(self, wall: float) -> None:
        self.steady, self.ahead = 1000.0, wall - 1000.0
        self._moved = threading.Condition()

    def now(self) -> float:
        """Wall time, which is `ahead` of the other."""
        return self.steady + self.ahead

    def monotonic(self) -> float:
        """Time that never jumps."""
        return self.steady

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until `event` is set, or the clock was told to go on for so long."""
        until = self.steady + seconds
        while self.steady < until and not event.wait(0.005):
            pass
        return event.is_set()

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.steady += seconds


@dataclass
class Bot:
    """What looks are made of, and what was sent directly."""

    store: Store
    clock: HandClock
    exchange: ExchangeDouble
    exchanges: tuple[str, ...] = ("binance",)
    sent: list[Outgoing] = field(default_factory=list)

    def __post_init__(self) -> None:
        urls = dict.fromkeys(self.exchanges, ExchangeSettings(api_url=self.exchange.url))
        settings = MarketSettings(exchange=self.exchanges)
        source = CandleSource(settings, urls, self.store, LONG, self.clock.now)
        self.tables = WatchTables(self.store, Outbox(self.store))
        self.latest, self.feed = Latest(), Feed(source, self.clock.monotonic)
        self.parts = Parts(
            self.feed, self.tables, Analyst(source, "USDT", "1h", 24), self.clock, self.latest,
            Telling(self.tables, self.sent.append),
        )  # fmt: skip
        self.prices, self.closes = PriceLooks(self.parts), CloseLooks(self.parts)
        self.stillness = Stillness()
        self._armed = 0

    def alert(
        self, condition: str, place: Place = BTC, chat: str = "7", *, since: float | None = None,
        ready: bool = True, name: str = "",
    ) -> Alert:  # fmt: skip
        """Arm an alert now, or at the candle `since` (s)."""
        self._armed += 1
        opened = (self.clock.now() // MINUTE * MINUTE) if since is None else since
        by = Armed(chat, f"update {self._armed}", self._armed, 5, name)
        return self.tables.alerts.arm(
            by, place, asked=condition, condition=condition, price=100.0, at=self.clock.now(),
            since=int(opened * 1000), looked=int(opened * 1000), ready=ready,
        )  # fmt: skip

    def watch(self, place: Place, judged: float, signal: str, chat: str = "7") -> Watched:
        """Watch a market, whose signal was `signal` at the candle `judged` (s)."""
        self._armed += 1
        candle = int(judged * 1000)
        return self.tables.watched.watch(
            Armed(chat, f"update {self._armed}"), place, at=self.clock.now(), signal=signal,
            since=candle, judged=candle,
        )  # fmt: skip

    def look(self) -> None:
        """Look at the prices of BTC/USDT."""
        self.prices.look(BTC, self.stillness)

    def outgoing(self, chat: str = "7") -> list[Outgoing]:
        """All that is to be said in a chat, in order."""
        found = []
        while entry := self.tables.outbox.next(chat):
            found.append(entry.outgoing)
            self.tables.outbox.sent(entry.number, [1], self.clock.now())
        return found

    def texts(self, chat: str = "7") -> list[str]:
        """What is to be said in a chat."""
        return [one.text for one in self.outgoing(chat)]


def written(bot: Bot) -> None:
    """Have what could not be written be written, now that it can."""

    def look(_: float) -> bool:
        bot.parts.telling.catch_up()
        armed = (*bot.tables.alerts.armed(), *bot.tables.watched.armed())
        return not any(bot.parts.telling.is_said(key(one)) for one in armed)

    assert within(10.0, look)


@pytest.fixture
def clock() -> HandClock:
    """Half past a minute, after two hours of the day."""
    return HandClock(DAY + 2 * HOUR + 30)


@pytest.fixture
def exchange(clock: HandClock) -> Iterator[ExchangeDouble]:
    """An exchange on which BTC/USDT is at 100."""
    with ExchangeDouble() as double:
        double.now = clock.now
        double.tapes["BTC/USDT"] = Tape([(DAY, 100.0)])
        yield double
    assert not double.errors


@pytest.fixture
def bot(tmp_path: Path, clock: HandClock, exchange: ExchangeDouble) -> Iterator[Bot]:
    """A bot with a store of its own."""
    store = Store(tmp_path / "engram.db")
    yield Bot(store, clock, exchange)
    store.close()
