"""`ModelServer`: what every client of a model server does the same way, whatever it speaks."""

import abc
import collections
import contextlib
import logging
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, ClassVar

from engram.core.answer_so_far import AnswerSoFar
from engram.core.errors import (
    Cause,
    LoadingError,
    NotLoadedError,
    QuestionError,
    ResponderError,
    StoppedError,
    TryAgainError,
    UnavailableError,
    WordlessError,
)
from engram.core.events import Event, Finished, Progress, Question, Stage, TextReset
from engram.core.model import AUTO, Model
from engram.core.waits import Wakeup
from engram.llm.abilities.able import AbleServer
from engram.llm.abilities.bringing import AwayError
from engram.llm.answer.answer_text import AnswerText
from engram.llm.answer.stream import read_answer
from engram.llm.context.fitting import Fitting
from engram.llm.context.length import Contexts
from engram.llm.patience import Attempts
from engram.llm.refusals import RequestRejectedError
from engram.llm.sse import ServerSentEvent
from engram.llm.waiting_line import WaitingLine

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of `model`: the `body` of a request, of which `optional` keys can be spared."""

    model: Model
    question: Question
    optional: Mapping[str, Any]
    body: dict[str, Any]


def a_word() -> Question:
    """A question that any model can answer at once."""
    return Question("Say yes.", effort=AUTO)


class ModelServer(AbleServer):
    """Answers questions with a model at `base_url`.

    `timeout` is in seconds without any event, counted from the moment in which the request is
    sent, and doubles with each of `max_retries` attempts. `model` is what the server calls it; ""
    or "auto" leaves the choice to the client. At most `parallel` questions are at the server at
    once; the others wait in `line`. `effort` is how much the model is to think where nobody has
    chosen. `respond` raises a `ResponderError` when there is no answer,
    `query` returns None instead.
    """

    #: Where questions go, below `base_url`.
    path: ClassVar[str]
    #: What a request for a single token says beside the question.
    one_token: ClassVar[Mapping[str, Any]] = MappingProxyType({"max_tokens": 1})

    def __init__(
        self,
        base_url: str,
        timeout: float = 60.0,
        max_retries: int = 3,
        *,
        model: str = "auto",
        token: str = "",
        connect_timeout: float = 3.0,
        parallel: int = 4,
        effort: str = AUTO,
    ) -> None:
        super().__init__(base_url, model, token, connect_timeout, effort)
        self.line = WaitingLine(parallel)
        self.contexts = Contexts()
        self._timeout = timeout
        self._max_retries = max_retries

    def try_out(self) -> None:
        """Have the configured model write one token. Raises a `ResponderError` if it cannot."""
        self._try(a_word())

    def _try(self, question: Question) -> None:
        events = self._ask(question, self._timeout, self.one_token)
        try:
            # A model that has thought, or ended at once, within that token can write.
            with contextlib.suppress(WordlessError):
                collections.deque(events, maxlen=0)
        except QuestionError as err:
            # Some models of OpenAI's know the limit by another name, but they have been found.
            if "max_tokens" not in str(err):
                raise

    def query(self, prompt: str) -> str | None:
        """The whole answer to `prompt`, or None when there is none."""
        try:
            for event in self.respond(Question(prompt)):
                if isinstance(event, Finished):
                    return event.text
        except ResponderError as err:
            log.warning("%s: %s", self.base_url, err)
        return None

    def _answered(self, question: Question) -> Generator[Event, None, None]:
        # Each attempt joins the line anew, so that the pause before it keeps nobody else out.
        attempts = Attempts(self._timeout, self._max_retries)
        until = time.monotonic() + attempts.longest
        while True:
            so_far = AnswerSoFar()
            woken = Wakeup()
            ticket = self.line.join(woken.set)
            try:
                yield from self.line.wait(ticket, woken, question.stop, until)
                with contextlib.closing(self._ask(question, attempts.timeout)) as events:
                    for event in events:
                        so_far.take(event)
                        if isinstance(event, Finished):
                            self.line.leave(ticket)  # the server is done, however slow the reader
                        yield event
                return
            except (StoppedError, AwayError):
                raise
            except Exception as err:
                pause = self._pause(err, attempts, so_far.text, asked=not ticket.refusal)
                stage = Progress(Stage.RETRYING, attempt=attempts.number, attempts=attempts.last)
                if isinstance(err, LoadingError):
                    stage = Progress(Stage.LOADING, err.fraction)
            finally:
                self.line.leave(ticket)
            if pause is None:
                yield attempts.kept(self.name, self.model_name)
                return
            if so_far.length:
                yield TextReset()
            yield stage
            yield from question.stop.wait(pause)

    def _pause(self, err: Exception, attempts: Attempts, text: str, *, asked: bool) -> float | None:
        """The seconds until the next attempt; None when there is only a text to keep, else raises.

        What was turned away from the line was never `asked`: it is no news about the server.
        """
        if asked and isinstance(err, UnavailableError):
            self._mark(str(err), err.cause)
        pause = attempts.failed(err, text)
        if pause is None:
            self.outcomes.failed(err)
            if not attempts.worth_keeping or not isinstance(err, ResponderError):
                raise err
        return pause

    def _ask(
        self, question: Question, timeout: float, limits: Mapping[str, Any] = MappingProxyType({})
    ) -> Generator[Event, None, None]:
        """Ask once, and again with less of what was said before. Raises a `ResponderError`.

        `limits` are further keys of the request.
        """
        fitting = Fitting(question, self.base_url, self.lacking)
        while True:
            asked = self._asked(fitting, timeout, limits)
            model = asked.model
            name = model.name if asked.question.model else self.model_name
            answer = AnswerText(self.name, name, self.base_url, model.key)
            answer.limit = asked.body.get("max_tokens", 0)
            try:
                events = self._transport.stream(self.path, asked.body, timeout, question.stop)
                with self._at_work(answer, model), contextlib.closing(events):
                    for event in read_answer(events, answer, self.take):
                        if isinstance(event, Finished):
                            events.close()  # nothing is written while somebody reads
                            event = self._by(fitting.judged(event, answer), answer, model)
                            self.outcomes.answered(as_configured=not self._is_choice(model))
                        fitting.so_far.take(event)
                        yield event
                return
            except (QuestionError, TryAgainError) as err:
                self._mend(err, asked, fitting, answer)
            finally:
                if answer.reasoned:
                    self.thinkers.put(model.key, True)
            if fitting.so_far.length:
                yield TextReset()

    def _asked(self, fitting: Fitting, timeout: float, limits: Mapping[str, Any]) -> Asked:
        """The request that asks as much of the question as is `fitting` now."""
        if not self.models:
            self.models = self._list_models(timeout)
        model = self.choose(fitting.question.model)
        question = fitting.into(self.contexts.of(model), model)
        if away := self._away(question):
            raise AwayError(away)
        optional = self._taken(question, model)
        return Asked(
            model, question, optional, {**self._body(question, model), **optional, **limits}
        )

    def _mend(
        self, err: ResponderError, asked: Asked, fitting: Fitting, answer: AnswerText
    ) -> None:
        """Have `fitting` be asked in another way at once, after `err`; else raise it."""
        chosen = bool(asked.question.model) and self._is_choice(asked.model)
        if isinstance(err, NotLoadedError) and self.loads:
            fitting.unloaded = err.model = fitting.unloaded or asked.model
        if isinstance(err, RequestRejectedError) and err.status == 404:
            self.models = ()
        if (
            fitting.lightened(err, answer)
            or self._refused(asked.optional, asked.model, err)
            or fitting.sight.refused(err)
        ):
            return
        if self._forgets(asked.body, err):
            log.info("%s does not know the conversation any more: a new one begins", self.base_url)
            fitting.question = replace(fitting.question, thread=None)
            return
        word = replace(a_word(), model=asked.question.model, stop=asked.question.stop)
        may_be_blind = fitting.sight.doubted(err, lambda: self._try(word))
        if not (may_be_blind or fitting.freed(err, chosen=chosen)):
            raise err

    @abc.abstractmethod
    def _body(self, question: Question, model: Model) -> dict[str, Any]:
        """The request that asks `question`."""

    def _forgets(self, _body: dict[str, Any], _err: ResponderError) -> bool:
        """Whether `err` may tell that the server has not kept the conversation in `body`."""
        return False

    @staticmethod
    @abc.abstractmethod
    def take(event: ServerSentEvent, answer: AnswerText) -> None:
        """Add `event` to `answer`. Raises a `ResponderError`."""

    def _mark(self, problem: str, down: Cause | None = None) -> None:
        super()._mark(problem, down)
        if problem:
            self.line.turn_away(problem)
