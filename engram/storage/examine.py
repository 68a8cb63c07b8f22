"""Tells a store of ours from everything else that a path may lead to, and reads one value of it."""

import contextlib
import os
import re
import sqlite3
import stat
from pathlib import Path

from engram.core.errors import StoreError
from engram.storage.claim import UnusableError, is_claimed
from engram.storage.schema import APPLICATION_ID, MIGRATIONS

# How long (s) a statement waits for another process at the start.
AT_START = 5.0
# Without its log and without a lock, or with both.
UNLOCKED, READ_ONLY = "mode=ro&immutable=1", "mode=ro"
MAGIC = b"SQLite format 3\0"
HEADER = 100
# A file without any content is ours if it is named like a database.
DATABASES = (".db", ".db3", ".sqlite", ".sqlite3")
OURS = "kept"
# What a check of the file says when nothing is damaged except for a value in some row.
IN_A_ROW = re.compile(r"ok$|(NULL|NUMERIC|TEXT|non-\w+) value in |CHECK constraint failed")
LOOKED_AT = 1000
# A text that is longer is damaged.
LONGEST_TEXT = 2_000_000
NEWER = (
    "{file} is of a newer version of Engram (schema {found}, this version knows {known}): update "
    "Engram, or name another file as [storage] path"
)


# What is raised where a file cannot be used as a store.
UNFIT = (OSError, ValueError, sqlite3.Error, UnusableError)


class NewerError(StoreError):
    """The store is ours, and of a version that is still to come."""


def examine(file: Path) -> sqlite3.Error | None:
    """Look at `file` without changing anything; returns what is damaged, as far as that is certain.

    Raises `UnusableError` if it is not our store, and `NewerError` if a newer Engram made it.
    """
    try:
        mode = file.stat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        # To open a pipe could last for ever.
        what = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise UnusableError(f"it is {what}, and no file")
    for ending in ("-wal", "-shm", "-journal"):
        beside = file.with_name(file.name + ending)
        if beside.exists() and not beside.is_file():
            raise UnusableError(f"{beside.name} is no file")
    with file.open("rb") as content:
        header = content.read(HEADER)
    if not header.strip(b"\0") and file.suffix.lower() in DATABASES:
        return None
    if not header.startswith(MAGIC):
        raise UnusableError("there is another file in its place, which is no database")
    how = untouching(file)
    try:
        with contextlib.closing(connect(file, how)) as db:
            require_ours(file, db)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as err:
        # Whoever opens it to write would lose its log.
        return err if how == READ_ONLY else None
    return None


def noted(path: Path, key: str) -> str | None:
    """What is kept under `key` in the store of the bot that works with `path`; None if none does.

    It is "" if there is nothing. Nothing is changed, and no file made. Raises `StoreError` if the
    store cannot be read.
    """
    try:
        file = real_path(path)
        if not is_claimed(file):
            return None
        if damage := examine(file):
            raise damage
        found = value_of(file, key)
    except UNFIT as err:
        raise StoreError(f"{path} cannot be read: {reason(err)}") from err
    return "" if found is None else str(found)


def value_of(file: Path, key: str) -> object:
    """What is kept under `key` in the store `file`, None for nothing; `file` is not changed."""
    with contextlib.closing(connect(file, untouching(file))) as db:
        found = db.execute("SELECT value FROM kept WHERE key = ?", (key,)).fetchone()
    return found[0] if found else None


def reason(err: Exception) -> str:
    """Why a file cannot be used; of an `OSError` without the path, which people are told before."""
    return getattr(err, "strerror", None) or str(err)


def real_path(path: Path) -> Path:
    """Where links lead; in a circle of links, to one of them."""
    return Path(os.path.realpath(path))


def untouching(file: Path) -> str:
    """How to read `file` without a change to it, and without a new file beside it."""
    return READ_ONLY if file.with_name(f"{file.name}-wal").exists() else UNLOCKED


def require_ours(file: Path, db: sqlite3.Connection) -> None:
    """Raises `UnusableError` if the `db` in `file` is another program's.

    Raises `NewerError` if it is a newer Engram's.
    """
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (application,) = db.execute("PRAGMA application_id").fetchone()
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    is_first_edition = OURS in tables or not (tables or version)
    if application != APPLICATION_ID and (application or not is_first_edition):
        raise UnusableError("it is the database of another program")
    if version > len(MIGRATIONS):
        raise NewerError(NEWER.format(file=file, found=version, known=len(MIGRATIONS)))


def require_sound(db: sqlite3.Connection) -> None:
    """Raises `sqlite3.DatabaseError` if more is damaged than a value in some row."""
    found = [text for (text,) in db.execute(f"PRAGMA quick_check({LOOKED_AT})")]
    if damage := next((one for one in found if not IN_A_ROW.match(one)), None):
        raise sqlite3.DatabaseError(damage)


def connect(file: Path | str, how: str = "") -> sqlite3.Connection:
    """A connection to `file`, in which no text that is damaged ends a statement."""
    name = address(file, how) if isinstance(file, Path) else file
    db = sqlite3.connect(name, AT_START, check_same_thread=False, isolation_level=None, uri=True)
    db.text_factory = _text
    return db


def address(file: Path, how: str) -> str:
    """`file` as SQLite takes it, with how to open it: "" to write."""
    return f"{file.as_uri()}?{how}"


def _text(data: bytes) -> str | None:
    """The text of a column; None for one that is longer than any of ours."""
    return str(data, errors="replace") if len(data) <= LONGEST_TEXT else None
