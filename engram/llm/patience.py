"""Patience with a model server: how long and how much is asked, and failures of many answers."""

import logging
import threading
from dataclasses import replace

import backoff

from engram.core.errors import (
    Cause,
    LoadingError,
    QuestionError,
    ResponderError,
    TooLongError,
    TryAgainError,
)
from engram.core.events import Event, Finished, Question, TextDelta, TextReset
from engram.llm.answer_text import AnswerText
from engram.llm.context import Context
from engram.llm.reading import Usage, is_about_model

log = logging.getLogger(__name__)

# An answer cut short is worth keeping from this many characters on.
WORTH_KEEPING = 200
# A server that asks for a longer wait than this (seconds) is given up at once: somebody is waiting.
LONGEST_PAUSE = 240.0
# How often a server that loads its model is asked whether it has; seconds.
LOADING_PAUSE = 2.0
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
        self._full, self._context = False, 0
        self._partial = ""
        self._loading = 0.0

    def failed(self, err: Exception, text: str) -> float | None:
        """Note that the attempt failed after `text`; the seconds until the next one, if any.

        Once text was on screen, a broken stream gets one more attempt and no others.
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


class Fitting:
    """A question on its way into the context of a model at `server`.

    It takes along less of what was said before each time that it turns out to be too long.
    """

    def __init__(self, question: Question, server: str) -> None:
        self.question = question
        self._server = server
        self._overflows = 0
        self._context = Context()
        #: How many characters of an answer are on screen.
        self.shown = 0

    def into(self, context: Context) -> Question:
        """What to ask, as far as is known now."""
        self._context, self.shown = context, 0
        self.question = context.fitted(self.question, self._server)
        return self.question

    def seen(self, event: Event) -> Event:
        """The `event`, once it is known what it shows."""
        if isinstance(event, TextDelta):
            self.shown += len(event.text)
        elif isinstance(event, TextReset):
            self.shown = 0
        return event

    def judged(self, finished: Finished, answer: AnswerText) -> Finished:
        """The answer as it is to be read, with what it tells of the context noted.

        Raises `TooLongError` for one of a few words that is better asked for with less.
        """
        context, usage = self._context, answer.usage or Usage()
        estimate = context.of(self.question)
        context.answered(estimate, usage)
        if finished.thread:
            said = usage.written or context.tokens(finished.text)
            context.keep(finished.thread, (usage.read or estimate) + said)
        full = context.is_full(usage)
        if not (full or answer.ran_out):
            return finished
        context.cut(estimate, usage)
        if len(finished.text) < WORTH_KEEPING and (full or not context.limited_otherwise):
            if self._lighter():
                raise TooLongError("its answer was cut after a few words")
            context.limited_otherwise = not full
        return replace(finished, cut_short=True, context=context.known if full else 0)

    def lightened(self, err: ResponderError, answer: AnswerText) -> bool:
        """Whether `err` came of too long a question, of which less is left to ask now.

        Raises `TooLongError` when nothing can be left out, or when so much is on screen that it
        stands as the answer.
        """
        context, full = self._context, self._context.is_full(answer.usage or Usage())
        said_so = isinstance(err, TooLongError)
        # A model that had room for nothing but thoughts may have more to say to less.
        if not (said_so or (answer.ran_out and (full or not answer.usage))):
            return False
        if not full:
            figures = (err.context, err.counted) if isinstance(err, TooLongError) else (0, 0)
            context.overflowed(context.of(self.question), *figures)
        self._overflows += 1
        less = self._lighter() if self.shown < WORTH_KEEPING else None
        if less is None:
            if not (said_so or full):
                return False
            raise TooLongError(str(err), context.known) from err
        log.info("%s: %s: asked with less of what was said before", self._server, err)
        self.question = less
        return True

    def freed(self, err: ResponderError, *, chosen: bool) -> bool:
        """Whether the configured model is to be asked, as the `chosen` one refused with `err`."""
        if not chosen or not (isinstance(err, QuestionError) or is_about_model(str(err))):
            return False
        log.warning("%s: %s: the configured model is asked", self.question.model, err)
        self.question = replace(self.question, model="")
        return True

    def _lighter(self) -> Question | None:
        """Half the history, then none, at last the short prompt; None when nothing can go."""
        question = self.question
        if question.history:
            kept = len(question.history) // 2 if self._overflows <= 1 else 0
            history = question.history[len(question.history) - kept :]
            return replace(question, thread=None, history=history)
        if question.thread:
            return replace(question, thread=None)
        if question.brief:
            return replace(question, prompt=question.brief, brief="")
        return None


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
            elif cause in (Cause.QUESTION, Cause.WORDLESS):
                self._refusals = [*self._refusals, why][-IN_A_ROW:]
