"""The protocol of a store of texts, for rooms that need not know where they are kept."""

from typing import Protocol


class KeyValue(Protocol):
    """Keeps texts, some of 100 KB, after the process has ended; for several threads."""

    def get(self, key: str) -> str | None:
        """The value that was put under `key` last."""

    def put(self, key: str, value: str) -> None:
        """Keep `value` under `key`."""
