"""Patience with a model server: the attempts at an answer, and what many answers have met."""

import logging
import threading

from engram.core.errors import Cause, LoadingError, ResponderError, TooLongError, TryAgainError
from engram.core.events import Finished
from engram.core.waits import doubling
from engram.llm.answer.answer_text import WORTH_KEEPING
from engram.llm.refusals import in_short

log = logging.getLogger(__name__)

# A server that asks for a longer wait than this (seconds) is given up at once: somebody is waiting.
LONGEST_PAUSE = 240.0
# How often a server that loads its model is asked whether it has; seconds.
LOADING_PAUSE = 2.0
# So many failures in a row, of any chats, are no accident.
IN_A_ROW = 3
# What lies in the model that was asked, or in the question.
REFUSALS = (Cause.QUESTION, Cause.WORDLESS, Cause.NOT_LOADED, Cause.NO_MODEL)


class Attempts:
    """The attempts at one answer: `number`, of at most `last`, may take `timeout` seconds.

    The timeout is the time without any event. It doubles with each attempt; between two of them are
    1, 2, 4 ... seconds, or what the server asked for. With 60 and 3 that is 60 + 1 + 120 + 2 + 240
    = 423 s at most before the next responder is asked.
    """

    def __init__(self, timeout: float, max_retries: int) -> None:
        self._timeouts, self._pauses = doubling(2 * timeout), doubling()
        doubled = 1 << max_retries
        #: The seconds after which all is over, if the server asks for no longer pauses.
        self.longest = timeout * (doubled - 1) + doubled // 2 - 1
        self.number, self.last = 1, max_retries
        self.timeout = timeout
        self._full, self._context = False, 0
        self._partial = ""
        self._loading = 0.0

    def failed(self, err: Exception, text: str) -> float | None:
        """Note that the attempt failed after `text`.

        Returns the seconds until the next one, None if there is none. Once text was on screen, a
        broken stream gets one more attempt and no others.
        """
        if text:
            self.last = self.number if self._partial else self.number + 1
            self._partial = max(self._partial, text, key=len)
        if isinstance(err, TooLongError):
            self._full, self._context = True, err.context
        if not isinstance(err, TryAgainError):
            return None
        if isinstance(err, LoadingError):
            # It says itself that the answer will come: as long as all attempts together may take.
            self._loading += LOADING_PAUSE
            return LOADING_PAUSE if self._loading <= self.longest else None
        log.warning("attempt %d of %d: %s", self.number, self.last, err)
        pause = next(self._pauses) if err.retry_after is None else err.retry_after
        if self.number >= self.last or pause > LONGEST_PAUSE:
            return None
        self.number += 1
        self.timeout = next(self._timeouts)
        return pause

    @property
    def worth_keeping(self) -> bool:
        """Whether the longest text that broke off may stand as the answer.

        Where the context is full nothing longer can come.
        """
        return bool(self._partial) and (self._full or len(self._partial) >= WORTH_KEEPING)

    def kept(self, source: str, model: str) -> Finished:
        """The answer of `model` at `source` as far as it came."""
        context = self._context
        return Finished(
            self._partial, source, model, markdown=True, cut_short=True, context=context
        )


class Outcomes:
    """What the latest questions met at a server, from any thread.

    Failures of the server and refusals of the configured model are told apart: an answer of a model
    that a chat chose is no sign that the configured one answers, too.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: list[str] = []
        self._refusals: list[str] = []
        #: Why the server, which is there, cannot answer as it is configured; "" if it can.
        self.lacking = ""

    @property
    def trouble(self) -> str:
        """Why the last questions failed, in one line; "" unless three in a row did.

        At once where it is known that they will.
        """
        if self.lacking:
            return in_short(self.lacking)
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
            cause, why = err.cause, in_short(str(err))
        with self._lock:
            if cause.counts:
                self._failures = [*self._failures, why][-IN_A_ROW:]
            elif cause in REFUSALS:
                self._refusals = [*self._refusals, why][-IN_A_ROW:]
