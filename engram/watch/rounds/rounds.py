"""Has everything looked at that is armed, for as long as anything is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from engram.core.errors import DelistedError, ExchangeError
from engram.storage.watch.armed import Job
from engram.watch.latest import ROUND
from engram.watch.loop import Loop, always
from engram.watch.rounds import texts
from engram.watch.rounds.closes import CloseLooks
from engram.watch.rounds.frozen import Stillness
from engram.watch.rounds.lookout import Looked, Lookout
from engram.watch.rounds.outages import Outages
from engram.watch.rounds.parts import FrozenError, Parts
from engram.watch.rounds.prices import PriceLooks

# What is armed is looked for so often (s), and what cannot be watched told so often.
LOOK_FOR, TELL = 10.0, 60.0
# How soon (s) a market is asked for again that the exchange does not list.
DELISTED = 3600.0


class Rounds:
    """Looks at all that is armed, in threads of its own for each exchange.

    While nothing is armed nobody is asked, and nothing is imported for it.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts, self._may = parts, always
        self._outages = Outages(parts.tables, parts.feed, parts.clock)
        self._prices, self._closes = PriceLooks(parts), CloseLooks(parts)
        self._loop = Loop("watch", self._step, LOOK_FOR, parts.clock)
        self._lookouts: dict[str, Lookout] = {}
        self._told_at = parts.clock.monotonic()

    def start(self, may: Callable[[], bool] = always) -> None:
        """Begin to look, in the background, while this process `may`: that is asked before each."""
        self._may = may
        self._loop.start()

    def stop(self) -> None:
        """Begin no further look; what one in progress finds is not written."""
        self._loop.stop()
        self._parts.telling.stop()
        for lookout in list(self._lookouts.values()):
            lookout.assign(set())

    @property
    def ages(self) -> dict[str, float]:
        """How many seconds ago the last look at each exchange was; see `Lookout.age`."""
        ages = ((exchange, lookout.age) for exchange, lookout in [*self._lookouts.items()])
        return {exchange: age for exchange, age in ages if age is not None}

    def _step(self) -> float:
        parts = self._parts
        is_allowed = self._may()
        jobs = parts.tables.jobs() if is_allowed else set()
        self._assign(jobs)
        parts.latest.round_took = max(
            (lookout.round_takes for lookout in self._lookouts.values()), default=0.0
        )
        if not is_allowed:
            return LOOK_FOR
        parts.telling.catch_up()
        if parts.clock.monotonic() - self._told_at >= TELL:
            self._told_at = parts.clock.monotonic()
            self._outages.tick(jobs)
        return LOOK_FOR

    def _assign(self, jobs: set[Job]) -> None:
        by_exchange: dict[str, set[Job]] = defaultdict(set)
        for job in jobs:
            by_exchange[job.place.exchange].add(job)
        for exchange in by_exchange.keys() & {*self._parts.feed.exchanges} - self._lookouts.keys():
            self._lookouts[exchange] = Lookout(
                exchange, self._parts.clock, self._look, self._first_due
            )
        if not self._loop.is_stopped:
            for exchange, lookout in self._lookouts.items():
                lookout.assign(by_exchange[exchange])

    def _first_due(self, job: Job) -> float:
        return self._closes.due(job.place) if job.is_closed else 0.0

    def _look(self, job: Job, stillness: Stillness) -> Looked:
        if self._loop.is_stopped or not self._may():
            return Looked(ROUND, is_answered=False)
        try:
            if job.is_closed:
                seconds = self._closes.look(job.place, stillness)
            else:
                seconds = ROUND
                self._prices.look(job.place, stillness)
        except FrozenError as err:
            self._outages.failed(job, str(err), is_own=True, is_certain=True)
            return Looked(ROUND)
        except DelistedError as err:
            stillness.failed()
            self._outages.failed(job, str(err), is_own=True, is_certain=True)
            return Looked(DELISTED)
        except ExchangeError as err:
            stillness.failed()
            self._outages.failed(job, str(err))
            return Looked(ROUND, is_answered=False)
        except Exception:
            self._outages.failed(job, texts.BUG, is_own=True)
            raise
        self._outages.succeeded(job)
        return Looked(seconds)
