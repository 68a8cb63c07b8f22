"""Writes what looks have found; what the store cannot take is said all the same."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engram.core.errors import StoreError
from engram.core.listener import NOBODY, Listener
from engram.storage.outbox import Outgoing
from engram.storage.store import Row
from engram.storage.watch.tables import WatchTables

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class News:
    """Something to be said, of the alert or watched market `key`.

    `kept` are the statements that note it and put it into the outbox, `direct` the one that notes
    that it was said without that.
    """

    key: str
    kept: Sequence[Row]
    said: Outgoing
    direct: Row


class Telling:
    """Writes into `tables`, and has `send` send what cannot be written; for several threads.

    `listener` hears of all that is told, and `waits` tells whether what was given to `send` has not
    arrived yet: what never does is found again by the next process.
    """

    def __init__(
        self,
        tables: WatchTables,
        send: Callable[[Outgoing], None],
        listener: Listener = NOBODY,
        waits: Callable[[Outgoing], bool] = lambda _said: False,
    ) -> None:
        self._tables, self._send, self._listener = tables, send, listener
        self._waits = waits
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        # What was said and is not noted yet, by the key of what it was about.
        self._unwritten: dict[str, News] = {}

    def stop(self) -> None:
        """Tell nothing more: the next process finds it again."""
        self._stopped.set()
        self.catch_up()

    def is_said(self, key: str) -> bool:
        """Whether something about it was said, which could not be noted yet."""
        with self._lock:
            return key in self._unwritten

    def tell(self, news: Sequence[News], others: Sequence[Row]) -> None:
        """Write `others`, and have all `news` told, in one transaction."""
        rows = [*others, *(row for one in news for row in one.kept)]
        if not rows or self._stopped.is_set():
            return
        try:
            self._tables.write(*rows, durable=bool(news))
        except StoreError as err:
            if self._stopped.is_set():
                return
            log.warning("said without being kept: %s", err)
            with self._lock:
                self._unwritten.update((one.key, one) for one in news)
            for one in news:
                self._send(one.said)
        for one in news:
            self._listener.made(one.said.kind)

    def catch_up(self) -> None:
        """Note what was said and has arrived, if the store takes it now."""
        with self._lock:
            left = [one for one in self._unwritten.values() if not self._waits(one.said)]
        if not left:
            return
        try:
            self._tables.write(*(one.direct for one in left), durable=True)
        except StoreError as err:
            log.info("what was said is noted later: %s", err)
            return
        with self._lock:
            for one in left:
                self._unwritten.pop(one.key, None)
