"""What the events of all model servers have in common, as JSON; pure."""

import json
from dataclasses import dataclass
from typing import Any, TypeVar

from engram.core.errors import TryAgainError
from engram.llm.sse import ServerSentEvent

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost, in tokens; 0 where the server does not say."""

    read: int = 0
    written: int = 0

    def __str__(self) -> str:
        if not (self.read or self.written):
            return "tokens not counted"
        return f"{self.read} tokens read, {self.written} written"


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
