"""`StatelessServer`: a model server that keeps no conversations; each request brings its own."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from engram.core.attachments import Image, Picture
from engram.core.errors import GiveUpError
from engram.core.events import Question
from engram.core.model import Model
from engram.llm.abilities.sight import shown
from engram.llm.catalogue import listed_models
from engram.llm.refusals import ForbiddenError, RequestRejectedError
from engram.llm.server import ModelServer

# Answers of a server that has models but no list of them, or none for this token.
UNLISTED = (403, 404, 405)


class StatelessServer(ModelServer):
    """Answers questions with a model at `base_url`, telling it what was said before.

    `model` is sent as it is; "" or "auto" takes the first that the server lists.
    """

    def _configured(self) -> Model:
        named = (model for model in self.models if self._any_model or model.key == self.model)
        if found := next(named, None if self._any_model else Model(self.model)):
            return found
        raise GiveUpError(f"it lists no models; set [{self.name}] model to one that it has")

    def _shows(self, question: Question) -> Iterable[Picture]:
        for turn in question.history:
            yield from turn.pictures
        yield from question.pictures

    def _list_models(self, timeout: float) -> tuple[Model, ...]:
        try:
            found = listed_models(self._transport.get(self.models_path, timeout))
        except (ForbiddenError, RequestRejectedError) as err:
            if err.status not in UNLISTED:
                raise
            return () if self._any_model else (Model(self.model),)
        if not found and not self._any_model:
            raise GiveUpError("it lists no models, so it cannot have the one that is configured")
        return found


def conversation(
    question: Question, content: Callable[[str, Sequence[Image]], Any]
) -> list[dict[str, Any]]:
    """What was said before and `question` itself, as messages whose roles alternate.

    `content` is how the protocol puts a text with pictures; a text alone stands as it is.
    """
    messages: list[dict[str, Any]] = []
    for turn in question.history:
        if turn.question.strip() and turn.answer.strip():
            messages += [
                {"role": "user", "content": shown(turn.question, turn.pictures, content)},
                {"role": "assistant", "content": turn.answer},
            ]
    asked = shown(question.asked, question.pictures, content)
    return [*messages, {"role": "user", "content": asked}]
