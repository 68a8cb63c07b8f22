"""Deadlines: what takes too long is ended, by one thread for all of it."""

import threading
import time
from collections.abc import Callable

# The thread ends when there has been nothing to watch for so many seconds.
LINGER = 30.0


class Deadline:
    """The time at which `end` is called, from another thread, unless it is moved or over before."""

    def __init__(self, end: Callable[[], None], deadlines: "Deadlines") -> None:
        self.end = end
        #: Whether it was called.
        self.is_past = False
        self.until = float("inf")
        self._deadlines = deadlines

    def extend(self, seconds: float) -> None:
        """Have it be in `seconds` from now on, infinite for never."""
        self._deadlines.put(self, time.monotonic() + seconds)

    def end_now(self) -> None:
        """Have it be past now."""
        self._deadlines.end(self)

    def check(self) -> None:
        """Raise `TimeoutError` if it is past."""
        if self.is_past:
            raise TimeoutError("it took too long")


class Deadlines:
    """Watches deadlines with one thread, which runs only while there are any."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open: set[Deadline] = set()
        self._wakes = 0.0
        self._is_running = False

    def put(self, deadline: Deadline, until: float) -> None:
        """Have `deadline` be at the monotonic time `until`; one that is past stays past."""
        with self._changed:
            if deadline.is_past:
                return
            deadline.until = until
            if until == float("inf"):
                self._open.discard(deadline)
                return
            self._open.add(deadline)
            if not self._is_running:
                threading.Thread(target=self._run, name="deadlines", daemon=True).start()
                self._is_running = True
            elif until < self._wakes:
                self._changed.notify()

    def end(self, deadline: Deadline) -> None:
        """Have `deadline` be past, and call its `end` in this thread."""
        with self._changed:
            self._open.discard(deadline)
            if not deadline.is_past:
                deadline.is_past = True
                deadline.end()

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for deadline in [one for one in self._open if one.until <= now]:
                    self.end(deadline)
                self._wakes = min((one.until for one in self._open), default=now + LINGER)
                self._wakes = min(self._wakes, now + LINGER)
                if not self._changed.wait(self._wakes - now) and not self._open:
                    self._is_running = False
                    return
