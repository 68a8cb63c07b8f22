"""The threads that look at the markets of one exchange."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from engram.core.clock import Clock
from engram.storage.watch.armed import Job
from engram.watch.latest import ROUND
from engram.watch.rounds.frozen import Stillness

log = logging.getLogger(__name__)

# Requests that are in flight at one exchange, at most: answers keep their slots.
AT_ONCE = 2
# A machine that slept finds out after so many seconds what is due.
NAP = 20.0
# Looks that are so many seconds later than they should be are late.
TOLERATED = 5.0


@dataclass(frozen=True, slots=True)
class Looked:
    """In how many `seconds` a job is due again, and whether its exchange has answered."""

    seconds: float
    is_answered: bool = True


@dataclass(slots=True)
class _Due:
    """When a job is due: at the first of these two times that comes.

    The clock that does not jump may stand still while the machine sleeps. The job was begun at
    `begun`, so much `late` (s), and knows how still its market is. At `expected` (by the same
    clock) its exchange should answer again.
    """

    steady: float
    wall: float
    expected: float
    begun: float | None = None
    late: float = 0.0
    stillness: Stillness = field(default_factory=Stillness)

    def took(self, now: float) -> float:
        """How long (s) the round takes that it is looked at in."""
        late = max(self.late, now - self.steady)
        if self.begun is None:
            return late
        return ROUND + (late if late > TOLERATED else 0.0)


class Lookout:
    """Looks at the markets of one exchange, each when it is due; `look` makes one look.

    `first_due` tells in how many seconds a new job is due. There are no threads while there are no
    jobs.
    """

    def __init__(
        self,
        exchange: str,
        clock: Clock,
        look: Callable[[Job, Stillness], Looked],
        first_due: Callable[[Job], float],
    ) -> None:
        self._exchange, self._clock = exchange, clock
        self._look, self._first_due = look, first_due
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._jobs: dict[Job, _Due] = {}
        self._busy: set[Job] = set()
        self._threads = 0

    def assign(self, jobs: set[Job]) -> None:
        """Look at `jobs` from now on, and at nothing else."""
        with self._lock:
            new = jobs - self._jobs.keys()
        due = {job: self._due(self._first_due(job)) for job in new}
        with self._lock:
            self._jobs = {job: one for job, one in (self._jobs | due).items() if job in jobs}
            missing = min(AT_ONCE, len(self._jobs)) - self._threads
            self._threads += max(0, missing)
        if new or not jobs:
            self._changed.set()
        for _ in range(missing):
            name = f"watch-{self._exchange}"
            threading.Thread(target=self._run, name=name, daemon=True).start()

    @property
    def round_takes(self) -> float:
        """How many seconds a round of looks at prices takes, at least a minute once it is over."""
        now = self._clock.monotonic()
        with self._lock:
            prices = [one for job, one in self._jobs.items() if not job.is_closed]
            return max((one.took(now) for one in prices), default=0.0)

    @property
    def age(self) -> float | None:
        """How many seconds ago the last look that was answered was; None while there are no jobs.

        Of several markets that of the longest counts. What is looked at once its candle has closed
        counts from a minute before it is due: that nobody looks before is no delay.
        """
        now = self._clock.monotonic()
        with self._lock:
            ages = [max(0.0, now - one.expected + ROUND) for one in self._jobs.values()]
        return max(ages, default=None)

    def _run(self) -> None:
        while True:
            self._changed.clear()
            job, seconds = self._take()
            if job:
                self._do(*job)
            elif seconds is None:
                return
            else:
                self._clock.wait(self._changed, min(seconds, NAP))

    def _take(self) -> tuple[tuple[Job, Stillness] | None, float | None]:
        """The job that is due for the longest, or in how many seconds one is; None to end."""
        # In this order: what is due only by a later reading of the wall clock would be begun twice.
        wall, now = self._clock.now(), self._clock.monotonic()
        with self._lock:
            if self._threads > len(self._jobs):
                self._threads -= 1
                return None, None
            idle = [item for item in self._jobs.items() if item[0] not in self._busy]
            if not idle:
                return None, NAP
            job, due = min(idle, key=lambda item: min(item[1].steady - now, item[1].wall - wall))
            seconds = min(due.steady - now, due.wall - wall)
            if seconds > 0:
                return None, seconds
            self._busy.add(job)
            due.begun, due.late, due.steady = now, max(0.0, now - due.steady), math.inf
            return (job, due.stillness), 0.0

    def _do(self, job: Job, stillness: Stillness) -> None:
        looked = Looked(ROUND, is_answered=False)
        try:
            looked = self._look(job, stillness)
        except Exception:
            log.exception("looking at %s failed unexpectedly", job.place)
        with self._lock:
            self._busy.discard(job)
            if known := self._jobs.get(job):
                now, wall = self._clock.monotonic(), self._clock.now()
                # Prices are looked at once a minute, however long a look takes.
                began = now if job.is_closed or known.begun is None else known.begun
                known.steady = max(now, began + looked.seconds)
                known.wall = wall + known.steady - now
                if looked.is_answered:
                    known.expected = now + looked.seconds

    def _due(self, seconds: float) -> _Due:
        now = self._clock.monotonic()
        return _Due(now + seconds, self._clock.now() + seconds, now + max(0.0, seconds))
