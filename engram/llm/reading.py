"""What the events of all model servers have in common, as JSON; pure."""

import json
import re
from dataclasses import dataclass
from typing import Any, TypeVar

from engram.core.errors import BusyError, GiveUpError, QuestionError, ResponderError, TryAgainError
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


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost, in tokens; 0 where the server does not say."""

    read: int = 0
    written: int = 0

    def __str__(self) -> str:
        if not (self.read or self.written):
            return "tokens not counted"
        return f"{self.read} tokens read, {self.written} written"


def reported(error: Any) -> ResponderError:
    """What to raise for the `error` that a server reports inside a stream."""
    details = error if isinstance(error, dict) else {"message": error or ""}
    kind, code = str(details.get("type") or ""), str(details.get("code") or "")
    name = kind or code or "unknown"
    # A server may repeat part of the token in such a message.
    message = "" if "authentication" in name else str(details.get("message", ""))[:300]
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
