"""A context that fills up: what servers answer when a prompt, or its answer, does not fit.

    with LMStudioDouble() as lmstudio:
        lmstudio.context = 4096
        lmstudio.overflow = "event"

Wording: LM Studio's and llama.cpp's bug trackers, the sources of vLLM, LiteLLM and
llama-cpp-python, OpenAI's and Anthropic's documentation.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.doubles.lmstudio_behaviours import (
    Answer,
    Behaviour,
    ErrorEvent,
    Exchange,
    Json,
    Status,
)

CHARACTERS = 4
# A template's words around each message.
AROUND = 4
N_KEEP = (
    "The number of tokens to keep from the initial prompt is greater than the context length "
    "(n_keep: {read}>= n_ctx: {context}). Try to load the model with a larger context length, or "
    "provide a shorter input."
)
MAXIMUM = (
    "This model's maximum context length is {context} tokens. However, your messages resulted in "
    "{read} tokens. Please reduce the length of the messages."
)


def tokens(text: str) -> int:
    """How many tokens a text has here."""
    return -(-len(text) // CHARACTERS)


def tokens_of(messages: list[Json]) -> int:
    """How many tokens these messages have, with a template around each."""
    return sum(tokens(said(message["content"])) + AROUND for message in messages)


def said(content: Any) -> str:
    """The text of a message's content, which may be a list of parts."""
    parts = content if isinstance(content, list) else [{"text": content}]
    return "\n".join(str(part["text"]) for part in parts if "text" in part)


@dataclass(frozen=True)
class CutAnswer:
    """An answer that ends after so many tokens, because the context is full."""

    answer: Answer
    room: int

    def play(self, exchange: Exchange) -> None:
        """Streams what there is room for, and says that it was cut, where the protocol can."""
        exchange.dialect.cut = True
        _cut(self.answer, self.room).play(exchange)


@dataclass(frozen=True)
class OverflowInStream:
    """An answer in whose middle the context is full, which is reported as an error."""

    answer: Answer
    room: int
    context: int

    def play(self, exchange: Exchange) -> None:
        """Streams what there is room for, then the error."""
        for _event in _cut(self.answer, self.room).steps(exchange):
            pass
        message = (
            f"Reached context length of {self.context} tokens, but this model does not currently "
            "support mid-generation context overflow"
        )
        exchange.event("error", error={"type": "internal_error", "message": message})
        exchange.connection.end_stream()


def _cut(answer: Answer, room: int) -> Answer:
    text = "".join(answer.pieces())[: room * CHARACTERS]
    return replace(answer, deltas=in_pieces(text))


def in_pieces(text: str, size: int = 80) -> tuple[str, ...]:
    """`text` in few pieces, for answers that are long and not looked at closely."""
    return tuple(text[at : at + size] for at in range(0, len(text), size))


@dataclass(frozen=True)
class ErrorField:
    """A stream with an error where others have data, as earlier servers of llama.cpp sent it."""

    message: str

    def play(self, exchange: Exchange) -> None:
        """Reports the error, and ends."""
        said = json.dumps({"code": 400, "message": self.message})
        exchange.raw(f"error: {said}\n\n".encode())
        exchange.connection.end_stream()


def _refused(status: int, **error: Any) -> Callable[[str], Status]:
    return lambda message: Status(status, {"error": {**error, "message": message}})


_LLAMA = "request ({read} tokens) exceeds the available context size ({context} tokens), try ..."
#: What a server may answer to a prompt that is too long: a wording, and the form it comes in.
FORMS: dict[str, tuple[str, Callable[[str], Behaviour]]] = {
    "HTTP 400": (N_KEEP, _refused(400, type="invalid_request")),
    "HTTP 200": (N_KEEP, lambda message: Status(200, {"error": message})),
    "event": (N_KEEP, lambda message: ErrorEvent("internal_error", message)),
    "event of a bad request": (MAXIMUM, lambda message: ErrorEvent("invalid_request", message)),
    "llama.cpp": (_LLAMA, _refused(400, code=400, type="exceed_context_size_error")),
    "OpenAI": (
        MAXIMUM,
        _refused(400, code="context_length_exceeded", type="invalid_request"),
    ),
    "vLLM": (MAXIMUM, lambda message: Status(400, {"object": "error", "message": message})),
    "LiteLLM": (
        "litellm.ContextWindowExceededError: litellm.BadRequestError: " + MAXIMUM,
        _refused(400, type=None, code="400"),
    ),
    "Anthropic": (
        "prompt is too long: {read} tokens > {context} maximum",
        _refused(400, type="invalid_request_error"),
    ),
    "HTTP 413": ("Too Large", lambda message: Status(413, message, content_type="text/html")),
    "HTTP 500": ("Requested tokens ({read}) exceed context window of {context}", _refused(500)),
    "earlier llama.cpp": (_LLAMA, ErrorField),
    "OpenRouter": (
        MAXIMUM,
        lambda message: Status(
            400,
            {
                "error": {
                    "message": "Provider returned error",
                    "code": 400,
                    "metadata": {"raw": json.dumps({"error": {"message": message}})},
                }
            },
        ),
    ),
    "Gemini": (
        "The input token count ({read}) exceeds the maximum number of tokens allowed ({context}).",
        lambda message: Status(400, json.dumps([{"error": {"code": 400, "message": message}}])),
    ),
    "SGLang": (
        "The input ({read} tokens) is longer than the model's context length ({context} tokens).",
        lambda message: Status(200, {"object": "error", "message": message, "code": 400}),
    ),
    "a validation": (
        "prompt has {read} tokens, more than the {context} that fit",
        lambda message: Status(422, {"detail": [{"loc": ["body"], "msg": message}]}),
    ),
    "plain text": (MAXIMUM, lambda message: Status(400, message, content_type="text/plain")),
    "no figures": ("input length exceeds the context length", _refused(400)),
    "cut": ("", lambda _message: CutAnswer(Answer(), 3)),
}


def in_context(step: Any, exchange: Exchange, read: int, context: int, form: str) -> Any:
    """How `step` goes with a prompt of `read` tokens in a `context` of so many."""
    if read >= context:
        message, made = FORMS[form if form in FORMS else "HTTP 400"]
        return made(message.format(read=read, context=context))
    room = context - read
    if not isinstance(step, Answer) or tokens("".join(step.pieces())) <= room:
        return step
    if form == "in mid-stream" and exchange.streamed:
        return OverflowInStream(step, room, context)
    return CutAnswer(step, room)
