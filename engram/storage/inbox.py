"""What was asked and is not answered yet: kept before Telegram is told that it arrived."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engram.core.errors import StoreError
from engram.storage.store import Store


@dataclass(frozen=True, slots=True)
class Entry:
    """An update that is not done: what is on screen for it, and when it came (seconds, epoch)."""

    update: dict[str, Any]
    at: float
    panel: int | None = None
    messages: tuple[int, ...] = ()


class Inbox:
    """Telegram's updates on their way: received, answering, sending, sent.

    Whatever happens to the process, an update is answered, and as far as that can be known only
    once. Without a working disk updates pass through, and nothing is remembered.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def depth(self) -> int:
        """How many updates are not done."""
        rows = self._store.read("SELECT count(*) FROM inbox WHERE state <> 'sent'")
        return int(rows[0][0]) if rows else 0

    def receive(self, updates: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Keep `updates`, safe on the disk when this returns; gives back those that are new."""
        if not updates:
            return []
        now = time.time()
        rows = [(one["update_id"], now, json.dumps(one)) for one in updates]
        sql = (
            "INSERT OR IGNORE INTO inbox (update_id, at, state, body) VALUES (?, ?, 'received', ?)"
        )
        try:
            new = self._store.add_new(sql, rows)
        except StoreError:
            # Answering without a net is better than not answering.
            return list(updates)
        return [update for update, is_new in zip(updates, new, strict=True) if is_new]

    def unfinished(self) -> list[Entry]:
        """What an earlier process left, oldest first."""
        sql = "SELECT body, at, panel, messages FROM inbox WHERE state <> 'sent' ORDER BY update_id"
        return [
            Entry(json.loads(body), at, panel, tuple(json.loads(messages)))
            for body, at, panel, messages in self._store.read(sql)
        ]

    def begin(self, update_id: int) -> int:
        """Note that the answer is begun; returns for which time, 1 for the first."""
        sql = "UPDATE inbox SET state = 'answering', tries = tries + 1 WHERE update_id = ?"
        self._store.write(sql, update_id)
        rows = self._store.read("SELECT tries FROM inbox WHERE update_id = ?", update_id)
        return int(rows[0][0]) if rows else 1

    def shown(self, update_id: int, panel: int | None, messages: Sequence[int]) -> None:
        """Note which messages are on screen for it."""
        sql = "UPDATE inbox SET panel = ?, messages = ? WHERE update_id = ?"
        self._store.write(sql, panel, json.dumps(list(messages)), update_id)

    def sending(self, update_id: int) -> None:
        """Note that the final text is about to be sent."""
        self._store.write("UPDATE inbox SET state = 'sending' WHERE update_id = ?", update_id)

    def sent(self, update_id: int) -> None:
        """Note that nothing is left to do; what was written is forgotten here."""
        sql = "UPDATE inbox SET state = 'sent', body = '' WHERE update_id = ?"
        self._store.write(sql, update_id)

    def release(self) -> None:
        """Note that the process ends on purpose: what is under way did not bring it down."""
        self._store.write("UPDATE inbox SET tries = max(tries - 1, 0) WHERE state <> 'sent'")
