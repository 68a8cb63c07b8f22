"""Chats that have another id now: a group that became a supergroup, with all that is kept for it.

The key `moved/OLD` of the table `kept` holds the new id for good: .env and config.ini may go on
naming the old one.
"""

from __future__ import annotations

import functools
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from engram.storage.store import Row, Store

log = logging.getLogger(__name__)

MOVED = "moved/"
COLUMNS = (
    "SELECT s.name, sum(c.name = 'message') FROM sqlite_master s, pragma_table_info(s.name) c "
    "WHERE s.type = 'table' AND c.name IN ('chat', 'message') GROUP BY s.name "
    "HAVING sum(c.name = 'chat')"
)
# Where an update that waits for its answer names its chat and its message.
MESSAGES = ("$.message", "$.edited_message", "$.callback_query.message")
CHATS = ", ".join(f"json_extract(body, '{path}.chat.id')" for path in MESSAGES)
IDS = ", ".join(
    f"'{path}{one}', -abs(json_extract(body, '{path}{one}'))"
    for path in MESSAGES
    for one in (".message_id", ".reply_to_message.message_id")
)
CHANGES = ", ".join([IDS, *(f"'{path}.chat.id', ?2" for path in MESSAGES)])
# A body that was answered is empty, which is no JSON; so is a damaged one.
READDRESS = (
    f"UPDATE inbox SET body = json_replace(body, {CHANGES}), "
    "panel = NULL, messages = '[]' "
    f"WHERE CASE WHEN state <> 'sent' AND json_valid(body) THEN ?1 IN ({CHATS}) END"
)
# Messages are named by their chat and number there.
RENUMBER = (
    "UPDATE inbox SET message = ?2 || '/-' || ltrim(substr(message, length(?1) + 2), '-') "
    "WHERE message LIKE ?1 || '/%'"
)
RENAME = "SET chat = ?2 || substr(chat, length(?1) + 1)"
ITS = "WHERE CAST(chat AS TEXT) = ?1 OR chat LIKE ?1 || '/%'"

CHAT = re.compile(r"-?[0-9]{1,19}")

P = ParamSpec("P")
T = TypeVar("T")


class Tables(Protocol):
    """What reads and writes tables of a store."""

    _store: Store


A = TypeVar("A", bound=Tables)


def by_chat(
    method: Callable[Concatenate[A, str, P], T],
) -> Callable[Concatenate[A, str, P], T]:
    """Call `method` with the key that a conversation has now, which stays until it returns."""

    @functools.wraps(method)
    def with_key(self: A, chat: str, /, *rest: P.args, **named: P.kwargs) -> T:
        moves = self._store.moves
        with moves.lock:
            return method(self, moves.key(chat), *rest, **named)

    return with_key


def by_message(
    method: Callable[Concatenate[A, str, int, P], T],
) -> Callable[Concatenate[A, str, int, P], T]:
    """Like `by_chat`, for a message; its id becomes negative if the chat has moved since."""

    @functools.wraps(method)
    def with_key(self: A, chat: str, message: int, /, *rest: P.args, **named: P.kwargs) -> T:
        moves = self._store.moves
        with moves.lock:
            now = moves.key(chat)
            return method(self, now, message if now == chat else -abs(message), *rest, **named)

    return with_key


def is_id(text: str) -> bool:
    """Whether `text` is the id of a chat, and no damaged row."""
    return bool(CHAT.fullmatch(text))


class Moves:
    """The ids that the chats of `store` have now and had before; for several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        moved = "SELECT substr(key, ?), value FROM kept WHERE key LIKE ? || '%'"
        rows = store.read(moved, len(MOVED) + 1, MOVED, kinds=(str, str))
        self._moved: dict[str, str] = {old: new for old, new in rows if is_id(old) and is_id(new)}
        self._unsaved: dict[str, str] = {}
        # No chat gets another id while somebody holds it.
        self.lock = threading.RLock()

    @property
    def old(self) -> list[int]:
        """All ids that chats had before."""
        return list(map(int, self._moved.copy()))

    def now(self, chat: int) -> int:
        """The id that `chat` has now."""
        return int(self._moved.get(str(chat), chat)) if self._moved else chat

    def key(self, conversation: str) -> str:
        """The key that `conversation`, a chat's id or `chat/topic`, has now."""
        chat, slash, topic = conversation.partition("/")
        return f"{self._moved.get(chat, chat)}{slash}{topic}"

    def before(self, chat: int) -> tuple[int, ...]:
        """The ids that `chat` had before, the first one first."""
        return tuple(int(old) for old, new in self._moved.copy().items() if new == str(chat))

    def first(self, chat: int) -> int:
        """The first id that `chat` had, which stays the same whatever moves follow."""
        return next(iter(self.before(chat)), chat) if self._moved else chat

    def move(self, old: int, new: int) -> bool:
        """Have all that is kept for the chat `old` be kept for `new`, in one transaction.

        Returns whether `old` has another id now. What cannot be written is written by `save`.
        """
        with self.lock:
            if self.now(old) == old != self.now(new):
                self._moved.update({str(one): str(new) for one in (*self.before(old), old)})
                self._unsaved[str(old)] = str(new)
                log.info("the group %d is the supergroup %d now", old, new)
            self.save()
        return self.now(old) != old

    def save(self) -> None:
        """Write down what could not be written before."""
        with self.lock:
            for old, new in list(self._unsaved.items()):
                if self._store.write_all(*self._statements(old, new)):
                    del self._unsaved[old]

    def _statements(self, old: str, new: str) -> Iterator[Row]:
        """What rewrites each table with a column `chat`, all keys, and what is not answered yet.

        The new chat has no message of the old one: their ids become negative, which no id is.
        Where something is kept for both, what is kept for the new one stays.
        """
        for table, has_messages in self._store.read(COLUMNS):
            message = ", message = -abs(message)" if has_messages else ""
            # The names of tables are those of the schema.
            yield f'UPDATE OR IGNORE "{table}" {RENAME}{message} {ITS}', old, new
            yield f'DELETE FROM "{table}" {ITS}', old
        keys = "SELECT key FROM kept WHERE key LIKE ?"
        for (key,) in self._store.read(keys, f"%{old}%", kinds=(str,)):
            if not key.startswith(MOVED):
                parts = (new if part == old else part for part in key.split("/"))
                yield "UPDATE OR REPLACE kept SET key = ? WHERE key = ?", "/".join(parts), key
        yield "UPDATE kept SET value = ?2 WHERE value = ?1", old, new
        yield "REPLACE INTO kept VALUES (?, ?, ?)", f"{MOVED}{old}", new, time.time()
        yield READDRESS, int(old), int(new)
        yield RENUMBER, old, new
