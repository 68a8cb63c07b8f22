"""How the store's file is opened: what is ours is used, and nothing else is touched."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engram.core.errors import StoreError
from engram.storage.claim import Claim
from engram.storage.examine import (
    HEADER,
    UNFIT,
    UNLOCKED,
    address,
    connect,
    examine,
    real_path,
    reason,
    require_ours,
    require_sound,
    untouching,
)
from engram.storage.schema import APPLICATION_ID, bring_up_to_date

log = logging.getLogger(__name__)

# How long (s) a statement waits for another process once the store is open, and people wait.
BUSY = 0.5
# Windows and macOS have the slower one alone, which also keeps when the file was changed.
WRITE_THROUGH = getattr(os, "fdatasync", os.fsync)
# So much of a path is shown.
SHOWN = 300
# What is still known while the file cannot be written: who owns the bot, and what was chosen.
KNOWN = (
    "INSERT OR IGNORE INTO kept SELECT key, value, at FROM disk.kept",
    "INSERT OR IGNORE INTO chats (chat, head, model) SELECT chat, head, model FROM disk.chats",
)
UNUSABLE = (
    "{file} cannot be used ({why}): nothing will be remembered until you mend that, or name "
    "another file as [storage] path, and start Engram again"
)
ASIDE = "{file} is damaged ({why}): it is set aside as {aside}, and a new one begins"


@dataclass
class Opened:
    """The connections to write and to read by; they are one in memory, where `file` is None.

    `warnings` are what the owner should know. `claim` keeps other bots from the file.
    """

    writer: sqlite3.Connection
    reader: sqlite3.Connection
    file: Path | None
    warnings: tuple[str, ...] = ()
    claim: Claim | None = None

    def __post_init__(self) -> None:
        self._identity = self._found()
        # Whether the disk has the names of the file and its log.
        self._is_listed = False

    @property
    def is_in_place(self) -> bool:
        """Whether the next start will find what is written; not once the file is replaced."""
        return self._found() == self._identity

    def _found(self) -> tuple[int, ...]:
        try:
            found = self.file.stat() if self.file else None
        except OSError:
            return (0,)
        # Somebody may have emptied it as well.
        return (found.st_dev, found.st_ino, found.st_size >= HEADER) if found else ()

    def write_through(self) -> None:
        """Have the disk keep what SQLite has written to its log; raises `OSError`."""
        if self.file is None:
            return
        # Where there can be no log, SQLite itself waits for the disk.
        with contextlib.suppress(FileNotFoundError):
            _flush(f"{self.file}-wal", os.O_RDWR, WRITE_THROUGH)
            if not self._is_listed:
                self._is_listed = True
                list_files(self.file.parent)

    def close(self) -> None:
        """Close the file, except for what its writer closes, and let another bot have it."""
        self.reader.close()
        if self.claim:
            self.claim.release()


def list_files(folder: Path) -> None:
    """Have the disk keep the names of the files in `folder`; Windows sees to that by itself."""
    if hasattr(os, "O_DIRECTORY"):
        # There are disks on which folders cannot be flushed.
        with contextlib.suppress(OSError):
            _flush(folder, os.O_RDONLY, os.fsync)


def _flush(path: str | Path, flags: int, flush: Callable[[int], None]) -> None:
    opened = os.open(path, flags)
    try:
        flush(opened)
    finally:
        os.close(opened)


def open_store(path: Path | None, *, alone: bool = False) -> Opened:
    """The file `path`, brought up to date, or a database in memory if there is none to be used.

    A link leads to the file that it names. A damaged file is set aside and replaced; what is no
    store of ours is left as it is. With `alone` no other bot has the file as long as it is open.
    Raises `StoreError` if another one has it already, or a newer version of Engram made it.
    """
    if path is None:
        return _in_memory()
    claim: Claim | None = None
    try:
        file = real_path(path)
        damage = examine(file)
        file.parent.mkdir(parents=True, exist_ok=True)
        _make(file)
        claim = Claim(file) if alone else None
        return _opened(file, claim, damage)
    except UNFIT as err:
        _release(claim)
        warning = UNUSABLE.format(file=_shown(path), why=reason(err))
        log.warning("%s", warning)
        return _in_memory(path, warning)
    except BaseException:
        _release(claim)
        raise


def _release(claim: Claim | None) -> None:
    if claim:
        claim.release()


def _make(file: Path) -> None:
    """Create `file`, which SQLite would make readable for all."""
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


def _shown(path: Path) -> str:
    """`path` for people, whatever characters it has."""
    text = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in str(path))
    return text if len(text) < SHOWN else f"{text[:SHOWN]}…"


def _opened(file: Path, claim: Claim | None, damage: sqlite3.Error | None) -> Opened:
    warnings: tuple[str, ...] = ()
    try:
        if damage:
            raise damage
        writer = _brought_up_to_date(file)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as err:
        # Not while a bot uses it.
        own = None if claim else Claim(file)
        try:
            warnings = (ASIDE.format(file=file, why=err, aside=set_aside(file).name),)
            log.error("%s", warnings[0])
        finally:
            _release(own)
        writer = _brought_up_to_date(file)
    reader = connect(file)
    reader.execute("PRAGMA query_only = ON")
    for db in (reader, writer):
        db.execute(f"PRAGMA busy_timeout = {BUSY * 1000:.0f}")
    return Opened(writer, reader, file, warnings, claim)


def _brought_up_to_date(file: Path) -> sqlite3.Connection:
    _make(file)
    db = connect(file)
    try:
        require_sound(db)
        require_ours(file, db)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        # What is deleted is overwritten.
        db.execute("PRAGMA secure_delete = ON")
        bring_up_to_date(db)
        if db.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
            with contextlib.suppress(sqlite3.OperationalError):
                # At the next start, if another process writes just now.
                db.execute("PRAGMA busy_timeout = 0")
                db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    except BaseException:
        db.close()
        raise
    return db


def set_aside(file: Path) -> Path:
    """Move the damaged `file` and its log out of the way; returns where it is now."""
    aside = beside(file, "damaged")
    file.rename(aside)
    for ending in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            file.with_name(file.name + ending).rename(aside.with_name(aside.name + ending))
    return aside


def beside(file: Path, what: str) -> Path:
    """A name for a store that was `file` until now, which no other file has."""
    aside = file.with_name(f"{file.name}.{what}-{time.time():.0f}")
    while aside.exists():
        aside = aside.with_name(f"{aside.name}x")
    return aside


def _in_memory(path: Path | None = None, *warnings: str) -> Opened:
    db = connect(":memory:")
    bring_up_to_date(db)
    if path:
        with contextlib.suppress(*UNFIT, StoreError):
            file = real_path(path)
            examine(file)
            for how in (untouching(file), UNLOCKED):
                with contextlib.suppress(sqlite3.Error):
                    _take_known(db, address(file, how))
                    break
    return Opened(db, db, None, warnings)


def _take_known(db: sqlite3.Connection, address: str) -> None:
    db.execute("ATTACH ? AS disk", (address,))
    try:
        for sql in KNOWN:
            db.execute(sql)
    finally:
        db.execute("DETACH disk")
