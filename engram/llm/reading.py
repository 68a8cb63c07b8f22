"""What the events of all model servers have in common, as JSON; pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from engram.core.errors import GiveUpError, ResponderError, TryAgainError
from engram.llm.sse import ServerSentEvent

# Kinds of errors after which the same request fails again; so do codes 4xx, but for these.
HOPELESS = {
    "invalid_request",
    "model_not_found",
    "not_implemented",
    "invalid_request_error",
    "authentication_error",
    "permission_error",
    "not_found_error",
    "insufficient_quota",
    "billing_error",
    "request_too_large",
}
PASSING = {"408", "409", "425", "429"}


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
    refused = code.startswith("4") and code not in PASSING
    hopeless = refused or not HOPELESS.isdisjoint((kind, code))
    return (GiveUpError if hopeless else TryAgainError)(f"it reports {name}: {message}")


def decode(event: ServerSentEvent) -> dict[str, Any]:
    """The JSON object that `event` carries. Raises `TryAgainError` when it carries none."""
    try:
        data = json.loads(event.data)
    except (ValueError, RecursionError) as err:
        raise TryAgainError("it sends events that are not JSON") from err
    if not isinstance(data, dict):
        raise TryAgainError("it sends events that are not objects")
    return data


def an_object(value: Any) -> dict[str, Any]:
    """`value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def a_list(value: Any) -> list[Any]:
    """`value` if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def a_text(value: Any) -> str:
    """`value` if it is a JSON string, else an empty one."""
    return value if isinstance(value, str) else ""


def a_count(value: Any) -> int:
    """`value` if it is a JSON integer, else 0."""
    return value if isinstance(value, int) else 0
