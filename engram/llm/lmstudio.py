"""`LMStudioClient`: one LM Studio server, over its native REST API (0.4 and newer).

Wire format: LM Studio's documentation of its REST API, `GET /api/v1/models` and the streamed
`POST /api/v1/chat`.
"""

import contextlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from engram.core.attachments import Image, Picture
from engram.core.errors import GiveUpError, NotLoadedError, ResponderError
from engram.core.events import (
    Finished,
    Progress,
    Question,
    ServerThread,
    Stage,
    Turn,
)
from engram.core.model import PROVIDERS, Model, Thinking
from engram.llm.abilities import thinking
from engram.llm.abilities.listing import read_models
from engram.llm.abilities.sight import shown
from engram.llm.answer.answer_text import AnswerText
from engram.llm.catalogue import answering, matching
from engram.llm.loading import Change, Loader
from engram.llm.reading import spoken, typed
from engram.llm.refusals import RequestRejectedError, decode
from engram.llm.server import ModelServer
from engram.llm.sse import DOCUMENT, ServerSentEvent

log = logging.getLogger(__name__)

AMBIGUOUS = "[lmstudio] model = {name} can be {names}: using {key}; write the whole key"
# How long the list of models may take while one of them is loaded; seconds.
LOOKING = 10.0
ANOTHER = "%s: %s answers in place of %s, which is not loaded"
STAGES = {"model_load": Stage.LOADING, "prompt_processing": Stage.READING}


class LMStudioClient(ModelServer):
    """Answers questions with a model in LM Studio at `base_url`.

    `model` is a key with or without its publisher, or "auto" for whatever is loaded.
    Conversations stay in the server, as `ServerThread`s. `context_length` is what models are loaded
    with; 0 leaves that to LM Studio.
    """

    provider = PROVIDERS["lmstudio"]
    path = "/api/v1/chat"
    models_path = "/api/v1/models"
    one_token = MappingProxyType({"max_output_tokens": 1, "store": False})
    local = True
    loads = True

    def __init__(self, *arguments: Any, context_length: int = 0, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._context_length = context_length
        self._loader = Loader(self)
        self._stand_in = ""

    def load(self, model: Model) -> Change:
        """Begin to load `model`, or join whoever has begun.

        Raises `ModelInUseError` while it is being ejected.
        """
        return self._loader.load(model, self._context_length)

    def eject(self, model: Model) -> Change:
        """Begin to eject `model`. Raises `ModelInUseError` while it is being loaded."""
        return self._loader.eject(model)

    def look(self) -> tuple[Model, ...]:
        """Ask which models there are now. Raises a `ResponderError`."""
        self.models = self._list_models(LOOKING)
        return self.models

    def do(self, what: str, body: dict[str, Any], timeout: float) -> dict[str, Any]:
        """Have it "load" or "unload"; returns what it answers. Raises a `ResponderError`."""
        return typed(dict, self._transport.post(f"{self.models_path}/{what}", body, timeout))

    @property
    def stand_in(self) -> str:
        """The model that answers in place of the configured one, which is not loaded."""
        with contextlib.suppress(GiveUpError):
            return "" if self._configured().loaded else self._stand_in
        return ""

    @contextlib.contextmanager
    def _at_work(self, answer: AnswerText, model: Model) -> Iterator[None]:
        try:
            with self._loader.at_work(answer, model):
                yield
        except NotLoadedError:
            self.on_demand = False
            raise

    def _by(self, finished: Finished, answer: AnswerText, asked: Model) -> Finished:
        by = answering(answer.instance, asked, self.models)
        self._loader.took(by, finished.usage.load)
        is_other = by.key != asked.key
        if is_other or finished.usage.load:
            self.on_demand = not is_other
        if not self._is_choice(asked):
            self._stand_in = by.name if is_other else ""
        if not is_other:
            return finished
        # With loading on demand switched off some versions have another model answer.
        log.warning(ANOTHER, self.base_url, by.key, asked.key)
        return replace(finished, model=by.name, key=by.key, unloaded=finished.unloaded or asked)

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
        listed = read_models(self._transport.get(self.models_path, timeout))
        return tuple(model if model.loaded else self._once_loaded(model) for model in listed)

    def _once_loaded(self, model: Model) -> Model:
        """`model`, which is not loaded, with the context that it will be loaded with."""
        length = self._context_length
        return replace(model, context=min(length, model.longest or length))

    def _body(self, question: Question, model: Model) -> dict[str, Any]:
        thread = self._kept(question)
        text = recalled(self._untold(question), question.asked)
        system = {"system_prompt": question.system} if question.system else {}
        going_on = {"previous_response_id": thread.id} if thread else {}
        return {
            "model": model.key,
            "input": shown(text, self._shows(question), _items),
            "stream": True,
            **system,
            **going_on,
        }

    def _untold(self, question: Question) -> Sequence[Turn]:
        """What was said before and is not in the thread: that, the server need not be told."""
        thread = self._kept(question)
        known = len(question.history) - thread.unseen if thread else 0
        return question.history[max(known, 0) :]

    def _shows(self, question: Question) -> Iterable[Picture]:
        for turn in self._untold(question):
            yield from turn.pictures
        yield from question.pictures

    def _optional(self, question: Question, model: Model) -> Mapping[str, Any]:
        length = {"context_length": self._context_length} if self._context_length else {}
        return {**thinking.lmstudio(question, self.effort, model), **length}

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
    def take(event: ServerSentEvent, answer: AnswerText) -> None:
        """Add `event` to `answer`. Raises a `ResponderError`."""
        data = decode(event)
        # A proxy may drop the names of events; they stand in the data, too.
        name = typed(str, data.get("type")) if event.name == "message" else event.name
        if name == "message.delta":
            answer.say(typed(str, data.get("content")))
        elif name in ("chat.end", DOCUMENT):
            _finish(typed(dict, data.get("result") or data), answer)
        elif name == "message.start":
            answer.begin()
        elif name == "chat.start":
            answer.instance = typed(str, data.get("model_instance_id"))
        elif name in ("reasoning.start", "reasoning.delta"):
            answer.think(typed(str, data.get("content")))
        else:
            _progress(name, data, answer)


def _finish(result: dict[str, Any], answer: AnswerText) -> None:
    """Close `answer` with `result`, which repeats the whole text."""
    items = [typed(dict, item) for item in typed(list, result.get("output"))]
    if any(item.get("type") == "reasoning" for item in items):
        answer.think()
    messages = [spoken(item.get("content")) for item in items if item.get("type") == "message"]
    answer.instance = typed(str, result.get("model_instance_id")) or answer.instance
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


def _progress(name: str, data: dict[str, Any], answer: AnswerText) -> None:
    part, _, step = name.partition(".")
    if part in STAGES:
        done = {"start": 0.0, "end": 1.0}.get(step, data.get("progress"))
        known = isinstance(done, int | float) and 0 <= done <= 1
        answer.tell(Progress(STAGES[part], done if known else None))


def recalled(turns: Sequence[Turn], prompt: str) -> str:
    """`prompt` with what was said before it, because a request has no place for earlier turns."""
    if not turns:
        return prompt
    said = "\n\n".join(f"Person: {turn.question}\nYou: {turn.answer}" for turn in turns)
    return f"What was said before:\n\n{said}\n\nThe person now says:\n\n{prompt}"


def _items(text: str, images: Sequence[Image]) -> list[dict[str, str]]:
    pictures = [{"type": "image", "data_url": image.data_url} for image in images]
    return [{"type": "text", "content": text}, *pictures]
