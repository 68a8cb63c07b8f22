"""The table `outbox`: everything that is said unasked, kept until it has arrived.

A row is pending, then sending, then sent; or failed, which the log tells.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engram.core.events import Button, Buttons
from engram.core.key_value import read_json
from engram.storage.moves import by_chat
from engram.storage.store import Row, Store

#: What a message is about. Alerts never get too old.
ALERT, WATCH, DIGEST, NOTICE = "alert", "watch", "digest", "notice"
#: The one line that stands for what is too old.
MERGED = "merged"
#: The terminal in place of a chat: what is armed there belongs to the owner.
TERMINAL = "console"
#: For so long (s) everything but an alert is worth a message of its own.
DAY = 86_400.0

IS_OPEN = "state IN ('pending', 'sending')"
INSERT = "INSERT INTO outbox (at, chat, kind, text, buttons, picture, name, alert) "
VALUES = "SELECT ?, ?, ?, ?, ?, ?, ?, ?"
# What was delivered is so in one transaction with its row.
ENDED = (
    "UPDATE alerts SET state = ?2, ended_at = ?3 "
    "WHERE state = 'fired' AND number = (SELECT alert FROM outbox WHERE number = ?1)"
)
# Only alerts are still to be said.
DROP = f"DELETE FROM outbox WHERE {IS_OPEN} AND kind <> '{ALERT}'"
COLUMNS = "number, at, chat, kind, state, text, buttons, picture, name, alert, messages"
KINDS = (int, float | int, str, str, str, str, str, bytes | None, str, int | None, str)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message for `chat`, the key of a conversation, or `TERMINAL`.

    `picture` is a PNG to which the text is the caption. `name` names the message in the one line
    that tells of it when it is too old ("digest of 2026-11-29"). `alert` is the number of the alert
    that it delivers.
    """

    chat: str
    kind: str
    text: str
    buttons: Buttons = ()
    picture: bytes | None = None
    name: str = ""
    alert: int | None = None

    @property
    def is_markdown(self) -> bool:
        """Whether the text is Markdown: a digest has a table."""
        return self.kind == DIGEST


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A message that is not there yet: its row, and when it was made (seconds since the epoch).

    `was_begun` tells that it may have been sent before a crash, and `messages` which of its parts
    were then on screen.
    """

    number: int
    at: float
    outgoing: Outgoing
    was_begun: bool = False
    messages: tuple[int, ...] = ()


def adding(outgoing: Outgoing, at: float, *, if_changed: bool = False) -> Row:
    """The statement that adds the message, made at the time `at` (seconds since the epoch).

    With `if_changed` only if the statement before it has changed a row.
    """
    buttons = [[(one.label, one.command) for one in row] for row in outgoing.buttons]
    what = (outgoing.chat, outgoing.kind, outgoing.text, json.dumps(buttons), outgoing.picture)
    condition = " WHERE changes() > 0" if if_changed else ""
    return f"{INSERT}{VALUES}{condition}", at, *what, outgoing.name, outgoing.alert


class Outbox:
    """What is to be said unasked, in order for each chat; for several threads.

    `arrived` is set whenever there may be something new.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.arrived = threading.Event()

    def add(self, outgoing: Outgoing, at: float) -> None:
        """Keep the message, safe on the disk when this returns. Raises `StoreError`."""
        self._store.write_durably(adding(outgoing, at))
        self.arrived.set()

    def chats(self) -> list[str]:
        """The chats for which there is something, by their present ids."""
        sql = f"SELECT DISTINCT chat FROM outbox WHERE {IS_OPEN}"
        found = [chat for (chat,) in self._store.read(sql, kinds=(str,))]
        moves = self._store.moves
        for old in found:
            # What was made while the chat got another id names the one that it had.
            if (now := moves.key(old)) != old:
                self._store.write("UPDATE outbox SET chat = ? WHERE chat = ?", now, old)
        return list(dict.fromkeys(map(moves.key, found)))

    @by_chat
    def next(self, chat: str, after: int = 0) -> OutboxEntry | None:
        """The first message for `chat` after the row `after` that has not arrived."""
        where = f"WHERE chat = ? AND number > ? AND {IS_OPEN}"
        sql = f"SELECT {COLUMNS} FROM outbox {where} ORDER BY number LIMIT 1"
        rows = self._store.read(sql, chat, after, kinds=KINDS)
        return _entry(*rows[0]) if rows else None

    def picture(self, number: int) -> bytes | None:
        """The PNG of the message; None if there is none, or it has arrived."""
        sql = "SELECT picture FROM outbox WHERE number = ?"
        return self._store.value(sql, number, default=None, kind=bytes)

    def sending(self, number: int, messages: Sequence[int] = ()) -> None:
        """Note that the message is about to be sent, of which `messages` are on screen."""
        sql = "UPDATE outbox SET state = 'sending', messages = ? WHERE number = ?"
        self._store.write(sql, json.dumps(list(messages)), number)

    def sent(self, number: int, messages: Sequence[int], at: float, *, later: bool = True) -> bool:
        """Note that the message has arrived, as `messages` of its chat, at the time `at`.

        Returns whether that is written: if not, it is not known after a restart. What another
        process prevents is written `later`, or never.
        """
        sql = "UPDATE outbox SET state = 'sent', messages = ?2, picture = NULL WHERE number = ?1"
        ids = json.dumps(list(messages))
        done = (ENDED, number, "delivered", at)
        return self._store.write_all((sql, number, ids), done, later=later)

    def failed(self, number: int, at: float, *, later: bool = True) -> bool:
        """Note that the message can never arrive. Returns whether that is written."""
        sql = "UPDATE outbox SET state = 'failed', picture = NULL WHERE number = ?"
        done = (ENDED, number, "failed", at)
        return self._store.write_all((sql, number), done, later=later)

    @by_chat
    def merge_old(
        self, chat: str, before: float, merged: Callable[[list[str]], Outgoing], at: float
    ) -> bool:
        """Have one message, `merged` of their names, stand for all that is older than `before`.

        Alerts are never too old. Returns whether there was anything, and it is written.
        """
        where = f"WHERE chat = ? AND {IS_OPEN} AND kind NOT IN ('{ALERT}', '{MERGED}') AND at < ?"
        sql = f"SELECT number, name FROM outbox {where} ORDER BY number"
        names = [name for _, name in self._store.read(sql, chat, before, kinds=(int, str))]
        old = f"UPDATE outbox SET state = 'sent', picture = NULL {where}"
        add = adding(merged(names), at, if_changed=True) if names else None
        return add is not None and self._store.write_all((old, chat, before), add)

    def text_of(self, alert: int) -> str:
        """What was said when the alert of that number fired; "" if it is not known any more."""
        sql = "SELECT text FROM outbox WHERE alert = ? ORDER BY number DESC LIMIT 1"
        return self._store.value(sql, alert, default="")

    @property
    def depth(self) -> int:
        """How many messages have not arrived."""
        sql = f"SELECT count(*) FROM outbox WHERE {IS_OPEN}"
        return self._store.value(sql, default=0)


def _entry(number: int, at: float, chat: str, kind: str, state: str, *rest: Any) -> OutboxEntry:
    text, buttons, picture, name, alert, messages = rest
    outgoing = Outgoing(chat, kind, text, _buttons(buttons), picture, name, alert)
    shown = read_json(messages)
    ids = tuple(one for one in shown if type(one) is int) if isinstance(shown, list) else ()
    return OutboxEntry(number, at, outgoing, state == "sending", ids)


def _buttons(kept: str) -> Buttons:
    """Buttons as they were kept; none where that is damaged."""
    try:
        return tuple(tuple(Button(label, data) for label, data in row) for row in read_json(kept))
    except (TypeError, ValueError):
        return ()
