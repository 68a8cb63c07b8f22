"""What the events of all model servers have in common, as JSON; pure."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from engram.core.errors import (
    BusyError,
    GiveUpError,
    QuestionError,
    ResponderError,
    TooLongError,
    TryAgainError,
)
from engram.llm.sse import ServerSentEvent

T = TypeVar("T")

# Kinds of errors that lie in the question, or in the model that it asks for; so do codes 4xx, but
# for those below.
REFUSALS = {
    "invalid_request",
    "model_not_found",
    "not_implemented",
    "invalid_request_error",
    "not_found_error",
    "request_too_large",
}
# Kinds, and codes, of errors that every question will meet.
HOPELESS = {
    "authentication_error",
    "permission_error",
    "insufficient_quota",
    "billing_error",
    "401",
    "403",
}
BUSY = {"rate_limit_error", "rate_limit_exceeded", "408", "409", "425", "429"}


# What servers say of a model that is not loaded, or does not fit into memory.
_ABOUT_MODEL = re.compile(
    r"(fail|error|unable|could not|cannot)\w* .{0,30}load|no models? (is |are )?loaded|unloaded"
    r"|model not loaded|insufficient .{0,20}(resources|memory)|out of memory",
    re.IGNORECASE,
)


# No context is smaller or larger; what looks so is another number.
SMALLEST, LARGEST = 256, 20_000_000
# How servers call and describe an overflow of the context.
OVERFLOWS = {
    "context_length_exceeded",
    "exceed_context_size_error",
    "request_too_large",
    "model_context_window_exceeded",
}
_SAID = re.compile(
    r"context.{0,3}(?:length|size|window|limit|overflow)|\bn_(?:ctx|keep)\b|ContextWindowExceeded"
    r"|\b(?:prompt|input|messages?|request|conversation)\b.{0,40}\btoo (?:long|large|big)\b"
    r"|\b(?:input|prompt|requested)s?\b.{0,3}token.{0,60}(?:exceed|maximum|limit|must be <)"
    r"|(?:maximum|max)[ _](?:model|sequence|prompt|input)[ _]len|model_max_length"
    r"|max_tokens must be at least 1\b|reduce the length of|inputs?\W{0,3} must have less than"
    r"|too many (?:input )?tokens in",
    re.IGNORECASE | re.DOTALL,
)
# Other complaints about tokens and lengths: of rates, of the answer, of the request's own keys.
_NOT_SAID = re.compile(
    r"\bper (?:min|minute|day|hour)\b|unrecogni[sz]ed|unknown (?:key|argument|parameter)"
    r"|maximum allowed number of output tokens",
    re.IGNORECASE,
)
_NUMBER = r"(\d[\d,]{1,12})"
_LIMITS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"n_ctx\W{{0,3}}{_NUMBER}",
        rf"> ?{_NUMBER}",
        rf"{_NUMBER} maximum context",
        rf"context (?:length|size|window|limit)(?: of| is|:)?(?: only)? ?\(?{_NUMBER}",
        rf"(?:context|model|sequence|prompt|input) length (?:of|is)(?: only)? {_NUMBER}",
        rf"<=? ?{_NUMBER}",
        rf"(?:maximum|limit|max)[^.\d]{{0,60}}{_NUMBER}",
        rf"{_NUMBER}[- ]tokens? context",
    )
)
_COUNTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_NUMBER} in (?:the |your )?(?:messages|prompt)",
        rf"{_NUMBER} \+ [\d,]+ >",
        rf"result(?:ed)? in {_NUMBER}",
        rf"n_(?:prompt_tokens|keep)\W{{0,3}}{_NUMBER}",
        rf"{_NUMBER} tokens? ?(?:>|\))",
        rf"(?:prompt|tokens|count|request)(?: contains| length| of)? ?\(?(?:length )?{_NUMBER}",
        rf"(?:contains?|has) (?:at least )?{_NUMBER} (?:input )?tokens",
    )
)


@dataclass(frozen=True, slots=True)
class Overflow:
    """What a server says of a prompt that was too long: tokens, 0 for what it does not say."""

    limit: int = 0
    counted: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost, in tokens; 0 where the server does not say."""

    read: int = 0
    written: int = 0

    def __str__(self) -> str:
        if not (self.read or self.written):
            return "tokens not counted"
        return f"{self.read} tokens read, {self.written} written"


def stated(document: Any, *, failed: bool = False) -> Any:
    """What a `document` of a server says is wrong; nothing where nothing is.

    Forms: `{"error": "..."}`, `{"error": {"message": "..."}}`, FastAPI's `{"detail": "..."}`; where
    it `failed` also vLLM's and Bedrock's `{"message": "..."}`.
    """
    whole = typed(dict, document)
    return whole.get("error") or whole.get("detail") or (whole if failed else None)


def message_of(error: Any) -> str:
    """The words of an `error`, at most 300 characters."""
    return typed(str, error.get("message") if isinstance(error, dict) else error)[:300]


def reported(error: Any) -> ResponderError:
    """What to raise for the `error` that a server reports inside a stream."""
    details = error if isinstance(error, dict) else {"message": error or ""}
    kind, code = str(details.get("type") or ""), str(details.get("code") or "")
    name = kind or code or "unknown"
    # A server may repeat part of the token in such a message.
    message = "" if "authentication" in name else str(details.get("message", ""))[:300]
    if found := overflow(details):
        return TooLongError(f"it reports {name}: {message}", found.limit, found.counted)
    return _meaning(kind, code)(f"it reports {name}: {message}")


def _meaning(kind: str, code: str) -> type[ResponderError]:
    if not HOPELESS.isdisjoint((kind, code)):
        return GiveUpError
    if not BUSY.isdisjoint((kind, code)):
        return BusyError
    refused = code.startswith("4") or not REFUSALS.isdisjoint((kind, code))
    return QuestionError if refused else TryAgainError


def decode(event: ServerSentEvent) -> dict[str, Any]:
    """The JSON object that `event` carries. Raises `TryAgainError` when it carries none."""
    try:
        data = json.loads(event.data)
    except (ValueError, RecursionError) as err:
        raise TryAgainError("it sends events that are not JSON") from err
    if not isinstance(data, dict):
        raise TryAgainError("it sends events that are not objects")
    return data


def typed(kind: type[T], value: Any) -> T:
    """`value` if it is of the `kind` that the protocol says, else an empty one (a number: 0)."""
    return value if isinstance(value, kind) else kind()


def is_about_model(reason: str) -> bool:
    """Whether a server failed for the `reason` that the model is not in its memory."""
    return bool(_ABOUT_MODEL.search(reason))


def spoken(content: Any) -> tuple[str, bool]:
    """What a message's `content` says, a text or a list of parts, and whether thoughts are in it.

    Parts are `{"type": "text", "text": ...}`, those of a refusal `{"refusal": ...}`; thoughts are
    `{"type": "thinking", ...}` (Mistral, Anthropic) or `{"type": "reasoning", ...}`.
    """
    parts = content if isinstance(content, list) else [content]
    blocks = [{"text": part} if isinstance(part, str) else typed(dict, part) for part in parts]
    kinds = [typed(str, block.get("type")) for block in blocks]
    thoughts = ["thinking" in kind or "reasoning" in kind for kind in kinds]
    said = (
        typed(str, block.get("text") or block.get("refusal"))
        for block, thought in zip(blocks, thoughts, strict=True)
        if not thought
    )
    return "".join(said), any(thoughts)


def overflow(error: Any) -> Overflow | None:
    """What the `error` of a server says of an overflow; None when it is of another kind.

    Forms: LM Studio, llama.cpp and its Python binding, vLLM, LiteLLM, OpenAI, Anthropic, Gemini,
    Text Generation Inference, Ollama.
    """
    details = error if isinstance(error, dict) else {"message": error}
    # What is no text may repeat the question, in which anything can stand.
    text = typed(str, details.get("message"))[:4000]
    named = not OVERFLOWS.isdisjoint({str(details.get("code")), str(details.get("type"))})
    if not named and (not _SAID.search(text) or _NOT_SAID.search(text)):
        return None
    limit = next(_figures(details.get("n_ctx"), _LIMITS, text), 0)
    counted = next(_figures(details.get("n_prompt_tokens"), _COUNTS, text), 0)
    return Overflow(limit, counted if counted > limit else 0)


def _figures(given: Any, patterns: tuple[re.Pattern[str], ...], text: str) -> Iterator[int]:
    found = (match[1].replace(",", "") for one in patterns for match in one.finditer(text))
    for figure in (given, *map(int, found)):
        if isinstance(figure, int) and SMALLEST <= figure <= LARGEST:
            yield figure
