"""`LMStudioClient`: one LM Studio server, over its native REST API (0.4 and newer).

Wire format: LM Studio's documentation of its REST API, `GET /api/v1/models` and the streamed
`POST /api/v1/chat`.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from typing import Any

from engram.core.errors import GiveUpError, TryAgainError
from engram.core.events import Event, Finished, Progress, Question, ServerThread, Stage, Turn
from engram.core.model import PROVIDERS, Model
from engram.llm.answer_text import AnswerText
from engram.llm.catalogue import matching
from engram.llm.reading import a_list, a_text, an_object, decode, reported
from engram.llm.server import ModelServer
from engram.llm.sse import DOCUMENT, ServerSentEvent
from engram.llm.transport import RequestRejectedError

log = logging.getLogger(__name__)


class LMStudioClient(ModelServer):
    """Answers questions with a model in LM Studio at `base_url`.

    `model` is a key with or without its publisher, or "auto" for whatever is loaded. `token` goes
    along as bearer. Conversations stay in the server, as `Thread`s.
    """

    provider = PROVIDERS["lmstudio"]
    local = True
    _ambiguous = ""

    def choose(self, wanted: str = "") -> Model:
        """The model that answers: `wanted` if it is there, else the configured one.

        Raises `GiveUpError` when there is none.
        """
        chosen = [model for model in self.models if model.key == wanted]
        found = chosen or matching("auto" if self._any_model else self.model, self.models)
        names = " or ".join(model.key for model in found)
        if len(found) > 1 and not self._any_model and names != self._ambiguous:
            self._ambiguous = names
            log.warning(
                "[lmstudio] model = %s can be %s: using %s", self.model, names, found[0].key
            )
        return found[0]

    def _headers(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _list_models(self, timeout: float) -> tuple[Model, ...]:
        return read_models(self._transport.get("/api/v1/models", timeout))

    def _ask(
        self, question: Question, model: Model, timeout: float
    ) -> Generator[Event, None, None]:
        thread = question.thread if self._keeps(question.thread) else None
        try:
            yield from self._stream(question, model, thread, timeout)
        except RequestRejectedError as err:
            if err.status != 400 or thread is None:
                raise
            log.info("%s does not know the conversation any more: a new one begins", self.base_url)
            yield from self._stream(question, model, None, timeout)

    def _keeps(self, thread: ServerThread | None) -> bool:
        return thread is not None and thread.server == self.base_url

    def _stream(
        self, question: Question, model: Model, thread: ServerThread | None, timeout: float
    ) -> Generator[Event, None, None]:
        # What it has in its thread it need not be told again.
        known = len(question.history) - thread.unseen if thread else 0
        body: dict[str, Any] = {
            "model": model.key,
            "input": recalled(question.history[max(known, 0) :], question.prompt or question.text),
            "stream": True,
        }
        if question.system:
            body["system_prompt"] = question.system
        if thread:
            body["previous_response_id"] = thread.id
        events = self._transport.stream("/api/v1/chat", body, timeout, question.stop)
        return read_answer(events, self.name, self._shown(question, model), self.base_url)


# DOC
# Kinds of `error` events after which the same request fails again.
HOPELESS = {"invalid_request", "model_not_found", "not_implemented"}


def read_models(document: Any) -> tuple[Model, ...]:
    """The language models in the server's list. Raises `GiveUpError` when it is no such list."""
    if not isinstance(document, dict) or not isinstance(document.get("models"), list):
        if isinstance(document, dict) and "error" in document:
            raise GiveUpError("it is older than LM Studio 0.4; update LM Studio")
        raise GiveUpError("it lists no models; is it LM Studio?")
    return tuple(
        Model(
            key=item["key"],
            size=str(item.get("params_string") or ""),
            quantization=str(an_object(item.get("quantization")).get("name") or ""),
            loaded=bool(item.get("loaded_instances")),
        )
        for item in map(an_object, document["models"])
        if item.get("type") == "llm" and isinstance(item.get("key"), str)
    )


def recalled(turns: Sequence[Turn], prompt: str) -> str:
    """`prompt` with what was said before it: a request cannot hold turns of its own."""
    if not turns:
        return prompt
    said = "\n\n".join(f"Person: {turn.question}\nYou: {turn.answer}" for turn in turns)
    return f"What was said before:\n\n{said}\n\nThe person now says:\n\n{prompt}"


def read_answer(
    events: Iterable[ServerSentEvent], source: str, model: str, server: str
) -> Generator[Event, None, None]:
    """The events of `server` -> the events of an answer by `source` with `model`.

    Raises `TryAgainError` for an answer that broke off and `GiveUpError` for one without text.
    """
    draft = AnswerText(source, model)
    for event in events:
        data = decode(event)
        if event.name in ("chat.end", DOCUMENT):
            result = data if event.name == DOCUMENT else an_object(data.get("result"))
            yield replace(_finished(result, draft), thread=_thread(result, server))
            return
        if event.name == "error":
            error = an_object(data.get("error"))
            raise reported(error, a_text(error.get("type")) in HOPELESS)
        if event.name == "message.delta":
            yield from draft.say(a_text(data.get("content")))
            if draft.closed:
                yield draft.finished()
                return
        elif event.name == "reasoning.start":
            yield from draft.think()
        elif progress := _progress(event.name, data):
            yield progress
    raise TryAgainError("its answer broke off")


def _finished(result: dict[str, Any], draft: AnswerText) -> Finished:
    items = [an_object(item) for item in a_list(result.get("output"))]
    messages = [a_text(item.get("content")) for item in items if item.get("type") == "message"]
    draft.thought = draft.thought or any(item.get("type") == "reasoning" for item in items)
    return draft.finished("\n\n".join(filter(None, messages)))


def _thread(result: dict[str, Any], server: str) -> ServerThread | None:
    id_ = a_text(result.get("response_id"))
    return ServerThread(server, id_) if id_ else None


def _progress(name: str, data: dict[str, Any]) -> Progress | None:
    part, _, step = name.partition(".")
    stages = {"model_load": Stage.LOADING, "prompt_processing": Stage.READING}
    if part not in stages:
        return None
    done = {"start": 0.0, "end": 1.0}.get(step, data.get("progress"))
    known = isinstance(done, int | float) and 0 <= done <= 1
    return Progress(stages[part], done if known else None)
