"""The table `away`: who was told that something cannot be watched."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from engram.storage.outbox import Outgoing, adding
from engram.storage.store import Row, Store
from engram.storage.watch.rows import Rows


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


class AwayTable:
    """What cannot be watched, for each chat that was told so.

    The statements that it returns are for `WatchTables.write`.
    """

    def __init__(self, store: Store) -> None:
        self._rows = Rows(store, "away", Away)

    def all(self) -> list[Away]:
        """What cannot be watched, and who was told."""
        return self._rows.find()

    def gone(self, away: Away, said: Outgoing | None) -> list[Row]:
        """The statements that note that the chat is told that something cannot be watched."""
        new = self._rows.adding(**asdict(away))
        return [new, *([adding(said, away.at, if_changed=True)] if said else [])]

    def because(self, away: Away, reason: str) -> Row:
        """The statement that notes another reason, which nobody is told."""
        sql = "UPDATE away SET reason = ? WHERE chat = ? AND exchange = ? AND symbol = ?"
        return sql, reason, away.chat, away.exchange, away.symbol

    def back(self, away: Away, said: Outgoing | None, at: float) -> list[Row]:
        """The statements that note that it can be watched again, and tell the chat."""
        sql = "DELETE FROM away WHERE chat = ? AND exchange = ? AND symbol = ?"
        told = [adding(said, at, if_changed=True)] if said else []
        return [(sql, away.chat, away.exchange, away.symbol), *told]
