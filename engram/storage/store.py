"""One SQLite file, and what happens when it cannot be read or written."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar

from engram.core.errors import StoreError
from engram.storage.moves import Moves
from engram.storage.opening import BUSY, open_store
from engram.storage.schema import TRIMMING
from engram.storage.writer import Change, Writer

log = logging.getLogger(__name__)

DAY = 86_400.0
# For how long messages, conversations and statistics are kept.
KEPT_SECONDS = 30 * DAY
# A disk that is nearly full takes one thing and refuses the next: told once in this many seconds.
QUIET = 600.0
# A lock that another process has for so long (s) is told to the owner.
LONG_LOCK = 10.0
# The last ones are for a number or a text that SQLite cannot hold, and for too many changes.
UNWRITABLE = (sqlite3.Error, OverflowError, UnicodeError, MemoryError)

UNWRITTEN = "cannot be written ({err}): what happens now is not remembered"
GONE = (
    "{file} was deleted, emptied or replaced while Engram works with it: what happens now is lost "
    "when Engram ends; start it again to begin anew with the file that is there"
)

Row = tuple[Any, ...]
Kind = type | UnionType
T = TypeVar("T")


def put(key: str, value: str) -> Row:
    """The statement that keeps `value` under `key`."""
    return "REPLACE INTO kept VALUES (?, ?, ?)", key, value, time.time()


class Store:
    """The tables in the file `path`, or in memory without one; for several threads.

    Only the file's owner can read it. A damaged file is set aside and replaced. Where no file can
    be written the tables are in memory: the bot starts in any case, and `warnings` say so. What
    cannot be written later, on a full disk, is lost, and nothing else is: `trouble` says so until
    writing works again. What cannot be written because another process has the file locked is
    written once it is free. What is damaged in a row costs that row alone.

    With `alone` no other bot has the file at the same time; a terminal chat may. Raises
    `StoreError` when another one has it, or a newer version of Engram made it.
    """

    def __init__(self, path: Path | None, *, alone: bool = False) -> None:
        self.trouble = ""
        self._quiet_until = 0.0
        self._path = path
        self._closed = self._unscrubbed = self._is_lock_told = self._is_gone = False
        self._odd: set[str] = set()
        self._opened = opened = open_store(path, alone=alone)
        self.warnings = opened.warnings
        self._untold = [*opened.warnings]
        self._writer = Writer(opened.writer)
        self._reader = opened.reader
        # In memory there is one connection for all.
        self._reading = threading.RLock() if opened.file else self._writer.turn
        self.moves = Moves(self)

    @property
    def file(self) -> Path | None:
        """The file, wherever links lead; None in memory."""
        return self._opened.file

    @property
    def is_lasting(self) -> bool:
        """Whether it outlives the process: not if it is in memory."""
        return self.file is not None

    def take_trouble(self) -> str:
        """The trouble that the owner should be told of now, once; "" when there is none.

        What comes and goes is told at most every ten minutes.
        """
        is_locked = self._writer.locked > LONG_LOCK
        if is_locked and not self._is_lock_told:
            self._tell(f"{self._path} is locked by another process: what happens is written later")
        self._is_lock_told = is_locked
        if not self._is_gone and not self._opened.is_in_place:
            self._is_gone = True
            self._untold.append(GONE.format(file=self._path))
            log.error("%s", self._untold[-1])
        return self._untold.pop(0) if self._untold else ""

    def get(self, key: str) -> str | None:
        """The value that was put under `key` last."""
        return self.value("SELECT value FROM kept WHERE key = ?", key, default=None, kind=str)

    def put(self, key: str, value: str) -> None:
        """Keep `value` under `key`."""
        self.write(*put(key, value))

    def read(self, sql: str, *values: object, kinds: Sequence[Kind] = ()) -> list[Row]:
        """All rows that `sql` finds; none where the file cannot be read.

        Rows whose values are not of the `kinds` are damaged, and are left out.
        """
        try:
            with self._reading:
                rows = self._reader.execute(sql, values).fetchall()
        except UNWRITABLE as err:
            self._note(f"cannot be read ({err})")
            return []
        if not kinds:
            return rows
        return [row for row in rows if self._is_sound(row, kinds, sql)]

    def value(self, sql: str, *values: object, default: T, kind: Kind | None = None) -> T:
        """The one value that `sql` finds, or `default`; also where it is not of its kind."""
        kind = kind or (float | int if isinstance(default, float) else type(default))
        rows = self.read(sql, *values, kinds=(kind,))
        return rows[0][0] if rows else default

    def write(self, sql: str, *values: object) -> bool:
        """Change rows, and return once that is on the disk; False if it is not.

        What cannot be written is lost. What another process prevents is written when it is done.
        """
        return self.write_all((sql, *values), later=True)

    def write_all(self, *statements: Row, later: bool = False) -> bool:
        """Change rows by `statements`, each an SQL text with its values: all of them, or none.

        Returns whether they were. What another process prevents is written `later`, or never. What
        they delete is taken off the disk, too.
        """
        try:
            self._write(*statements, later=later)
        except StoreError:
            return False
        if not later:
            self.scrub()
        return True

    def scrub(self) -> None:
        """Take what was deleted off the disk, unless another process reads it just now.

        SQLite overwrites it in the file itself, but its log keeps what was written before.
        """
        if not self._unscrubbed or self._writer.locked:
            return
        db = self._opened.writer
        try:
            with self._writer.turn, self._reading:
                # Whoever waits for an answer does not wait for this.
                db.execute("PRAGMA busy_timeout = 0")
                ((busy, *_),) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                db.execute(f"PRAGMA busy_timeout = {BUSY * 1000:.0f}")
            self._unscrubbed = bool(busy)
        except sqlite3.Error as err:
            log.debug("what was deleted is still in the log of %s: %s", self._path, err)

    def add_new(self, sql: str, rows: Iterable[Row], *with_them: Row) -> list[int | None]:
        """Insert `rows` by `sql`, which ignores known ones; returns the number of each new one.

        `with_them` are statements of the same transaction, each with its values. Raises
        `StoreError` if they cannot be written, or another process prevents it: then they are later.
        """
        new = [(sql, *row) for row in rows]
        done = self._write(*new, *with_them)[: len(new)]
        return [one.lastrowid if one.rowcount > 0 else None for one in done]

    def write_durably(self, *statements: Row) -> list[sqlite3.Cursor]:
        """Change rows by `statements`, all or none; returns what each of them did.

        When this returns a power cut cannot undo it. Raises `StoreError` if they cannot be written,
        also because another process has the file locked: then they never are.
        """
        done = self._write(*statements, later=False)
        self.write_through()
        return done

    def write_through(self) -> None:
        """Have a power cut undo nothing of what is written; no writer waits for it."""
        try:
            self._opened.write_through()
        except OSError as err:
            self._note(UNWRITTEN.format(err=err.strerror))

    def trim(self, now: float) -> None:
        """Delete what is old and no longer needed at the time `now` (seconds since the epoch)."""
        for sql in TRIMMING:
            self.write(sql, now - KEPT_SECONDS)
        # No pause of Telegram's is kept for longer, and nobody is told the same thing twice a day.
        for passing in ("told/%", "telegram/pauses/%"):
            self.write("DELETE FROM kept WHERE key LIKE ? AND at < ?", passing, now - DAY)

    def close(self) -> None:
        """Close the file, which is complete then; later reads and writes do nothing."""
        self._closed = True
        if lost := self._writer.close():
            log.error("%s is locked by another process: %d changes are lost", self._path, lost)
        with self._reading:
            self._opened.close()

    def _write(self, *statements: Row, later: bool = True) -> list[sqlite3.Cursor]:
        """What each of the statements did; raises `StoreError` if they are not written now."""
        change = self._writer.write(Change(statements), later=later)
        if change.error:
            if not isinstance(change.error, UNWRITABLE):
                raise change.error
            self._note(UNWRITTEN.format(err=change.error))
        elif any(one.rowcount > 0 for one in change.done or ()):
            # Changing nothing would succeed on a full disk as well.
            self._note("")
            self._unscrubbed = True
        if change.done is None:
            raise StoreError(self.trouble or f"{self._path} is locked by another process")
        return change.done

    def _is_sound(self, row: Row, kinds: Sequence[Kind], sql: str) -> bool:
        if all(map(isinstance, row, kinds)):
            return True
        if sql not in self._odd:
            self._odd.add(sql)
            log.error("%s has a damaged row, which is left out: %s", self._path, sql)
        return False

    def _note(self, trouble: str) -> None:
        trouble = trouble and f"{self._path} {trouble}"
        if self._closed or trouble == self.trouble:
            return
        self.trouble = trouble
        if trouble:
            log.error("%s; make room on the disk and check its permissions", trouble)
            self._tell(trouble)
        else:
            log.info("%s works again", self._path)

    def _tell(self, trouble: str) -> None:
        if time.monotonic() >= self._quiet_until:
            self._quiet_until = time.monotonic() + QUIET
            self._untold.append(trouble)
