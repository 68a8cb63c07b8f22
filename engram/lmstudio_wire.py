"""What LM Studio's server says -> models and events of an answer; pure.

Wire format: LM Studio's documentation of its REST API, `GET /api/v1/models` and the streamed
`POST /api/v1/chat`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from typing import Any

from engram.draft import Draft
from engram.errors import GiveUpError, TryAgainError
from engram.events import Event, Finished, Progress, Stage, Thread, Turn
from engram.sse import DOCUMENT, ServerSentEvent
from engram.wire import Model, a_list, a_text, an_object, decode, reported

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
    draft = Draft(source, model)
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


def _finished(result: dict[str, Any], draft: Draft) -> Finished:
    items = [an_object(item) for item in a_list(result.get("output"))]
    messages = [a_text(item.get("content")) for item in items if item.get("type") == "message"]
    draft.thought = draft.thought or any(item.get("type") == "reasoning" for item in items)
    return draft.finished("\n\n".join(filter(None, messages)))


def _thread(result: dict[str, Any], server: str) -> Thread | None:
    id_ = a_text(result.get("response_id"))
    return Thread(server, id_) if id_ else None


def _progress(name: str, data: dict[str, Any]) -> Progress | None:
    part, _, step = name.partition(".")
    stages = {"model_load": Stage.LOADING, "prompt_processing": Stage.READING}
    if part not in stages:
        return None
    done = {"start": 0.0, "end": 1.0}.get(step, data.get("progress"))
    known = isinstance(done, int | float) and 0 <= done <= 1
    return Progress(stages[part], done if known else None)
