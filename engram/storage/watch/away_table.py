"""The table `away`: who was told that something cannot be watched."""

from __future__ import annotations

from dataclasses import dataclass, fields

from engram.storage.outbox import Outgoing, adding
from engram.storage.store import Row, Store
from engram.storage.watch.armed import KINDS


@dataclass(frozen=True, slots=True)
class Away:
    """That `chat` was told at the time `at` that an exchange cannot be watched, and why.

    With a `symbol` it is that market alone.
    """

    chat: str
    exchange: str
    symbol: str
    reason: str
    at: float


COLUMNS = ", ".join(one.name for one in fields(Away))
AWAY_KINDS = [KINDS[str(one.type)] for one in fields(Away)]


class AwayTable:
    """What cannot be watched, for each chat that was told so.

    The statements that it returns are for `WatchTables.write`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> list[Away]:
        """What cannot be watched, and who was told."""
        rows = self._store.read(f"SELECT {COLUMNS} FROM away", kinds=AWAY_KINDS)
        return [Away(*row) for row in rows]

    def gone(self, away: Away, said: Outgoing) -> list[Row]:
        """The statements that note that the chat is told that something cannot be watched."""
        sql = f"INSERT OR IGNORE INTO away ({COLUMNS}) VALUES (?, ?, ?, ?, ?)"
        row = (away.chat, away.exchange, away.symbol, away.reason, away.at)
        return [(sql, *row), adding(said, away.at, if_changed=True)]

    def back(self, away: Away, said: Outgoing | None, at: float) -> list[Row]:
        """The statements that note that it can be watched again, and tell the chat."""
        sql = "DELETE FROM away WHERE chat = ? AND exchange = ? AND symbol = ?"
        told = [adding(said, at, if_changed=True)] if said else []
        return [(sql, away.chat, away.exchange, away.symbol), *told]
