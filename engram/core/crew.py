"""A few threads that do what waits in a line, and are there only while something does."""

import logging
import threading
from collections import deque
from collections.abc import Callable

log = logging.getLogger(__name__)


class Crew:
    """At most `size` threads called `name`; for several threads that add work.

    They are daemons: what is in progress ends with the process.
    """

    def __init__(self, name: str, size: int) -> None:
        self._name, self._size = name, size
        self._lock = threading.Lock()
        self._line: deque[Callable[[], None]] = deque()
        self._busy = 0

    def add(self, work: Callable[[], None]) -> None:
        """Have `work` be done after what waits already; whatever it raises is logged."""
        with self._lock:
            self._line.append(work)
            if self._busy == self._size:
                return
            self._busy += 1
        threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._line:
                    self._busy -= 1
                    return
                work = self._line.popleft()
            try:
                work()
            except Exception:
                log.exception("%s failed unexpectedly", self._name)
