"""The table `inbox`: questions, kept from before Telegram forgets them until they are answered."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engram.core.errors import StoreError
from engram.storage.store import Store


@dataclass(frozen=True, slots=True)
class Entry:
    """An update that is not answered yet, and when it arrived (seconds since the epoch).

    `panel` and `messages` are on screen for it.
    """

    update: dict[str, Any]
    at: float
    panel: int | None = None
    messages: tuple[int, ...] = ()


class Inbox:
    """Telegram's updates and how far each one is: received, answering, sending, sent.

    Whatever happens to the process, each update is answered, and only once as far as that can be
    known. Without a working disk updates pass through, and nothing is remembered.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def depth(self) -> int:
        """How many updates are not answered yet."""
        sql = "SELECT count(*) FROM inbox WHERE state <> 'sent'"
        return self._store.value(sql, default=0)

    def receive(self, updates: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Keep `updates`, safe on the disk when this returns; returns those that are new."""
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
            # An answer that a crash could lose is better than none.
            return list(updates)
        return [update for update, is_new in zip(updates, new, strict=True) if is_new]

    def unfinished(self) -> list[Entry]:
        """What an earlier process left unanswered, oldest first."""
        sql = "SELECT body, at, panel, messages FROM inbox WHERE state <> 'sent' ORDER BY update_id"
        return [
            Entry(json.loads(body), at, panel, tuple(json.loads(messages)))
            for body, at, panel, messages in self._store.read(sql)
        ]

    def begin(self, update_id: int) -> int:
        """Note that an answer begins; returns which attempt it is, 1 for the first."""
        sql = "UPDATE inbox SET state = 'answering', tries = tries + 1 WHERE update_id = ?"
        self._store.write(sql, update_id)
        sql = "SELECT tries FROM inbox WHERE update_id = ?"
        return self._store.value(sql, update_id, default=1)

    def shown(self, update_id: int, panel: int | None, messages: Sequence[int]) -> None:
        """Note which messages are on screen for the update."""
        sql = "UPDATE inbox SET panel = ?, messages = ? WHERE update_id = ?"
        self._store.write(sql, panel, json.dumps(list(messages)), update_id)

    def sending(self, update_id: int) -> None:
        """Note that the final text is about to be sent."""
        self._store.write("UPDATE inbox SET state = 'sending' WHERE update_id = ?", update_id)

    def sent(self, update_id: int) -> None:
        """Note that nothing is left to do, and forget what was written."""
        sql = "UPDATE inbox SET state = 'sent', body = '' WHERE update_id = ?"
        self._store.write(sql, update_id)

    def release(self) -> None:
        """Note that the process ends on purpose, and not because of an answer in progress."""
        self._store.write("UPDATE inbox SET tries = max(tries - 1, 0) WHERE state <> 'sent'")
