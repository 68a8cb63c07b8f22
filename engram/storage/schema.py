"""The schema of the SQLite file, and how a file is opened that has it."""

import logging
import os
import sqlite3
import time
from pathlib import Path

log = logging.getLogger(__name__)

# How long (s) a statement waits for another process that writes.
BUSY_TIMEOUT = 5.0
# Each script leads from one version of the schema to the next.
MIGRATIONS = (
    "CREATE TABLE kept (key TEXT PRIMARY KEY, value TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID",
    """
    CREATE TABLE inbox (
        update_id INTEGER PRIMARY KEY,
        at REAL NOT NULL,
        state TEXT NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0,
        panel INTEGER,
        messages TEXT NOT NULL DEFAULT '[]',
        body TEXT NOT NULL
    );
    CREATE INDEX inbox_open ON inbox (update_id) WHERE state <> 'sent';
    CREATE INDEX inbox_at ON inbox (at);
    CREATE TABLE chats (chat TEXT PRIMARY KEY, head INTEGER NOT NULL, model TEXT NOT NULL)
        WITHOUT ROWID;
    CREATE TABLE turns (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at REAL NOT NULL,
        chat TEXT NOT NULL,
        parent INTEGER NOT NULL,
        question TEXT NOT NULL,
        answer TEXT NOT NULL,
        source TEXT NOT NULL,
        server TEXT,
        thread TEXT
    );
    CREATE INDEX turns_at ON turns (at);
    CREATE TABLE messages (
        chat TEXT NOT NULL,
        message INTEGER NOT NULL,
        turn INTEGER NOT NULL,
        is_question INTEGER NOT NULL,
        PRIMARY KEY (chat, message)
    ) WITHOUT ROWID;
    CREATE INDEX messages_turn ON messages (turn);
    CREATE TABLE answers (
        at REAL NOT NULL,
        source TEXT NOT NULL,
        kind TEXT NOT NULL,
        seconds REAL NOT NULL,
        first_text REAL,
        fell_back INTEGER NOT NULL,
        failed INTEGER NOT NULL
    );
    CREATE INDEX answers_at ON answers (at);
    """,
    """
    ALTER TABLE chats ADD COLUMN began INTEGER NOT NULL DEFAULT 0;
    UPDATE chats SET began = head WHERE head < 0;
    CREATE INDEX turns_chat ON turns (chat);
    """,
    # The markets that a turn speaks of.
    "ALTER TABLE turns ADD COLUMN topic TEXT NOT NULL DEFAULT ''",
    """
    ALTER TABLE inbox ADD COLUMN message TEXT;
    ALTER TABLE inbox ADD COLUMN checksum INTEGER;
    CREATE INDEX inbox_message ON inbox (message);
    ALTER TABLE messages ADD COLUMN text TEXT;
    ALTER TABLE messages ADD COLUMN quoted TEXT;
    """,
    # The market data that a model was given with a turn.
    "ALTER TABLE turns ADD COLUMN data TEXT NOT NULL DEFAULT ''",
    # Telegram numbers updates anew: the number and the identity of an update name it together.
    """
    ALTER TABLE inbox ADD COLUMN number INTEGER;
    ALTER TABLE inbox ADD COLUMN identity TEXT;
    ALTER TABLE inbox ADD COLUMN reply TEXT;
    UPDATE inbox SET number = update_id;
    CREATE INDEX inbox_number ON inbox (number);
    """,
)
# What is old and no longer needed, by the time before which it is.
TRIMMING = (
    "DELETE FROM inbox WHERE at < ? AND state = 'sent'",
    "DELETE FROM messages WHERE turn IN (SELECT number FROM turns WHERE at < ?)",
    "DELETE FROM turns WHERE at < ?",
    "DELETE FROM answers WHERE at < ?",
)


def opened(path: Path | None) -> sqlite3.Connection:
    """The file `path`, or a database in memory, brought up to date.

    A damaged file is set aside and replaced. Raises `sqlite3.Error` or `OSError`.
    """
    if path is None:
        return _brought_up_to_date(_connect(":memory:"))
    try:
        return _open(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as err:
        aside = path.with_name(f"{path.name}.damaged-{time.time():.0f}")
        log.error("%s is damaged (%s): it is set aside as %s", path, err, aside.name)
        path.replace(aside)
        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        return _open(path)


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    # SQLite would make it readable for all.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    db = _connect(path)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        # What is deleted is overwritten.
        db.execute("PRAGMA secure_delete = ON")
        (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        return _brought_up_to_date(db)
    except sqlite3.Error:
        db.close()
        raise


def _connect(path: Path | str) -> sqlite3.Connection:
    return sqlite3.connect(path, BUSY_TIMEOUT, check_same_thread=False, isolation_level=None)


def _brought_up_to_date(db: sqlite3.Connection) -> sqlite3.Connection:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        db.executescript(f"BEGIN; {script}; PRAGMA user_version = {number}; COMMIT")
    return db
