"""Tells each chat once what cannot be watched, and once that it can be again."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engram.core.clock import Clock
from engram.core.errors import StoreError
from engram.market.feed import Feed
from engram.storage.outbox import NOTICE, Outgoing
from engram.storage.store import Row
from engram.storage.watch.armed import Job
from engram.storage.watch.away_table import Away
from engram.storage.watch.tables import WatchTables
from engram.watch.rounds import texts
from engram.watch.texts import counted

log = logging.getLogger(__name__)

# Without a look for so long (s) it is told. What the process has slept does not count: no more
# than `LONGEST_STEP` between two ticks.
PATIENCE = 900.0
LONGEST_STEP = 120.0

#: An exchange by its id, and one of its markets; "" for all of them.
Spot: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class _State:
    """How the looks of a job, or at an exchange, go: for how long (s) they have failed, and why.

    `is_own` tells that the reason lies in the market, `is_certain` that there is nothing to wait
    for. Nothing is known of it before it `is_known`.
    """

    silent: float = 0.0
    reason: str = ""
    is_own: bool = False
    is_certain: bool = False
    is_known: bool = False

    @property
    def is_away(self) -> bool:
        return bool(self.reason) and (self.is_certain or self.silent >= PATIENCE)


@dataclass(slots=True)
class _Armed:
    """What a chat has armed at a spot."""

    alerts: int = 0
    watched: int = 0


class Outages:
    """What cannot be watched, for several threads that look; `tables` keep who was told."""

    def __init__(self, tables: WatchTables, feed: Feed, clock: Clock) -> None:
        self._tables, self._feed, self._clock = tables, feed, clock
        self._lock = threading.Lock()
        self._jobs: dict[Job, _State] = {}
        self._exchanges: dict[str, _State] = {}
        self._ticked_at = clock.monotonic()

    def succeeded(self, job: Job) -> None:
        """Note a look that has seen all that it should."""
        with self._lock:
            self._jobs[job] = _State(is_known=True)
            self._exchanges[job.place.exchange] = _State(is_known=True)

    def failed(self, job: Job, why: str, *, is_own: bool = False, is_certain: bool = False) -> None:
        """Note a look that has not, and why; see `_State`."""
        with self._lock:
            state = self._jobs.setdefault(job, _State())
            state.reason, state.is_own, state.is_certain = why, is_own, is_certain
            self._exchanges.setdefault(job.place.exchange, _State())

    def tick(self, jobs: set[Job]) -> None:
        """Tell what has to be told by now, where `jobs` are all that there are."""
        away, back = self._find(jobs)
        told = self._tables.away.all()
        if not away and not told:
            return
        armed = self._armed()
        ended = [
            one for one in told if back(one) or not armed[one.exchange, one.symbol].get(one.chat)
        ]
        known = {(one.chat, one.exchange, one.symbol) for one in told if one not in ended}
        rows = [*self._back(ended, armed), *self._gone(away, known, armed)]
        for one in told:
            why = away.get((one.exchange, one.symbol)) or away.get((one.exchange, ""))
            if one not in ended and why and why != one.reason:
                # /alerts says it.
                rows.append(self._tables.away.because(one, why))
        if rows:
            try:
                self._tables.write(*rows, durable=True)
            except StoreError as err:
                log.warning("what cannot be watched is told later: %s", err)

    def _find(self, jobs: set[Job]) -> tuple[dict[Spot, str], _Back]:
        """What is away, and why; and which of what was away is back."""
        now = self._clock.monotonic()
        with self._lock:
            step = min(now - self._ticked_at, LONGEST_STEP)
            self._ticked_at = now
            self._jobs = {job: state for job, state in self._jobs.items() if job in jobs}
            for state in self._exchanges.values():
                state.silent += step
            for state in self._jobs.values():
                state.silent += step if state.reason else 0.0
            away: dict[Spot, str] = {}
            for exchange in {job.place.exchange for job in jobs} - {*self._feed.exchanges}:
                away[exchange, ""] = texts.REMOVED
            for job, state in self._jobs.items():
                exchange = job.place.exchange
                if state.is_away:
                    is_whole = not state.is_own and self._exchanges[exchange].silent >= PATIENCE
                    away.setdefault((exchange, "" if is_whole else job.place.symbol), state.reason)
            away = {
                spot: why for spot, why in away.items() if not spot[1] or (spot[0], "") not in away
            }
            return away, _Back(dict(self._jobs), dict(self._exchanges), away)

    def _armed(self) -> Mapping[Spot, dict[str, _Armed]]:
        """What each chat has armed, at each exchange and at each of its markets."""
        found: dict[Spot, dict[str, _Armed]] = defaultdict(dict)
        for alert in self._tables.alerts.armed():
            for spot in ((alert.exchange, ""), (alert.exchange, alert.symbol)):
                found[spot].setdefault(alert.chat, _Armed()).alerts += 1
        for one in self._tables.watched.armed():
            for spot in ((one.exchange, ""), (one.exchange, one.symbol)):
                found[spot].setdefault(one.chat, _Armed()).watched += 1
        return found

    def _gone(
        self, away: Mapping[Spot, str], known: set[tuple[str, str, str]],
        armed: Mapping[Spot, dict[str, _Armed]],
    ) -> Iterable[Row]:  # fmt: skip
        """Tell each chat that was not told: one message for all that has the same reason."""
        new: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for (exchange, symbol), why in sorted(away.items()):
            for chat in armed[exchange, symbol]:
                if not {(chat, exchange, symbol), (chat, exchange, "")} & known:
                    new[chat, exchange, why].append(symbol)
        for (chat, exchange, why), symbols in new.items():
            concerned = [armed[exchange, symbol][chat] for symbol in symbols]
            text = texts.cannot(
                self._feed.name(exchange), [one for one in symbols if one], why,
                counted(
                    sum(one.alerts for one in concerned), sum(one.watched for one in concerned)
                ),
                removed=why == texts.REMOVED,
            )  # fmt: skip
            said, now = self._said(chat, text), self._clock.now()
            for symbol in symbols[:-1]:
                yield self._tables.away.gone(Away(chat, exchange, symbol, why, now), said)[0]
            yield from self._tables.away.gone(Away(chat, exchange, symbols[-1], why, now), said)

    def _back(
        self, ended: Sequence[Away], armed: Mapping[Spot, dict[str, _Armed]]
    ) -> Iterable[Row]:
        by_chat: dict[tuple[str, str], list[Away]] = defaultdict(list)
        for one in ended:
            by_chat[one.chat, one.exchange].append(one)
        for (chat, exchange), rows in by_chat.items():
            still = [one for one in rows if armed[exchange, one.symbol].get(chat)]
            symbols = [] if any(not one.symbol for one in still) else [one.symbol for one in still]
            text = texts.works(self._feed.name(exchange), symbols)
            for one in rows:
                said = self._said(chat, text) if still and one is rows[-1] else None
                yield from self._tables.away.back(one, said, self._clock.now())

    @staticmethod
    def _said(chat: str, text: str) -> Outgoing:
        return Outgoing(chat, NOTICE, text, name=texts.AWAY_NAME)


@dataclass(frozen=True, slots=True)
class _Back:
    """Tells which of what was away is watched again."""

    jobs: Mapping[Job, _State]
    exchanges: Mapping[str, _State]
    away: Mapping[Spot, str]

    def __call__(self, one: Away) -> bool:
        if (one.exchange, one.symbol) in self.away or (one.exchange, "") in self.away:
            return False
        if not one.symbol:
            state = self.exchanges.get(one.exchange, _State())
            return state.is_known and state.silent < PATIENCE
        here = [
            state for job, state in self.jobs.items()
            if (job.place.exchange, job.place.symbol) == (one.exchange, one.symbol)
        ]  # fmt: skip
        return bool(here) and all(state.is_known and not state.reason for state in here)
