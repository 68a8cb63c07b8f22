"""The table `digests`: at which minute of which time zone each chat wants its digest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from engram.core.key_value import read_json
from engram.storage.moves import by_chat
from engram.storage.outbox import Outbox, Outgoing, adding
from engram.storage.store import Store
from engram.storage.watch.armed import OF_CHAT, whole

ON, SUSPENDED = "on", "suspended"
# That of the conversation itself, or else of the chat whose topic it is.
ZONE = (
    "coalesce(nullif(zone, ''), (SELECT zone FROM digests AS whole WHERE whole.chat = "
    "substr(digests.chat, 1, instr(digests.chat || '/', '/') - 1)), '')"
)


@dataclass(frozen=True, slots=True)
class DigestPlan:
    """What the conversation `chat` wants: a digest at `minute` ("08:00"), "" for none.

    `zone` is the name of its time zone, or of its chat's where it is a topic, "" for none: UTC.
    Minute or zone were chosen at the time `at`, and the last digest was made at `made_at`, 0 before
    the first. `days` are the local dates of the last week that had one.
    """

    chat: str
    minute: str = ""
    zone: str = ""
    state: str = ON
    at: float = 0.0
    made_at: float = 0.0
    days: tuple[str, ...] = ()


class DigestTable:
    """The plans of all chats; a `chat` is the key of a conversation."""

    def __init__(self, store: Store, outbox: Outbox) -> None:
        self._store, self._outbox = store, outbox

    @property
    def is_lasting(self) -> bool:
        """Whether a plan outlives the process."""
        return self._store.is_lasting

    @by_chat
    def plan(self, chat: str) -> DigestPlan:
        """What the conversation wants."""
        known = next(iter(self._plans("WHERE chat = ?", chat)), None)
        id_, slash, _ = chat.partition("/")
        return known or DigestPlan(chat, zone=self.plan(id_).zone if slash else "")

    @by_chat
    def of_chat(self, chat: str) -> list[DigestPlan]:
        """The plans of the whole chat, whichever of its topics `chat` names."""
        return self._plans(f"WHERE {OF_CHAT} ORDER BY chat", *whole(chat))

    def wanted(self) -> list[DigestPlan]:
        """The plans of all conversations that want a digest."""
        return self._plans(f"WHERE state = '{ON}' AND minute <> ''")

    @by_chat
    def put_minute(self, chat: str, minute: str, at: float) -> None:
        """Have a digest at `minute`, or none, asked for at the time `at`. Raises `StoreError`."""
        sql = (
            "INSERT INTO digests (chat, minute, at) VALUES (?, ?, ?) ON CONFLICT (chat) DO UPDATE "
            f"SET minute = excluded.minute, at = excluded.at, state = '{ON}'"
        )
        self._store.write_durably((sql, chat, minute, at))

    @by_chat
    def put_zone(self, chat: str, zone: str, at: float) -> None:
        """Have the time zone `zone` in the conversation, chosen at the time `at`.

        Topics that have chosen none follow their chat. Raises `StoreError`.
        """
        sql = (
            "INSERT INTO digests (chat, zone, at) VALUES (?, ?, ?) "
            "ON CONFLICT (chat) DO UPDATE SET zone = excluded.zone, at = excluded.at"
        )
        topics = "UPDATE digests SET at = ? WHERE chat LIKE ? || '/%' AND zone = ''"
        self._store.write_durably((sql, chat, zone, at), (topics, at, chat))

    def made(self, plan: DigestPlan, days: Sequence[str], said: Outgoing | None, at: float) -> bool:
        """Note that the digest of the last of `days` was made at `at`, with its message, if any.

        Returns whether it was: not if another process has made one since `plan` was read. Raises
        `StoreError`.
        """
        sql = (
            "UPDATE digests SET days = ?, made_at = ? "
            f"WHERE chat = ? AND made_at = ? AND state = '{ON}' AND minute <> ''"
        )
        told = [adding(said, at, if_changed=True)] if said else []
        change = (sql, json.dumps(list(days)), at, plan.chat, plan.made_at)
        done, *_ = self._store.write_durably(change, *told)
        self._outbox.arrived.set()
        return done.rowcount > 0

    def _plans(self, where: str, *values: object) -> list[DigestPlan]:
        sql = f"SELECT chat, minute, {ZONE}, state, at, made_at, days FROM digests {where}"
        kinds = (str, str, str, str, float | int, float | int, str)
        rows = self._store.read(sql, *values, kinds=kinds)
        return [DigestPlan(*(*row[:-1], _days(row[-1]))) for row in rows]


def _days(kept: str) -> tuple[str, ...]:
    days = read_json(kept)
    return tuple(map(str, days)) if isinstance(days, list) else ()
