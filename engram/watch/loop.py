"""One step after the other, in the background."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from engram.core.clock import Clock

log = logging.getLogger(__name__)


def always() -> bool:
    """This process may look."""
    return True


class Loop:
    """Takes one step after the other in a thread called `name`, once it is started.

    `step` returns in how many seconds by `clock` the next one is due. After one that fails, and
    while this process may not take any, that is in `pause` seconds.
    """

    def __init__(self, name: str, step: Callable[[], float], pause: float, clock: Clock) -> None:
        self._name, self._step, self._pause, self._clock = name, step, pause, clock
        self._stopped = threading.Event()

    def start(self, may: Callable[[], bool] = always, first: float = 0.0) -> None:
        """Begin, with the first step in so many seconds; each is taken if this process `may`."""
        args = (may, first)
        threading.Thread(target=self._run, args=args, name=self._name, daemon=True).start()

    def stop(self) -> None:
        """Take no further step; the one in progress may see that it `is_stopped`."""
        self._stopped.set()

    @property
    def is_stopped(self) -> bool:
        """Whether that was said."""
        return self._stopped.is_set()

    def _run(self, may: Callable[[], bool], seconds: float) -> None:
        while not self._clock.wait(self._stopped, seconds):
            seconds = self._pause
            try:
                if may():
                    seconds = self._step()
            except Exception:
                log.exception("%s failed unexpectedly", self._name)
