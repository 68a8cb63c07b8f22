"""The tables of the store, how they came to be, and what is deleted from them; pure."""

from __future__ import annotations

# The scripts that lead from each version of the schema to the next.
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
)
TRIMMING = (
    "DELETE FROM inbox WHERE at < ? AND state = 'sent'",
    "DELETE FROM messages WHERE turn IN (SELECT number FROM turns WHERE at < ?)",
    "DELETE FROM turns WHERE at < ?",
    "DELETE FROM answers WHERE at < ?",
)
