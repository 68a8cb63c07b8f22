"""The protocol of a store of texts, for rooms that need not know where they are kept."""

import json
from typing import Any, Protocol


class KeyValue(Protocol):
    """Keeps texts, some of 100 KB, after the process has ended; for several threads."""

    def get(self, key: str) -> str | None:
        """The value that was put under `key` last."""

    def put(self, key: str, value: str) -> None:
        """Keep `value` under `key`."""


def read_json(text: str | None) -> Any:
    """The value that was kept as the JSON `text`; None if that is damaged, or there is none."""
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
