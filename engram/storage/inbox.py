"""The table `inbox`: questions, kept from before Telegram forgets them until they are answered."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from engram.core.errors import StoreError
from engram.storage.store import Store

# Of several updates that have one answer, because they are pieces of one message.
THESE = "WHERE update_id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class Entry:
    """An update that is not answered yet, and when it arrived (seconds since the epoch).

    `panel` and `messages` are on screen for it.
    """

    update: dict[str, Any]
    at: float
    panel: int | None = None
    messages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """The `message` that an update brings or changes, and a `checksum` of its text."""

    message: str
    checksum: int


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

    def receive(
        self,
        updates: Sequence[dict[str, Any]],
        written: Mapping[int, Written] = MappingProxyType({}),
    ) -> list[dict[str, Any]]:
        """Keep `updates`, safe on the disk when this returns; returns those that are new.

        `written` tells of some of them, by their ids, what was written.
        """
        if not updates:
            return []
        now = time.time()
        rows = []
        for one in updates:
            text = written.get(one["update_id"])
            known = (text.message, text.checksum) if text else (None, None)
            rows.append((one["update_id"], now, json.dumps(one), *known))
        sql = (
            "INSERT OR IGNORE INTO inbox (update_id, at, state, body, message, checksum) "
            "VALUES (?, ?, 'received', ?, ?, ?)"
        )
        try:
            new = self._store.add_new(sql, rows)
        except StoreError:
            # An answer that a crash could lose is better than none.
            return list(updates)
        return [update for update, is_new in zip(updates, new, strict=True) if is_new]

    def checksum(self, message: str) -> int | None:
        """That of the text that `message` had last; None for one that is not known."""
        sql = (
            "SELECT checksum FROM inbox WHERE message = ? ORDER BY at DESC, update_id DESC LIMIT 1"
        )
        return self._store.value(sql, message, default=None)

    def unfinished(self) -> list[Entry]:
        """What an earlier process left unanswered, oldest first."""
        sql = "SELECT body, at, panel, messages FROM inbox WHERE state <> 'sent' ORDER BY update_id"
        return [
            Entry(json.loads(body), at, panel, tuple(json.loads(messages)))
            for body, at, panel, messages in self._store.read(sql)
        ]

    def begin(self, *update_ids: int) -> int:
        """Note that an answer begins; returns which attempt it is, 1 for the first."""
        self._change("state = 'answering', tries = tries + 1", update_ids)
        tries = f"SELECT coalesce(max(tries), 1) FROM inbox {THESE}"  # noqa: S608 - a constant
        return self._store.value(tries, json.dumps(update_ids), default=1)

    def shown(self, update_ids: Sequence[int], panel: int | None, messages: Sequence[int]) -> None:
        """Note which messages are on screen for the updates."""
        self._change("panel = ?, messages = ?", update_ids, panel, json.dumps(list(messages)))

    def sending(self, *update_ids: int) -> None:
        """Note that the final text is about to be sent."""
        self._change("state = 'sending'", update_ids)

    def sent(self, *update_ids: int) -> None:
        """Note that nothing is left to do, and forget what was written."""
        self._change("state = 'sent', body = ''", update_ids)

    def _change(self, columns: str, update_ids: Sequence[int], *values: object) -> None:
        sql = f"UPDATE inbox SET {columns} {THESE}"  # noqa: S608 - constants
        self._store.write(sql, *values, json.dumps(update_ids))

    def release(self) -> None:
        """Note that the process ends on purpose, and not because of an answer in progress."""
        self._store.write("UPDATE inbox SET tries = max(tries - 1, 0) WHERE state <> 'sent'")
