"""What the events of all model servers have in common, as JSON; pure."""

import json
from dataclasses import dataclass
from typing import Any, TypeVar

from engram.core.errors import GiveUpError, ResponderError, TryAgainError
from engram.llm.sse import ServerSentEvent

T = TypeVar("T")

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


def typed(kind: type[T], value: Any) -> T:
    """`value` if it is of the `kind` that the protocol says, else an empty one (a number: 0)."""
    return value if isinstance(value, kind) else kind()
