"""How long an exchange is left alone after a failure."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from engram.core.errors import ExchangeError, KeepAwayError


@dataclass(frozen=True, slots=True)
class _Pause:
    why: str = ""
    began: float = 0.0
    length: float = 0.0

    def check(self, now: float) -> None:
        # A clock that was set back does not make a pause longer.
        if 0.0 <= now - self.began < self.length:
            raise ExchangeError(self.why)


class Pauses:
    """The pauses that one client of an exchange makes, by `clock`, in seconds.

    A failure may be about one `subject`, such as a market: until another one fails as well, the
    pause is for that alone. One subject that always fails would else hold up all others.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ban = _Pause()
        self._pause = _Pause()
        self._failing: set[str] = set()
        self._told_at = -math.inf  # to keep away, by `time.monotonic`

    def check(self, subject: str = "") -> None:
        """Raise the last failure again while the pause after it lasts; without a subject any."""
        self.check_ban()
        failing = self._failing
        if not subject or subject in failing or len(failing) > 1 or "" in failing:
            self._pause.check(self._clock())

    def check_ban(self) -> None:
        """The same for what the exchange has asked for."""
        self._ban.check(self._clock())

    def begin(self, err: ExchangeError, subject: str = "") -> None:
        """Begin the pause that `err` asks for."""
        pause = _Pause(str(err), self._clock(), err.pause)
        if isinstance(err, KeepAwayError):
            self._ban, self._told_at = pause, time.monotonic()
        else:
            self._failing.add(subject)
            self._pause = pause

    def end(self, asked: float) -> bool:
        """End all pauses: a request was answered that was made at that time (`time.monotonic`).

        Returns False if the exchange has asked to be left alone since, which is not taken back.
        """
        if asked <= self._told_at:
            return False
        self._failing.clear()
        self._pause = self._ban = _Pause()
        return True
