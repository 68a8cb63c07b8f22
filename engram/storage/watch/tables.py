"""All tables of what is armed, and what changes several of them at once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from engram.core.key_value import read_json
from engram.storage.moves import by_chat, is_id
from engram.storage.outbox import IS_OPEN, TERMINAL, Outbox, Outgoing, adding
from engram.storage.store import Row, Store, put
from engram.storage.watch.alert_table import AlertTable
from engram.storage.watch.armed import (
    ARMED,
    OF_CHAT,
    SUSPENDED,
    ArmedRow,
    ArmedTable,
    Job,
    Place,
    whole,
)
from engram.storage.watch.away_table import AwayTable
from engram.storage.watch.digest_table import ON, DigestTable
from engram.storage.watch.ledger_table import LedgerTable
from engram.storage.watch.watched_table import WatchedTable

T = TypeVar("T", bound=ArmedRow)

# The keys of chats that are suspended, each with its id.
SUSPENDS = "suspended/"
# The key of when the store was put back from a backup.
RESTORED = "backup/restored"


class WatchTables:
    """The tables in `store`; `outbox` is told when there may be something new to be said.

    `owners` tells the chats that own the bot: what is armed in the terminal is theirs, too.
    `restored_at` is when the store was put back from a backup (s since the epoch; 0: never).
    """

    def __init__(
        self, store: Store, outbox: Outbox, owners: Callable[[], Collection[int]] = tuple
    ) -> None:
        self._store, self.outbox, self._owners = store, outbox, owners
        self.alerts, self.watched = AlertTable(store), WatchedTable(store)
        self.away, self.ledger = AwayTable(store), LedgerTable(store)
        self.digests = DigestTable(store, outbox)
        self.restored_at = _seconds(read_json(store.get(RESTORED)))

    @property
    def is_lasting(self) -> bool:
        """Whether what is armed outlives the process: not if the store is in memory."""
        return self._store.is_lasting

    def jobs(self) -> set[Job]:
        """Where something has to be looked at."""
        sql = (
            "SELECT DISTINCT exchange, symbol, timeframe, condition NOT LIKE 'price %' FROM alerts "
            f"WHERE state = '{ARMED}' UNION "
            f"SELECT exchange, symbol, timeframe, 1 FROM watched WHERE state = '{ARMED}'"
        )
        rows = self._store.read(sql, kinds=(str, str, str, int))
        return {Job(Place(*row[:3]), bool(row[3])) for row in rows}

    def write(self, *statements: Row, durable: bool = False) -> None:
        """Make these changes in one transaction.

        Those that are `durable` are safe on the disk when this returns, or raise `StoreError` and
        are never made. Others that another process prevents are made later; what the disk does not
        take is lost, and what was looked at is looked at again.
        """
        if durable:
            self._store.write_durably(*statements)
            self.outbox.arrived.set()
        else:
            self._store.write_all(*statements, later=True)

    @by_chat
    def suspend(self, chat: str) -> bool:
        """Keep what the whole chat has armed, and look at it no more.

        What is to be said there waits, too, until `welcome`. Returns whether that is written.
        """
        before = {"alerts": ARMED, "watched": ARMED, "digests": ON}
        change = f"SET state = ? WHERE state = ? AND {OF_CHAT}"
        all_of_it = whole(chat)
        rows = (
            (f"UPDATE {table} {change}", SUSPENDED, was, *all_of_it)
            for table, was in before.items()
        )
        return self._store.write_all(*rows, put(f"{SUSPENDS}{all_of_it[0]}", "yes"), later=True)

    @by_chat
    def welcome(self, chat: str, said: Outgoing | None, at: float) -> None:
        """Say again what is to be said in the whole chat, and at last `said`, at the time `at`.

        What is suspended stays so until somebody arms it anew.
        """
        forget = ("DELETE FROM kept WHERE key = ?", f"{SUSPENDS}{chat.partition('/')[0]}")
        self._store.write_all(forget, *([adding(said, at)] if said else []), later=True)
        self.outbox.arrived.set()

    def suspended_chats(self) -> list[int]:
        """The ids of the chats to which nothing is said."""
        sql = "SELECT substr(key, ?) FROM kept WHERE key LIKE ? || '%'"
        rows = self._store.read(sql, len(SUSPENDS) + 1, SUSPENDS, kinds=(str,))
        return [int(chat) for (chat,) in rows if is_id(chat)]

    def waiting(self) -> tuple[int, int]:
        """How many messages have not arrived: of chats that can be told, and of the others.

        Those are suspended, or the terminal's while nobody owns the bot.
        """
        suspended = {str(chat) for chat in self.suspended_chats()}
        if not self._owners():
            suspended.add(TERMINAL)
        sql = f"SELECT chat, count(*) FROM outbox WHERE {IS_OPEN} GROUP BY chat"
        found = [0, 0]
        for chat, count in self._store.read(sql, kinds=(str, int)):
            found[self.key(chat).partition("/")[0] in suspended] += count
        return found[0], found[1]

    def chats(self) -> set[str]:
        """The conversations for which something is looked at or is to be said."""
        alerts = (one.chat for one in self.alerts.armed())
        watched = (one.chat for one in self.watched.armed())
        digests = (one.chat for one in self.digests.wanted())
        return {*alerts, *watched, *digests, *self.outbox.chats()}

    def key(self, chat: str) -> str:
        """The key that the conversation has now."""
        return self._store.moves.key(chat)

    def homes(self, chat: str) -> tuple[str, ...]:
        """The conversations whose alerts and watched markets are also those of `chat`."""
        id_ = self.key(chat).partition("/")[0]
        owns = is_id(id_) and int(id_) in self._owners()
        return (chat, TERMINAL) if owns else (chat,)

    def find(self, table: ArmedTable[T], chat: str, number: int) -> T | None:
        """The row of that number, if it is one of the whole chat or of the owner's terminal."""
        found = (table.in_chat(home, number) for home in self.homes(chat))
        return next(filter(None, found), None)


def _seconds(kept: Any) -> float:
    """A time that was kept; 0 for what is none."""
    return float(kept) if isinstance(kept, int | float) else 0.0
