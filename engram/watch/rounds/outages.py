"""Tells each chat once what cannot be watched, and once that it can be again."""

from __future__ import annotations

import logging
import threading
from collections import Counter, defaultdict
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
#: How many "alerts" and "watched" markets each chat has at a spot.
Armed: TypeAlias = dict[Spot, dict[str, "Counter[str]"]]


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
            exchange, now = job.place.exchange, _State(is_known=True)
            if self._exchanges.get(exchange, now).silent >= PATIENCE:
                # What has failed with the whole exchange is looked at again only now.
                for other, state in self._jobs.items():
                    if other.place.exchange == exchange:
                        state.silent = 0.0
            self._jobs[job], self._exchanges[exchange] = _State(is_known=True), now

    def failed(self, job: Job, why: str, *, is_own: bool = False, is_certain: bool = False) -> None:
        """Note a look that has not, and why; see `_State`."""
        with self._lock:
            state = self._jobs.setdefault(job, _State())
            state.reason, state.is_own, state.is_certain = why, is_own, is_certain
            self._exchanges.setdefault(job.place.exchange, _State())

    def tick(self, jobs: set[Job]) -> None:
        """Tell what has to be told by now, where `jobs` are all that there are."""
        told = self._tables.away.all()
        with self._lock:
            self._age(jobs)
            away = self._away(jobs)
            back = [one for one in told if self._is_back(one, away, jobs)]
        if not away and not told:
            return
        armed = self._armed()
        ended = [
            one for one in told if one in back or not armed[one.exchange, one.symbol].get(one.chat)
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

    def _age(self, jobs: set[Job]) -> None:
        """Count the time since the last tick as silence, until the next look that succeeds."""
        now = self._clock.monotonic()
        step = min(now - self._ticked_at, LONGEST_STEP)
        self._ticked_at = now
        self._jobs = {job: state for job, state in self._jobs.items() if job in jobs}
        for state in self._exchanges.values():
            state.silent += step
        for state in self._jobs.values():
            state.silent += step if state.reason else 0.0

    def _away(self, jobs: set[Job]) -> dict[Spot, str]:
        """What is away, and why; no market by itself of an exchange that is away as a whole."""
        away: dict[Spot, str] = {}
        for exchange in {job.place.exchange for job in jobs} - {*self._feed.exchanges}:
            away[exchange, ""] = texts.REMOVED
        for job, state in self._jobs.items():
            exchange = job.place.exchange
            if state.is_away:
                is_whole = not state.is_own and self._exchanges[exchange].silent >= PATIENCE
                away.setdefault((exchange, "" if is_whole else job.place.symbol), state.reason)
        return {spot: why for spot, why in away.items() if not spot[1] or (spot[0], "") not in away}

    def _is_back(self, one: Away, away: Mapping[Spot, str], jobs: set[Job]) -> bool:
        """Whether what was told to be away is watched again.

        An exchange is only once all prices there have been looked at, but for those of markets that
        are away for reasons of their own.
        """
        if (one.exchange, one.symbol) in away or (one.exchange, "") in away:
            return False
        if not one.symbol:
            whole = self._exchanges.get(one.exchange, _State())
            at_it = [job for job in jobs if job.place.exchange == one.exchange]
            return whole.is_known and whole.silent < PATIENCE and not any(map(self._waits, at_it))
        here = [
            state for job, state in self._jobs.items()
            if (job.place.exchange, job.place.symbol) == (one.exchange, one.symbol)
        ]  # fmt: skip
        return bool(here) and all(state.is_known and not state.reason for state in here)

    def _waits(self, job: Job) -> bool:
        """Whether the time of an outage is not looked at yet."""
        state = self._jobs.get(job)
        if state is None:
            return not job.is_closed
        return bool(state.reason) and not (state.is_own or state.is_away)

    def _armed(self) -> Armed:
        found: Armed = defaultdict(dict)
        alerts = (("alerts", one) for one in self._tables.alerts.armed())
        watched = (("watched", one) for one in self._tables.watched.armed())
        for kind, one in (*alerts, *watched):
            for spot in ((one.exchange, ""), (one.exchange, one.symbol)):
                found[spot].setdefault(one.chat, Counter())[kind] += 1
        return found

    def _gone(
        self, away: Mapping[Spot, str], known: set[tuple[str, str, str]], armed: Armed
    ) -> Iterable[Row]:
        """Tell each chat that was not told: one message for all that has the same reason."""
        new: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for (exchange, symbol), why in sorted(away.items()):
            for chat in armed[exchange, symbol]:
                if not {(chat, exchange, symbol), (chat, exchange, "")} & known:
                    new[chat, exchange, why].append(symbol)
        for (chat, exchange, why), symbols in new.items():
            count = sum((armed[exchange, symbol][chat] for symbol in symbols), Counter[str]())
            text = texts.cannot(
                self._feed.name(exchange), [one for one in symbols if one], why,
                counted(**count), removed=why == texts.REMOVED,
            )  # fmt: skip
            for symbol in symbols:
                said = self._said(chat, text) if symbol == symbols[-1] else None
                gone = Away(chat, exchange, symbol, why, self._clock.now())
                yield from self._tables.away.gone(gone, said)

    def _back(self, ended: Sequence[Away], armed: Armed) -> Iterable[Row]:
        """Tell each chat what works again, if anything is armed there still."""
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
