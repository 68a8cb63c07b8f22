"""Patience with a model server: attempts at one answer, and failures of many answers in a row."""

import logging
import threading

import backoff

from engram.core.errors import Cause, ResponderError, TryAgainError

log = logging.getLogger(__name__)

# An answer cut short is worth keeping from this many characters on.
WORTH_KEEPING = 200
# A server that asks for a longer wait than this (seconds) is given up at once: somebody is waiting.
LONGEST_PAUSE = 240.0
# So many failures in a row, of any chats, are no accident.
IN_A_ROW = 3


class Attempts:
    """The attempts at one answer: `number`, of at most `last`, may take `timeout` seconds.

    The timeout is the time without any event. It doubles with each attempt; between two of them are
    1, 2, 4 ... seconds, or what the server asked for. With 60 and 3 that is 60 + 1 + 120 + 2 + 240
    = 423 s at most before the next responder is asked.
    """

    def __init__(self, timeout: float, max_retries: int) -> None:
        self._timeouts, self._pauses = backoff.expo(factor=timeout), backoff.expo()
        next(self._timeouts), next(self._pauses)  # backoff's generators start with an empty value
        doubled = 1 << max_retries
        #: The seconds after which all is over, if the server asks for no longer pauses.
        self.longest = timeout * (doubled - 1) + doubled // 2 - 1
        self.number, self.last = 1, max_retries
        self.timeout = next(self._timeouts)
        self._partial = ""

    def failed(self, err: Exception, text: str) -> float | None:
        """Note that the attempt failed after `text`; the seconds until the next one, if any.

        Once text was on screen, a broken stream gets one more attempt and no others.
        """
        if text:
            self.last = self.number if self._partial else self.number + 1
            self._partial = max(self._partial, text, key=len)
        if not isinstance(err, TryAgainError):
            return None
        log.warning("attempt %d of %d: %s", self.number, self.last, err)
        pause = next(self._pauses) if err.retry_after is None else err.retry_after
        if self.number >= self.last or pause > LONGEST_PAUSE:
            return None
        self.number += 1
        self.timeout = next(self._timeouts)
        return pause

    @property
    def kept(self) -> str:
        """The longest text that broke off, if it may stand as the answer."""
        return self._partial if len(self._partial) >= WORTH_KEEPING else ""


class Outcomes:
    """What the latest questions met at a server, from any thread.

    Failures of the server and refusals of the configured model are told apart: an answer of a model
    that a chat chose is no sign that the configured one answers, too.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: list[str] = []
        self._refusals: list[str] = []

    @property
    def trouble(self) -> str:
        """Why the last questions failed; "" unless three in a row did."""
        rows = (self._failures, self._refusals)
        return next((row[-1] for row in rows if len(row) == IN_A_ROW), "")

    def answered(self, *, as_configured: bool) -> None:
        """Note an answer, by the configured model or by one that a chat chose."""
        with self._lock:
            self._failures = []
            if as_configured:
                self._refusals = []

    def failed(self, err: Exception) -> None:
        """Note that there was no answer, for the reason `err`."""
        cause, why = Cause.BUG, "it failed unexpectedly"
        if isinstance(err, ResponderError):
            cause, why = err.cause, str(err)
        with self._lock:
            if cause.counts:
                self._failures = [*self._failures, why][-IN_A_ROW:]
            elif cause is Cause.QUESTION:
                self._refusals = [*self._refusals, why][-IN_A_ROW:]
