"""All tables of what is armed, and what changes several of them at once."""

from __future__ import annotations

from engram.storage.moves import by_chat
from engram.storage.outbox import Outbox
from engram.storage.store import Row, Store
from engram.storage.watch.alert_table import AlertTable
from engram.storage.watch.armed import ARMED, OF_CHAT, SUSPENDED
from engram.storage.watch.away_table import AwayTable
from engram.storage.watch.digest_table import ON, DigestTable
from engram.storage.watch.ledger_table import LedgerTable
from engram.storage.watch.watched_table import WatchedTable


class WatchTables:
    """The tables in `store`; `outbox` is told when there may be something new to be said."""

    def __init__(self, store: Store, outbox: Outbox) -> None:
        self._store, self.outbox = store, outbox
        self.alerts, self.watched = AlertTable(store), WatchedTable(store)
        self.away, self.ledger = AwayTable(store), LedgerTable(store)
        self.digests = DigestTable(store, outbox)

    @property
    def is_lasting(self) -> bool:
        """Whether what is armed outlives the process: not if the store is in memory."""
        return self._store.is_lasting

    def write(self, *statements: Row, durable: bool = False) -> None:
        """Make these changes in one transaction.

        Those that are `durable` are safe on the disk when this returns, or raise `StoreError`.
        Others that cannot be written are lost: what was looked at is looked at again.
        """
        if durable:
            self._store.write_durably(*statements)
        else:
            self._store.write_all(*statements)
        self.outbox.arrived.set()

    @by_chat
    def suspend(self, chat: str) -> None:
        """Keep what the whole chat has armed, and look at it no more."""
        id_ = chat.partition("/")[0]
        before = {"alerts": ARMED, "watched": ARMED, "digests": ON}
        change = f"SET state = ? WHERE state = ? AND {OF_CHAT}"
        rows = (
            (f"UPDATE {table} {change}", SUSPENDED, was, id_, id_) for table, was in before.items()
        )
        self._store.write_all(*rows, later=True)
