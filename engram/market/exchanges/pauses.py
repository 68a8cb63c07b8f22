"""How long an exchange is left alone after a failure."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from engram.core.errors import ExchangeError, KeepAwayError

# Looks come once a minute: a market that fails alone misses none of them.
LONGEST_ALONE = 40.0


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

    A failure may be about one `subject`, such as a market. Then the pause is for that alone, for
    `LONGEST_ALONE` at most, unless another one has failed as well since the last answer: one market
    that always fails would else hold up all others. Without a subject a failure is about all.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ban = self._all = _Pause()
        self._alone: dict[str, _Pause] = {}
        # What has failed since the last answer.
        self._failing: set[str] = set()
        self._told_at = -math.inf  # to keep away, by `time.monotonic`

    def check(self, subject: str = "") -> None:
        """Raise the last failure again while the pause after it lasts."""
        self.check_ban()
        for pause in (self._all, self._alone.get(subject, _Pause())):
            pause.check(self._clock())

    def check_ban(self) -> None:
        """The same for what the exchange has asked for."""
        self._ban.check(self._clock())

    def begin(self, err: ExchangeError, subject: str = "") -> str:
        """Begin the pause that `err` asks for; returns the subject that it is for, "" for all."""
        now = self._clock()
        if isinstance(err, KeepAwayError):
            self._ban, self._told_at = _Pause(str(err), now, err.pause), time.monotonic()
            return ""
        if not err.pause:
            # The exchange itself works.
            return subject
        self._failing.add(subject)
        if subject and len(self._failing) == 1:
            self._alone[subject] = _Pause(str(err), now, min(err.pause, LONGEST_ALONE))
            return subject
        self._all = _Pause(str(err), now, err.pause)
        return ""

    def end(self, asked: float, subject: str = "") -> bool:
        """End the pauses: a request about `subject` was answered, made at the time `asked`.

        That is by `time.monotonic`. What other subjects pause for alone is not ended. Returns False
        if the exchange has asked to be left alone since, which is not taken back.
        """
        if asked <= self._told_at:
            return False
        self._failing.clear()
        self._alone.pop(subject, None)
        self._all = self._ban = _Pause()
        return True
