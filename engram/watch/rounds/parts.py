"""What every look needs."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field

from engram.core.clock import Clock
from engram.core.errors import ExchangeError
from engram.market.analyst import Analyst
from engram.market.feed import Feed
from engram.market.source.candle_source import CANDLES
from engram.storage.outbox import ALERT, Outgoing
from engram.storage.watch.alert_table import Alert
from engram.storage.watch.armed import Place
from engram.storage.watch.tables import WatchTables
from engram.storage.watch.watched_table import Watched
from engram.watch.arming.reply import below_firing
from engram.watch.conditions import Condition
from engram.watch.latest import Latest
from engram.watch.rounds import texts
from engram.watch.rounds.frozen import Stillness
from engram.watch.rounds.telling import News, Telling

log = logging.getLogger(__name__)

# A request may take so many seconds, and one for more candles than an analysis has longer.
PATIENCE = 10.0
# What happened so long (s) before the present happened while nobody looked.
AWAY = 300.0


class FrozenError(ExchangeError):
    """The exchange answers, but has had nothing new of a market for too long."""


class ExchangeClocks:
    """How far the exchanges' clocks are from this machine's; for several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ahead: dict[str, float] = {}

    def note(self, exchange: str, now: float | None) -> None:
        """Note what the time is there (s since the epoch), if it tells it."""
        if now is not None:
            with self._lock:
                self._ahead[exchange] = now - self._clock.now()

    def known(self, exchange: str) -> float | None:
        """About what the time is there; None if it has not told yet."""
        with self._lock:
            ahead = self._ahead.get(exchange)
        return None if ahead is None else self._clock.now() + ahead

    def now(self, exchange: str) -> float:
        """About what the time is there, or here."""
        return self.known(exchange) or self._clock.now()


@dataclass(frozen=True, slots=True)
class Parts:
    """What every look needs: exchanges, tables, clocks, and who tells what was found."""

    feed: Feed
    tables: WatchTables
    analyst: Analyst
    clock: Clock
    latest: Latest
    telling: Telling
    clocks: ExchangeClocks = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "clocks", ExchangeClocks(self.clock))

    def alerts_at(self, place: Place, *, is_closed: bool) -> list[Alert]:
        """The alerts there that are judged by closed candles, or those by the price."""
        found = []
        for alert in self.tables.alerts.at(place):
            try:
                fits = Condition.read(alert.condition).needs_candles == is_closed
                Condition.read(alert.asked)  # what is said once it fires
            except ValueError as err:
                log.error("alert %d is damaged: %s", alert.number, err)
                continue
            if fits and not self.telling.is_said(key(alert)):
                found.append(alert)
        return found

    def was_away(self, looked: float, newest: float, happened: float) -> bool:
        """Whether the bot was away when something `happened`, by the candles up to `newest`.

        It was, too, before it was put back to an earlier state. All times are milliseconds.
        """
        return newest - looked > AWAY * 1000 or happened <= self.tables.restored_at * 1000

    def zone(self, chat: str) -> str:
        """The time zone of a conversation."""
        return self.tables.digests.plan(chat).zone

    def check_ticker(self, place: Place, stillness: Stillness) -> None:
        """Ask for the ticker of what stands still; raises `FrozenError` where that does, too."""
        if stillness.wants_ticker:
            try:
                ticker = self.feed.ticker(place.exchange, place.symbol, self.until())
                stillness.ticker(ticker.price if ticker.at is None else ticker.at)
            except ExchangeError as err:
                # Some exchanges have none. What their candles say is all there is.
                log.info("no ticker of %s on %s: %s", place.symbol, place.exchange, err)
        if stillness.is_frozen:
            raise FrozenError(texts.FROZEN)

    def fired(self, alert: Alert, candle: int, price: float, text: str, now: float) -> News:
        """That `alert` has fired by `candle` (ms) at `price`, as `text` says it."""
        table, what = self.tables.alerts, (alert, candle, price)
        said = Outgoing(alert.chat, ALERT, text, below_firing(alert), alert=alert.number)
        kept, direct = table.firing(*what, said, now), table.fired_directly(*what, now)
        return News(key(alert), kept, said, direct)

    @staticmethod
    def until(candles: int = 0) -> float:
        """Until when asking for so many candles may take, by `time.monotonic`."""
        return time.monotonic() + PATIENCE * max(1.0, candles / CANDLES)


def key(armed: Alert | Watched) -> str:
    """What `News` are about."""
    return f"{type(armed).__name__} {armed.number}"
