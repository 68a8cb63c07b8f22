"""What LM Studio's server says -> models and events of an answer; pure.

Wire format: LM Studio's documentation of its REST API, `GET /api/v1/models` and the streamed
`POST /api/v1/chat`.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engram.errors import GiveUpError, ResponderError, TryAgainError
from engram.events import Event, Finished, Progress, Stage, TextDelta, Thread, Turn
from engram.reasoning import ThinkFilter, strip_reasoning
from engram.sse import ServerSentEvent

# A model that repeats itself without end is stopped here; characters.
MAX_TEXT = 65_536
# Kinds of `error` events after which the same request fails again.
HOPELESS = {"invalid_request", "model_not_found", "not_implemented"}


@dataclass(frozen=True, slots=True)
class Model:
    """A language model that the server has; `key` is its name in requests."""

    key: str
    size: str = ""
    quantization: str = ""
    loaded: bool = False

    @property
    def name(self) -> str:
        """The key without its publisher."""
        return self.key.rpartition("/")[2]


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
            quantization=str(_object(item.get("quantization")).get("name") or ""),
            loaded=bool(item.get("loaded_instances")),
        )
        for item in map(_object, document["models"])
        if item.get("type") == "llm" and isinstance(item.get("key"), str)
    )


def matching(wanted: str, models: Iterable[Model]) -> list[Model]:
    """The models that `wanted` can mean, loaded ones first; at least one.

    Case and the publisher before the slash do not matter; "auto" means any. Raises `GiveUpError`,
    naming the models that are there, when there is none.
    """
    ranked = sorted(models, key=lambda model: not model.loaded)
    name = wanted.casefold()
    if not ranked:
        raise GiveUpError("it has no language model yet; download one in LM Studio")
    if name == "auto":
        return ranked
    exact = [model for model in ranked if model.key.casefold() == name]
    found = exact or [model for model in ranked if model.name.casefold() == name]
    if not found:
        there = ", ".join(model.key for model in ranked)
        raise GiveUpError(
            f'it has no model "{wanted}"; set [lmstudio] model to one of: {there}, or to auto'
        )
    return found


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
    think, streamed = ThinkFilter(), ""
    for event in events:
        data = _decode(event)
        if event.name == "chat.end":
            answer = _finished(_object(data.get("result")), streamed, source, model)
            yield replace(answer, thread=_thread(data.get("result"), server))
            return
        if event.name == "error":
            raise _stream_error(_object(data.get("error")))
        if event.name == "message.delta":
            piece, was_thinking = _content(data), think.thinking
            streamed += piece
            if len(streamed) > MAX_TEXT:
                text = strip_reasoning(streamed)
                yield Finished(text, source, model, markdown=True, cut_short=True)
                return
            if said := think.feed(piece):
                yield TextDelta(said)
            if think.thinking and not was_thinking:
                yield Progress(Stage.THINKING)
        elif progress := _progress(event.name, data):
            yield progress
    raise TryAgainError("its answer broke off")


def _finished(result: dict[str, Any], streamed: str, source: str, model: str) -> Finished:
    output = result.get("output")
    items = [_object(item) for item in output] if isinstance(output, list) else []
    messages = [_content(item) for item in items if item.get("type") == "message"]
    text = strip_reasoning("\n\n".join(filter(None, messages)) or streamed)
    if not text:
        reasoned = streamed or any(item.get("type") == "reasoning" for item in items)
        raise GiveUpError("it only reasoned" if reasoned else "its answer is empty")
    return Finished(text, source, model, markdown=True)


def _thread(result: Any, server: str) -> Thread | None:
    id_ = _object(result).get("response_id")
    return Thread(server, id_) if id_ and isinstance(id_, str) else None


def _progress(name: str, data: dict[str, Any]) -> Progress | None:
    part, _, step = name.partition(".")
    if name == "reasoning.start":
        return Progress(Stage.THINKING)
    stages = {"model_load": Stage.LOADING, "prompt_processing": Stage.READING}
    if part not in stages:
        return None
    done = {"start": 0.0, "end": 1.0}.get(step, data.get("progress"))
    known = isinstance(done, int | float) and 0 <= done <= 1
    return Progress(stages[part], done if known else None)


def _stream_error(error: dict[str, Any]) -> ResponderError:
    kind, message = str(error.get("type", "unknown")), str(error.get("message", ""))[:300]
    reason = f"it reports {kind}: {message}"
    return GiveUpError(reason) if kind in HOPELESS else TryAgainError(reason)


def _decode(event: ServerSentEvent) -> dict[str, Any]:
    try:
        data = json.loads(event.data)
    except (ValueError, RecursionError) as err:
        raise TryAgainError("it sends events that are not JSON") from err
    if not isinstance(data, dict):
        raise TryAgainError("it sends events that are not objects")
    return data


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _content(item: dict[str, Any]) -> str:
    content = item.get("content")
    return content if isinstance(content, str) else ""
