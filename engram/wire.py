"""What the answers of all model servers have in common, as JSON; pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from engram.errors import TryAgainError
from engram.sse import ServerSentEvent


@dataclass(frozen=True, slots=True)
class Model:
    """A language model that a server has; `key` is its name in requests."""

    key: str
    size: str = ""
    quantization: str = ""
    loaded: bool = False

    @property
    def name(self) -> str:
        """The key without its publisher."""
        return self.key.rpartition("/")[2]


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
