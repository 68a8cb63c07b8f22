"""`StatelessServer`: a model server that keeps no conversations; each request brings its own."""

from __future__ import annotations

import abc
import logging
from collections.abc import Callable, Generator, Iterable
from typing import Any

from engram.core.errors import GiveUpError, TryAgainError
from engram.core.events import Event, Question
from engram.core.model import Model
from engram.llm.answer_text import AnswerText
from engram.llm.catalogue import listed_models
from engram.llm.server import ModelServer
from engram.llm.sse import ServerSentEvent
from engram.llm.transport import RequestRejectedError

log = logging.getLogger(__name__)

# So a server answers that has models but no list of them, or none for this token.
UNLISTED = (403, 404, 405)


class StatelessServer(ModelServer):
    """Answers questions with a model at `base_url`, telling it what was said before.

    `model` is sent as it is; "" or "auto" takes the first that the server lists.
    """

    #: Where questions go and where the list of models is, below `base_url`.
    path: str
    models_path: str

    def choose(self, wanted: str = "") -> Model:
        """The model that answers: `wanted` if it is listed, else the configured one.

        Raises `GiveUpError` when there is none.
        """
        for model in self.models:
            if model.key == wanted:
                return model
        if not self._any_model:
            return Model(self.model)
        if not self.models:
            raise GiveUpError(f"it lists no models; set [{self.name}] model to one that it has")
        return self.models[0]

    def _list_models(self, timeout: float) -> tuple[Model, ...]:
        try:
            return listed_models(self._transport.get(self.models_path, timeout))
        except RequestRejectedError as err:
            if err.status not in UNLISTED:
                raise
            return () if self._any_model else (Model(self.model),)

    @abc.abstractmethod
    def _body(self, question: Question, model: Model) -> dict[str, Any]:
        """The request."""

    @abc.abstractmethod
    def _take(self, event: ServerSentEvent, draft: AnswerText) -> Generator[Event, None, None]:
        """Add `event` to `draft` and yield what of it people see. Raises a `ResponderError`."""

    def _ask(
        self, question: Question, model: Model, timeout: float
    ) -> Generator[Event, None, None]:
        body = self._body(question, model)
        events = self._transport.stream(self.path, body, timeout, question.stop)
        draft = AnswerText(self.name, self._shown(question, model))
        yield from read_answer(events, draft, self._take)
        log.info("%s %s: %s", self.name, model.key, draft.usage)


def conversation(question: Question) -> list[dict[str, str]]:
    """What was said before and `question` itself, as messages whose roles alternate."""
    said = [
        {"role": role, "content": text}
        for turn in question.history
        if turn.question.strip() and turn.answer.strip()
        for role, text in (("user", turn.question), ("assistant", turn.answer))
    ]
    return [*said, {"role": "user", "content": question.prompt or question.text}]


def read_answer(
    events: Iterable[ServerSentEvent],
    draft: AnswerText,
    take: Callable[[ServerSentEvent, AnswerText], Generator[Event, None, None]],
) -> Generator[Event, None, None]:
    """The events of a server, each added to `draft` by `take` -> the events of an answer.

    Raises `TryAgainError` for an answer that broke off and `GiveUpError` for one without text.
    """
    try:
        for event in events:
            yield from take(event, draft)
            if draft.closed:
                break
    except TryAgainError:
        # What breaks behind the last word takes nothing from the answer.
        if not draft.complete:
            raise
    if not draft.complete:
        raise TryAgainError("its answer broke off")
    yield draft.finished()
