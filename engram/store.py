"""What outlives the process: one SQLite file."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
from pathlib import Path

log = logging.getLogger(__name__)

# The scripts that lead from each version of the schema to the next.
MIGRATIONS = (
    "CREATE TABLE kept (key TEXT PRIMARY KEY, value TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID",
)


class Store:
    """Texts by their keys, kept in `path`; for several threads.

    The file is for its owner alone. A damaged one is set aside and replaced. Where none can be
    written the store lives in memory, and the log says so: the bot starts in any case.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            self._db = _open_or_replace(path)
        except (OSError, sqlite3.Error) as err:
            log.warning("%s cannot be used (%s): nothing will be remembered", path, err)
            self._db = _prepare(sqlite3.connect(":memory:", check_same_thread=False))

    def get(self, key: str) -> str | None:
        """What was put last under `key`."""
        with self._lock:
            row = self._db.execute("SELECT value FROM kept WHERE key = ?", [key]).fetchone()
        return row[0] if row else None

    def put(self, key: str, value: str) -> None:
        """Keep `value` under `key`; a full disk is logged, and costs only this value."""
        try:
            with self._lock, self._db:
                row = [key, value, time.time()]
                self._db.execute("REPLACE INTO kept VALUES (?, ?, ?)", row)
        except sqlite3.Error as err:
            log.warning("%s is not kept: %s", key, err)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def _open_or_replace(path: Path) -> sqlite3.Connection:
    try:
        return _open(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as err:
        aside = path.with_name(f"{path.name}.damaged-{time.time():.0f}")
        log.error("%s is damaged (%s): it is set aside as %s", path, err, aside.name)
        path.replace(aside)
        for ending in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                path.with_name(path.name + ending).unlink()
        return _open(path)


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    # SQLite would make it readable for all.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    db = sqlite3.connect(path, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        return _prepare(db)
    except sqlite3.Error:
        db.close()
        raise


def _prepare(db: sqlite3.Connection) -> sqlite3.Connection:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    with db:
        for number, script in enumerate(MIGRATIONS[version:], version + 1):
            db.execute(script)
            db.execute(f"PRAGMA user_version = {number}")
    return db
