"""The table `inbox`: questions, kept from before Telegram forgets them until they are answered."""

import json
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engram.core.errors import StoreError
from engram.core.key_value import read_json
from engram.storage.store import Row, Store

log = logging.getLogger(__name__)

# Of several updates that have one answer, because they are pieces of one message.
THESE = "WHERE update_id IN (SELECT value FROM json_each(?))"
# A row has its update's number as its own, or a free one where another update has that number. What
# earlier versions have kept has no identity, and from the first ones no message.
RECEIVE = """
INSERT INTO inbox (update_id, number, identity, at, state, body, message, checksum, reply)
SELECT CASE WHEN EXISTS (SELECT 1 FROM inbox WHERE update_id = ?1)
            THEN (SELECT max(update_id) + 1 FROM inbox) ELSE ?1 END,
       ?1, ?2, ?3, 'received', ?4, ?5, ?6, ?7
WHERE NOT EXISTS (
    SELECT 1 FROM inbox
    WHERE number = ?1 AND coalesce(identity = ?2, message IS NULL OR message = ?5)
)
"""
# What is not answered is no longer to be; should Telegram bring it again, it is new. The checksum
# stays, by which an edit is known that changes no word.
DROP = (
    "UPDATE inbox SET state = 'sent', body = '', reply = NULL, number = NULL, identity = NULL "
    "WHERE state <> 'sent'"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An update that is not answered yet: its row, and when it came (seconds since the epoch).

    `panel` and `messages` are on screen for it. What it asks for is done if there is a `reply`;
    `has_begun` tells whether an answer was begun, and `tries` how often.
    """

    row: int
    update: dict[str, Any]
    at: float
    panel: int | None = None
    messages: tuple[int, ...] = ()
    reply: str | None = None
    has_begun: bool = False
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Arrived:
    """An update, and its `identity`, which tells it from another one with the same number.

    It brings or changes the `message`, whose text has that `checksum`; None where it does neither.
    What it asks for is done as soon as it is kept if it has a `reply`.
    """

    update: dict[str, Any]
    identity: str = ""
    message: str | None = None
    checksum: int | None = None
    reply: str | None = None


def with_reply(rows: Sequence[int], reply: str | None) -> Row:
    """The statement that notes `reply`, in one transaction with what these rows' updates do.

    After a crash the reply is given again, and nothing is done again.
    """
    return f"UPDATE inbox SET reply = ? {THESE}", reply, json.dumps(rows)


def identity_of(store: Store, row: int) -> str:
    """The identity of the update in that row, by which what it did is known again; "" if unknown.

    See `Arrived`.
    """
    sql = "SELECT identity FROM inbox WHERE update_id = ?"
    return store.value(sql, row, default=None, kind=str) or ""


class Inbox:
    """Telegram's updates and how far each one is: received, answering, sent.

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

    def receive(self, arrived: Sequence[Arrived], *with_them: Row) -> list[int | None]:
        """Keep updates, over a crash at once; returns for each its row, None if it is known.

        What has a known number and another identity is new: Telegram numbers anew. `with_them` are
        statements of the same transaction. Before Telegram forgets them, `write_through`.
        """
        if not arrived:
            return []
        now = time.time()
        rows = [
            (one.update["update_id"], one.identity, now, json.dumps(one.update), *about)
            for one in arrived
            for about in [(one.message, one.checksum, one.reply)]
        ]
        try:
            return self._store.add_new(RECEIVE, rows, *with_them)
        except StoreError:
            # An answer that a crash could lose is better than none.
            return [one.update["update_id"] for one in arrived]

    def write_through(self) -> None:
        """Have a power cut undo nothing of what is kept."""
        self._store.write_through()

    def checksum(self, message: str) -> int | None:
        """That of the text that `message` had last; None for one that is not known."""
        sql = (
            "SELECT checksum FROM inbox WHERE message = ? ORDER BY at DESC, update_id DESC LIMIT 1"
        )
        return self._store.value(sql, message, default=None, kind=int)

    def unfinished(self) -> list[Entry]:
        """What an earlier process left unanswered, oldest first."""
        sql = (
            "SELECT update_id, body, state, at, panel, messages, reply, tries FROM inbox "
            "WHERE state <> 'sent' ORDER BY at, update_id"
        )
        entries = []
        for row, body, state, *rest in self._store.read(sql):
            update = read_json(body) if isinstance(body, str) else None
            if isinstance(update, dict) and isinstance(update.get("update_id"), int):
                entries.append(_entry(row, update, state != "received", *rest))
            else:
                log.error("what came as update %d cannot be read: it is set aside", row)
                self._store.write("UPDATE inbox SET state = 'sent' WHERE update_id = ?", row)
        return entries

    def begin(self, *update_ids: int) -> None:
        """Note that an answer begins."""
        self._change("state = 'answering', tries = coalesce(tries, 0) + 1", update_ids)

    def shown(self, update_ids: Sequence[int], panel: int | None, messages: Sequence[int]) -> None:
        """Note which messages are on screen for the updates."""
        self._change("panel = ?, messages = ?", update_ids, panel, json.dumps(list(messages)))

    def note(self, update_ids: Sequence[int], reply: str | None) -> None:
        """Note that what the updates ask for is done, and what is replied."""
        self._store.write(*with_reply(update_ids, reply))

    def sent(self, *update_ids: int) -> None:
        """Note that nothing is left to do, and forget what was written."""
        self._change("state = 'sent', body = '', reply = NULL", update_ids)

    def _change(self, columns: str, update_ids: Sequence[int], *values: object) -> None:
        sql = f"UPDATE inbox SET {columns} {THESE}"
        self._store.write(sql, *values, json.dumps(update_ids))

    def release(self) -> None:
        """Note that the process ends on purpose, and not because of an answer in progress."""
        tries = "max(coalesce(tries, 0) - 1, 0)"
        self._store.write(f"UPDATE inbox SET tries = {tries} WHERE state <> 'sent'")


def _entry(row: int, update: dict[str, Any], has_begun: bool, *rest: Any) -> Entry:
    """`update` as far as it is known: a question is answered whatever else is damaged."""
    at, panel, messages, reply, tries = rest
    shown = read_json(messages) if isinstance(messages, str) else None
    return Entry(
        row,
        update,
        at if isinstance(at, float) and math.isfinite(at) else time.time(),
        panel if isinstance(panel, int) else None,
        tuple(one for one in shown if type(one) is int) if isinstance(shown, list) else (),
        reply if isinstance(reply, str) else None,
        has_begun,
        tries if isinstance(tries, int) else 0,
    )
