"""Questions of one chat in their order, chats side by side, on a bounded number of threads."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable

log = logging.getLogger(__name__)

Job = Callable[[], None]
IDLE_SECONDS = 30.0


class ChatLanes:
    """Runs jobs: those of one lane one after the other, those of different lanes together.

    At most `threads` daemon threads do it. They are started when they are needed and end when they
    were idle for a while. A lane that has run a job goes to the end of the line, so that no lane
    keeps the others waiting.
    """

    def __init__(self, threads: int, name: str) -> None:
        self._limit = threads
        self._name = name
        self._jobs: dict[Hashable, deque[Job]] = {}
        self._ready: deque[Hashable] = deque()
        self._changed = threading.Condition()
        self._threads = 0
        self._idle = 0

    @property
    def waiting(self) -> int:
        """How many jobs have not begun."""
        with self._changed:
            return sum(len(jobs) for jobs in self._jobs.values())

    def depth(self, lane: Hashable) -> int:
        """How many jobs of `lane` have not begun."""
        with self._changed:
            return len(self._jobs.get(lane, ()))

    def put(self, lane: Hashable, job: Job) -> None:
        """Run `job` after all that was put into `lane` before."""
        with self._changed:
            if lane in self._jobs:
                self._jobs[lane].append(job)
                return
            self._jobs[lane] = deque([job])
            self._ready.append(lane)
            if len(self._ready) > self._idle and self._threads < self._limit:
                # Counted once it runs: a machine may have no thread left to give just now.
                threading.Thread(target=self._work, name=self._name, daemon=True).start()
                self._threads += 1
            self._changed.notify()

    def _work(self) -> None:
        while taken := self._take():
            lane, job = taken
            threading.current_thread().name = f"{self._name} {lane}"
            try:
                job()
            except Exception:
                log.exception("work for %s failed unexpectedly", lane)
            self._put_back(lane)

    def _take(self) -> tuple[Hashable, Job] | None:
        """The next job, or None when there was none for so long that the thread may end."""
        with self._changed:
            self._idle += 1
            found = self._changed.wait_for(lambda: self._ready, timeout=IDLE_SECONDS)
            self._idle -= 1
            if not found:
                self._threads -= 1
                return None
            lane = self._ready.popleft()
            return lane, self._jobs[lane].popleft()

    def _put_back(self, lane: Hashable) -> None:
        with self._changed:
            if self._jobs[lane]:
                self._ready.append(lane)
                self._changed.notify()
            else:
                del self._jobs[lane]
