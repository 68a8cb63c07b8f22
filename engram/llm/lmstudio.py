"""`LMStudioClient`: one LM Studio server, over its native REST API (0.4 and newer).

Wire format: LM Studio's documentation of its REST API, `GET /api/v1/models` and the streamed
`POST /api/v1/chat`.
"""

import logging
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from engram.core.attachments import Image
from engram.core.errors import ResponderError
from engram.core.events import Event, Progress, Question, ServerThread, Stage, Turn
from engram.core.model import PROVIDERS, Model, Thinking
from engram.llm.abilities import thinking
from engram.llm.abilities.listing import read_models
from engram.llm.abilities.sight import shown
from engram.llm.answer.answer_text import AnswerText
from engram.llm.catalogue import matching
from engram.llm.reading import spoken, typed
from engram.llm.refusals import RequestRejectedError, decode
from engram.llm.server import ModelServer
from engram.llm.sse import DOCUMENT, ServerSentEvent

log = logging.getLogger(__name__)

AMBIGUOUS = "[lmstudio] model = {name} can be {names}: using {key}; write the whole key"
STAGES = {"model_load": Stage.LOADING, "prompt_processing": Stage.READING}


class LMStudioClient(ModelServer):
    """Answers questions with a model in LM Studio at `base_url`.

    `model` is a key with or without its publisher, or "auto" for whatever is loaded.
    Conversations stay in the server, as `ServerThread`s.
    """

    provider = PROVIDERS["lmstudio"]
    path = "/api/v1/chat"
    models_path = "/api/v1/models"
    one_token = MappingProxyType({"max_output_tokens": 1, "store": False})
    local = True

    def _configured(self) -> Model:
        found = matching("auto" if self._any_model else self.model, self.models)
        names = " or ".join(model.key for model in found)
        clear = len(found) == 1 or self._any_model
        ambiguity = AMBIGUOUS.format(name=self.model, names=names, key=found[0].key)
        self.ambiguity, told = "" if clear else ambiguity, self.ambiguity
        if self.ambiguity not in ("", told):
            log.warning("%s", self.ambiguity)
        return found[0]

    def _list_models(self, timeout: float) -> tuple[Model, ...]:
        return read_models(self._transport.get(self.models_path, timeout))

    def _body(self, question: Question, model: Model) -> dict[str, Any]:
        thread = self._kept(question)
        # The server need not be told again what is in its thread.
        known = len(question.history) - thread.unseen if thread else 0
        unseen = question.history[max(known, 0) :]
        pictures = [picture for turn in unseen for picture in turn.pictures]
        text = recalled(unseen, question.asked)
        system = {"system_prompt": question.system} if question.system else {}
        going_on = {"previous_response_id": thread.id} if thread else {}
        return {
            "model": model.key,
            "input": shown(text, [*pictures, *question.pictures], _items),
            "stream": True,
            **system,
            **going_on,
        }

    def _optional(self, question: Question, model: Model) -> Mapping[str, Any]:
        return thinking.lmstudio(question, self.effort, model)

    def _thinking(self, model: Model) -> Thinking:
        listed = (one for one in model.efforts if self._takes(model, one))
        return Thinking(efforts=tuple(listed), effort=model.effort, guessed=False)

    def _takes(self, model: Model, effort: str) -> bool:
        return not self.lacking.has_value(model.key, "reasoning", effort)

    def _kept(self, question: Question) -> ServerThread | None:
        """The thread of `question`, if this server keeps it."""
        thread = question.thread
        return thread if thread and thread.server == self.base_url else None

    def _forgets(self, body: dict[str, Any], err: ResponderError) -> bool:
        is_refusal = isinstance(err, RequestRejectedError) and err.status == 400
        return is_refusal and "previous_response_id" in body

    @staticmethod
    def take(event: ServerSentEvent, answer: AnswerText) -> list[Event]:
        """Add `event` to `answer`; return what people see of it. Raises a `ResponderError`."""
        data = decode(event)
        # A proxy may drop the names of events; they stand in the data, too.
        name = typed(str, data.get("type")) if event.name == "message" else event.name
        if name in ("chat.end", DOCUMENT):
            _finish(typed(dict, data.get("result") or data), answer)
            return []
        if name == "message.delta":
            return answer.say(typed(str, data.get("content")))
        if name == "message.start":
            return answer.begin()
        if name in ("reasoning.start", "reasoning.delta"):
            return answer.think(typed(str, data.get("content")))
        return _progress(name, data)


def _finish(result: dict[str, Any], answer: AnswerText) -> None:
    """Close `answer` with `result`, which repeats the whole text."""
    items = [typed(dict, item) for item in typed(list, result.get("output"))]
    if any(item.get("type") == "reasoning" for item in items):
        answer.think()
    messages = [spoken(item.get("content")) for item in items if item.get("type") == "message"]
    stats = typed(dict, result.get("stats"))
    answer.count(
        stats.get("input_tokens"),
        stats.get("total_output_tokens"),
        reasoning=stats.get("reasoning_output_tokens"),
        rate=stats.get("tokens_per_second"),
        first_token=stats.get("time_to_first_token_seconds"),
        load=stats.get("model_load_time_seconds"),
    )
    answer.close(messages, typed(str, result.get("response_id")))


def _progress(name: str, data: dict[str, Any]) -> list[Event]:
    part, _, step = name.partition(".")
    if part not in STAGES:
        return []
    done = {"start": 0.0, "end": 1.0}.get(step, data.get("progress"))
    known = isinstance(done, int | float) and 0 <= done <= 1
    return [Progress(STAGES[part], done if known else None)]


def recalled(turns: Sequence[Turn], prompt: str) -> str:
    """`prompt` with what was said before it, because a request has no place for earlier turns."""
    if not turns:
        return prompt
    said = "\n\n".join(f"Person: {turn.question}\nYou: {turn.answer}" for turn in turns)
    return f"What was said before:\n\n{said}\n\nThe person now says:\n\n{prompt}"


def _items(text: str, images: Sequence[Image]) -> list[dict[str, str]]:
    pictures = [{"type": "image", "data_url": image.data_url} for image in images]
    return [{"type": "text", "content": text}, *pictures]
