"""How long ago the last look at each exchange was."""

from __future__ import annotations

import threading
from collections.abc import Callable, Set

from engram.core.clock import Clock
from engram.storage.watch.armed import Job
from engram.watch.rounds.lookout import ROUND


class Ages:
    """Knows when each job should have been looked at again; for several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._due: dict[Job, float] = {}

    def assign(self, jobs: Set[Job], first_due: Callable[[Job], float]) -> None:
        """Count for `jobs` alone; `first_due` tells in how many seconds a new one is due."""
        with self._lock:
            new = jobs - self._due.keys()
        now = self._clock.monotonic()
        due = {job: now + max(0.0, first_due(job)) for job in new}
        with self._lock:
            self._due = {job: at for job, at in (self._due | due).items() if job in jobs}

    def looked(self, job: Job, seconds: float) -> None:
        """Note that the exchange has answered a look; the next one is due in so many seconds."""
        with self._lock:
            if job in self._due:
                self._due[job] = self._clock.monotonic() + seconds

    def all(self) -> dict[str, float]:
        """How many seconds ago the last look was, by the id of the exchange.

        Of several markets that of the longest counts. What is looked at once its candle has closed
        counts from a minute before it is due: that nobody looks before is no delay.
        """
        now, found = self._clock.monotonic(), dict[str, float]()
        with self._lock:
            for job, due in self._due.items():
                exchange, age = job.place.exchange, max(0.0, now - due + ROUND)
                found[exchange] = max(age, found.get(exchange, 0.0))
        return found
