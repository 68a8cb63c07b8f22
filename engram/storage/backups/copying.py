"""Copies a store of ours, whoever works with it meanwhile, and tells what is in the copy."""

from __future__ import annotations

import contextlib
import glob
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engram.core.errors import StoreError
from engram.storage.claim import UnusableError
from engram.storage.examine import (
    UNFIT,
    UNLOCKED,
    connect,
    examine,
    reason,
    require_sound,
    value_of,
)
from engram.storage.opening import list_files

# The key under which a backup keeps of which moment it is; no store has it.
MADE = "backup/at"
# A moment from here on (s since the epoch) is none.
LATEST = 1e11
# So many pages are copied between two looks at whether the process is to end.
STEP = 1000
# What the name of a copy ends in while it is made; people call no file of theirs so.
PART = ".engram-part"
# Nobody has written to a copy for so long (s) that is still being made.
LEFT = 3600.0
# What SQLite says of a step that another process prevents: "busy", "locked".
PREVENTED = (5, 6)
# What people would miss, by its table.
COUNTS = {
    "turns": "SELECT count(*) FROM turns",
    "alerts": "SELECT count(*) FROM alerts WHERE state = 'armed'",
    "watched": "SELECT count(*) FROM watched WHERE state = 'armed'",
    "digests": "SELECT count(*) FROM digests WHERE state = 'on' AND minute <> ''",
    "ledger": "SELECT count(*) FROM ledger WHERE state <> 'ready'",
}
NO_STORE = "{file} is no store of Engram's that can be read: {why}"
ITSELF = "{file} belongs to the store that [storage] path names: name another file"
LOCKED, FULL = "another program has it open: end that first", "the disk is full: make room there"
ALONE = "copy it, with the files beside it, to a folder that you may write to, and name it there"
# What SQLite and the system say, as people read it.
IN_WORDS = {
    "database is locked": LOCKED,
    "database or disk is full": FULL,
    "No space left on device": FULL,
    "disk I/O error": "the disk cannot be read or written; is it full?",
    "database disk image is malformed": "it is damaged",
    "file is not a database": "it is damaged",
    "attempt to write a readonly database": ALONE,
    "unable to open database file": ALONE,
}
# What belongs to a store, by its ending.
ITS_FILES = ("", "-wal", "-shm", "-journal", ".lock", ".watch")


@dataclass(frozen=True, slots=True)
class Backup:
    """What is in a backup: a store as it was `at` that time (s since the epoch).

    `counts` tells how many rows of the kinds in `COUNTS` there are.
    """

    file: Path
    at: float
    counts: Mapping[str, int]


@contextlib.contextmanager
def raised_as(text: str, **names: Path) -> Iterator[None]:
    """Raise what is raised as the `StoreError` that `text` says, of `names` and of why."""
    try:
        yield
    except UNFIT as err:
        why = reason(err)
        raise StoreError(text.format(**names, why=IN_WORDS.get(why, why))) from err


def require_apart(other: Path, file: Path) -> None:
    """Raises `StoreError` if `other` is the store `file`, or belongs to it."""
    its = [file.with_name(f"{file.name}{ending}") for ending in ITS_FILES]
    if other in its or any(_are_same(other, one) for one in its):
        raise StoreError(ITSELF.format(file=other))


def require_store(file: Path) -> None:
    """Raises `UnusableError`, `OSError` or `sqlite3.Error` if `file` is none that can be read.

    What a killed restore has begun in it is undone: it would be read as if it were whole.
    """
    if not file.stat().st_size and file.is_file():
        raise UnusableError("it is empty")
    if damage := examine(file):
        raise damage
    if file.with_name(f"{file.name}-journal").exists():
        with contextlib.closing(connect(file)) as db:
            db.execute("SELECT count(*) FROM sqlite_master")


def _are_same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def made_at(file: Path) -> float | None:
    """Of which moment the store in `file` is a backup; None if it is none."""
    try:
        at = float(str(value_of(file, MADE)))
    except ValueError:
        return None
    return at if 0 <= at < LATEST else None


@contextlib.contextmanager
def new_part(to: Path) -> Iterator[Path]:
    """A new file beside `to`, for this user alone, which is gone in the end.

    What processes that were killed have left of such files is deleted.
    """
    for left in to.parent.glob(f"{glob.escape(to.name)}.*{PART}*"):
        # What is gone meanwhile, or must not be deleted, keeps nobody from a new one.
        with contextlib.suppress(OSError):
            if left.stat().st_mtime < time.time() - LEFT:
                left.unlink()
    opened, name = tempfile.mkstemp(PART, f"{to.name}.", to.parent)
    os.close(opened)
    try:
        yield Path(name)
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            Path(f"{name}{ending}").unlink(missing_ok=True)


def written(file: Path, how: str, to: Path) -> float:
    """Make the file `to` a backup of the store `file` of this moment, which is returned."""
    at = time.time()
    with new_part(to) as part:
        copy(file, how, part, at)
        part.replace(to)
    list_files(to.parent)
    return at


def copy(file: Path, how: str, part: Path, at: float) -> None:
    """Copy the store `file`, opened like that, into `part`, and see whether it is sound.

    SQLite has the disk keep what it writes.
    """
    with contextlib.closing(connect(file, how)) as db:
        # All steps copy this moment: without that each write of a bot would begin the copy anew.
        db.execute("BEGIN")
        db.execute("SELECT count(*) FROM sqlite_master")
        with contextlib.closing(connect(part)) as made:
            db.backup(made, pages=STEP, progress=unless_locked)
            # One file, without a log beside it.
            made.execute("PRAGMA journal_mode = DELETE")
            require_sound(made)
            made.execute("REPLACE INTO kept VALUES (?, ?, ?)", (MADE, str(at), at))


def content(file: Path) -> dict[str, int]:
    """How many rows of the kinds in `COUNTS` there are; earlier editions have not all tables."""
    with contextlib.closing(connect(file, UNLOCKED)) as db:
        found = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
        return {
            table: db.execute(sql).fetchone()[0] if table in found else 0
            for table, sql in COUNTS.items()
        }


def unless_locked(status: int, _left: int, _total: int) -> None:
    """End a copy that another process prevents, which would wait for ever."""
    if status in PREVENTED:
        raise sqlite3.OperationalError(LOCKED)
