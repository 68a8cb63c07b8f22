"""One SQLite file, and what happens when it cannot be read or written."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from engram.core.errors import StoreError
from engram.storage.moves import Moves
from engram.storage.schema import BUSY_TIMEOUT, TRIMMING, opened

if TYPE_CHECKING:
    from filelock import FileLock

log = logging.getLogger(__name__)

DAY = 86_400.0
# For how long messages, conversations and statistics are kept.
KEPT_SECONDS = 30 * DAY
# A disk that is nearly full takes one thing and refuses the next: told once in this many seconds.
QUIET = 600.0
# The last two are for a number or a text that SQLite cannot hold.
UNWRITABLE = (sqlite3.Error, OverflowError, UnicodeError)

Row = tuple[Any, ...]
T = TypeVar("T")


def put(key: str, value: str) -> Row:
    """The statement that keeps `value` under `key`."""
    return "REPLACE INTO kept VALUES (?, ?, ?)", key, value, time.time()


class Store:
    """The tables in the file `path`, or in memory without one; for several threads.

    Only the file's owner can read it. A damaged file is set aside and replaced. Where no file can
    be written the tables are in memory, and `unusable` says so: the bot starts in any case. What
    cannot be written later, on a full disk, is lost, and nothing else is: `trouble` says so until
    writing works again.
    """

    def __init__(self, path: Path | None) -> None:
        self.trouble = self.unusable = self._untold = ""
        self._quiet_until = 0.0
        self._path = path
        self._claim: FileLock | None = None
        self._closed = self._unscrubbed = False
        self._lock = threading.Lock()
        try:
            self._db = opened(path)
        except (OSError, sqlite3.Error) as err:
            self.unusable = f"{path} cannot be used ({err}): nothing will be remembered"
            log.warning("%s", self.unusable)
            self._db = opened(None)
        self.moves = Moves(self)

    def claim(self) -> None:
        """Have this file for this process alone; raises `StoreError` when another one has it.

        Only a bot claims it, so a terminal chat can use it at the same time.
        """
        # A heavy import that a terminal chat does without.
        from filelock import FileLock, Timeout

        if self._path is None or not self._path.exists():
            return
        self._claim = FileLock(f"{self._path}.lock", mode=0o600)
        try:
            self._claim.acquire(timeout=0)
        except Timeout:
            advice = "stop it, or name another file as [storage] path"
            raise StoreError(f"another bot uses {self._path}; {advice}") from None

    def take_trouble(self) -> str:
        """The trouble that the owner should be told of now, once; "" when there is none.

        What comes and goes is told at most every ten minutes.
        """
        told, self._untold = self._untold, ""
        return told

    def get(self, key: str) -> str | None:
        """The value that was put under `key` last."""
        return self.value("SELECT value FROM kept WHERE key = ?", key, default=None)

    def put(self, key: str, value: str) -> None:
        """Keep `value` under `key`."""
        self.write(*put(key, value))

    def read(self, sql: str, *values: object) -> list[Row]:
        """All rows that `sql` finds; none where the file cannot be read."""
        try:
            with self._lock:
                return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as err:
            self._note(f"{self._path} cannot be read ({err})")
            return []

    def value(self, sql: str, *values: object, default: T) -> T:
        """The one value that `sql` finds, or `default`."""
        rows = self.read(sql, *values)
        return rows[0][0] if rows else default

    def write(self, sql: str, *values: object) -> int:
        """Change rows; returns the number of an inserted row where its table counts them, else 0.

        What cannot be written is lost, and 0 is returned as well.
        """
        try:
            with self._lock:
                done = self._db.execute(sql, values)
        except UNWRITABLE as err:
            self._cannot_write(err)
            return 0
        if done.rowcount <= 0:
            return 0
        # Changing nothing would succeed on a full disk as well.
        self._note("")
        self._unscrubbed = True
        return done.lastrowid or 0

    def write_all(self, *statements: Row) -> bool:
        """Change rows by `statements`, each an SQL text with its values: all of them, or none.

        Returns whether they could be written. What they delete is taken off the disk, too.
        """
        try:
            with self._lock, self._transaction():
                for sql, *values in statements:
                    self._db.execute(sql, values)
        except UNWRITABLE as err:
            self._cannot_write(err)
            return False
        self._note("")
        self._unscrubbed = True
        self.scrub()
        return True

    def scrub(self) -> None:
        """Take what was deleted off the disk, unless another process reads it just now.

        SQLite overwrites it in the file itself, but its log keeps what was written before.
        """
        if not self._unscrubbed:
            return
        try:
            with self._lock:
                # Whoever waits for an answer does not wait for this.
                self._db.execute("PRAGMA busy_timeout = 0")
                ((busy, *_),) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                self._db.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT * 1000:.0f}")
            self._unscrubbed = bool(busy)
        except sqlite3.Error as err:
            log.debug("what was deleted is still in the log of %s: %s", self._path, err)

    def add_new(self, sql: str, rows: Iterable[Row], *with_them: Row) -> list[int | None]:
        """Insert `rows` by `sql`, which ignores known ones; returns the number of each new one.

        `with_them` are statements of the same transaction, each with its values.

        When this returns they are on the disk, and a power cut cannot undo it. Raises `StoreError`.
        """
        try:
            with self._lock, self._durable():
                done = (self._db.execute(sql, row) for row in rows)
                added = [one.lastrowid if one.rowcount > 0 else None for one in done]
                for statement, *values in with_them:
                    self._db.execute(statement, values)
        except UNWRITABLE as err:
            self._cannot_write(err)
            raise StoreError(self.trouble) from err
        if any(one is not None for one in added):
            self._note("")
        return added

    def trim(self) -> None:
        """Delete what is old and no longer needed."""
        now = time.time()
        for sql in TRIMMING:
            self.write(sql, now - KEPT_SECONDS)
        self.write("DELETE FROM kept WHERE key LIKE 'told/%' AND at < ?", now - DAY)

    def close(self) -> None:
        """Close the file, which is complete then; later reads and writes do nothing."""
        with self._lock:
            self._closed = True
            self._db.close()
        if self._claim:
            self._claim.release()

    @contextlib.contextmanager
    def _durable(self) -> Iterator[None]:
        """One transaction that survives a power cut; all others survive a crash of the process."""
        self._db.execute("PRAGMA synchronous = FULL")
        try:
            with self._transaction():
                yield
        finally:
            self._db.execute("PRAGMA synchronous = NORMAL")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        with self._db:
            yield

    def _cannot_write(self, err: Exception) -> None:
        self._note(f"{self._path} cannot be written ({err}): what happens now is not remembered")

    def _note(self, trouble: str) -> None:
        if self._closed or trouble == self.trouble:
            return
        self.trouble = trouble
        if trouble:
            log.error("%s; make room on the disk and check its permissions", trouble)
            if time.monotonic() >= self._quiet_until:
                self._quiet_until = time.monotonic() + QUIET
                self._untold = trouble
        else:
            log.info("%s works again", self._path)
