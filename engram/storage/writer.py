"""Writes whole transactions, one at a time, and lets nobody wait long for another process."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

log = logging.getLogger(__name__)

Row = tuple[Any, ...]
# How long (s) a change waits for its turn; a disk that takes longer hangs.
PATIENCE = 5.0
# How often (s) it is tried again while the file is locked.
RETRY = 0.05
# What may wait in memory, and about what a change takes besides its values; bytes.
MOST, EACH = 32_000_000, 500
TEXTS = (str, bytes)
# So many that waited are one transaction.
AT_ONCE = 1000
# The last changes of a process wait so long (s).
AT_THE_END = 0.5


@dataclass(slots=True, eq=False)
class Change:
    """One transaction: `statements` are SQL texts, each with its values.

    `done` are the cursors of all of them, once they are in the file; `error` tells why they cannot
    be. Neither is set for what waits in memory until the file is free. `size` is about how much
    memory it takes, in bytes.
    """

    statements: Sequence[Row]
    done: list[sqlite3.Cursor] | None = None
    error: Exception | None = None
    size: int = field(init=False)

    def __post_init__(self) -> None:
        texts = (value for row in self.statements for value in row[1:] if isinstance(value, TEXTS))
        self.size = EACH * len(self.statements) + sum(map(len, texts))

    @property
    def is_done(self) -> bool:
        """Whether it is in the file, or cannot be."""
        return self.done is not None or self.error is not None


class Writer:
    """The one writer of the database `db`, for all threads; raises nothing that SQLite does.

    Whoever has the turn writes what all others have asked for by then, in one transaction and in
    the order in which they asked. While another process has the file locked nobody waits: changes
    are kept in memory, and a thread writes them once the file is free. `locked` is how long that
    has lasted.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        # Reentrant: a signal may end the main thread between taking its turn and working.
        self.turn = threading.RLock()
        self._db = db
        # Guards what follows.
        self._gate = threading.Lock()
        self._queue: deque[Change] = deque()
        self._size = 0
        self._locked_since: float | None = None
        self._closed = threading.Event()

    @property
    def locked(self) -> float:
        """For how many seconds changes have been waiting in memory; 0 if there are none."""
        since = self._locked_since
        return 0.0 if since is None else time.monotonic() - since

    def write(self, change: Change, *, later: bool = True) -> Change:
        """Write `change`, and return once it is in the file, where it survives a crash.

        If it cannot be written soon because the file is locked, it is written `later`, or never.
        """
        with self._gate:
            is_locked = self._locked_since is not None
            if later and self._size + change.size > MOST:
                change.error = MemoryError("too much is waiting to be written")
            elif later:
                self._queue.append(change)
                self._size += change.size
        if change.error or is_locked:
            return change
        if self.turn.acquire(timeout=PATIENCE):
            try:
                if not change.is_done and self._locked_since is None:
                    self._take(None if later else change)
            finally:
                self.turn.release()
        if not change.is_done:
            self._catch_up_soon()
        return change

    def close(self) -> int:
        """Write what still can be, and close the database; returns how many changes are lost."""
        self._closed.set()
        if self.turn.acquire(timeout=AT_THE_END):
            try:
                self._take(None, all_at_once=True)
                self._db.close()
            finally:
                self.turn.release()
        return len(self._queue)

    def _take(self, last: Change | None = None, *, all_at_once: bool = False) -> None:
        """Write what waits, and then `last`; what the file's lock prevents goes on waiting."""
        with self._gate:
            most = len(self._queue)
            if not (last or all_at_once):
                most = min(most, AT_ONCE)
            waiting = [self._queue.popleft() for _ in range(most)]
        batch = [*waiting, last] if last else waiting
        try:
            if len(batch) == 1 or not self._write_together(batch):
                for change in batch:
                    self._write_one(change)
        except BlockingIOError:
            log.debug("the file is locked by another process")
        finally:
            left = [change for change in waiting if not change.is_done]
            with self._gate:
                self._queue.extendleft(reversed(left))
                self._size -= sum(change.size for change in waiting if change.is_done)

    def _write_together(self, batch: list[Change]) -> bool:
        """Write all of `batch` in one transaction; False if one of them cannot be written."""
        try:
            with self._transaction():
                done = [self._execute(change) for change in batch]
        except BlockingIOError:
            raise
        except Exception as err:
            log.debug("each change by itself: %s", err)
            return False
        for change, cursors in zip(batch, done, strict=True):
            change.done = cursors
        return True

    def _write_one(self, change: Change) -> None:
        try:
            if len(change.statements) == 1 and not self._db.in_transaction:
                done = self._execute(change)
            else:
                with self._transaction():
                    done = self._execute(change)
        except BlockingIOError:
            raise
        except Exception as err:
            if is_busy(err):
                raise BlockingIOError from err
            # Also one that only a mistake of the caller explains, who gets it back.
            change.error = err
        else:
            change.done = done

    def _execute(self, change: Change) -> list[sqlite3.Cursor]:
        return [self._db.execute(sql, values) for sql, *values in change.statements]

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        if self._db.in_transaction:
            # A signal has ended the thread that was in the middle of it.
            self._db.execute("ROLLBACK")
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as err:
            if is_busy(err):
                raise BlockingIOError from err
            raise
        with self._db:
            yield

    def _catch_up_soon(self) -> None:
        with self._gate:
            if self._locked_since is not None or self._closed.is_set() or not self._queue:
                return
            self._locked_since = time.monotonic()
        log.warning("the store is locked: what happens is written when it is free")
        threading.Thread(target=self._catch_up, name="writer", daemon=True).start()

    def _catch_up(self) -> None:
        while not self._closed.wait(RETRY):
            with self.turn:
                self._take()
            with self._gate:
                if not self._queue:
                    self._locked_since = None
                    break
        log.info("the store is free again: all that waited is written")


def is_busy(err: Exception) -> bool:
    """Whether another process has the file locked."""
    return isinstance(err, sqlite3.OperationalError) and "is locked" in str(err)
