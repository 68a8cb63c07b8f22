"""One thread that knows when things are due."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)


class Timer:
    """Calls what is due, in a daemon thread that starts when it is needed.

    The calls have to be quick: all of them share the thread.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queue: list[tuple[float, int, Callable[[], None], Callable[[], bool]]] = []
        self._number = itertools.count()
        self._is_running = False

    def at(
        self, when: float, call: Callable[[], None], is_wanted: Callable[[], bool] = lambda: True
    ) -> None:
        """Call `call` at the time `when` (seconds, monotonic).

        Once `is_wanted` says no, which it has to say for ever, nobody may be woken for it.
        """
        with self._changed:
            heapq.heappush(self._queue, (when, number := next(self._number), call, is_wanted))
            if not self._is_running:
                threading.Thread(target=self._run, name="timer", daemon=True).start()
                self._is_running = True
            elif self._queue[0][1] == number:
                self._changed.notify()

    def _run(self) -> None:
        while True:
            call = self._take()
            try:
                call()
            except Exception:
                log.exception("what was due failed unexpectedly")

    def _take(self) -> Callable[[], None]:
        """Wait until one is due, and return it."""
        with self._changed:
            while True:
                now = time.monotonic()
                while self._queue and not self._queue[0][3]():
                    heapq.heappop(self._queue)
                if self._queue and self._queue[0][0] <= now:
                    return heapq.heappop(self._queue)[2]
                left = self._queue[0][0] - now if self._queue else threading.TIMEOUT_MAX
                self._changed.wait(min(left, threading.TIMEOUT_MAX))
