"""Texts that outlive the process; who keeps them need not be known."""

from __future__ import annotations

from typing import Protocol


class KeyValue(Protocol):
    """Keeps texts, some of 100 KB, beyond the end of the process; for several threads."""

    def get(self, key: str) -> str | None:
        """What was put last under `key`."""

    def put(self, key: str, value: str) -> None:
        """Keep `value` under `key`."""
