"""The schema of the SQLite file."""

import sqlite3

# What SQLite keeps in the file's header, so that nobody takes it for another program's: "Engr".
APPLICATION_ID = 0x456E6772
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
    # What is said unasked, and what for: alerts, watched markets, digests, and the signals shown.
    # Times of candles are when they open, in milliseconds; all others are seconds since the epoch.
    """
    CREATE TABLE outbox (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at REAL NOT NULL,
        chat TEXT NOT NULL,
        kind TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'pending',
        text TEXT NOT NULL,
        buttons TEXT NOT NULL DEFAULT '[]',
        picture BLOB,
        name TEXT NOT NULL DEFAULT '',
        alert INTEGER,
        messages TEXT NOT NULL DEFAULT '[]'
    );
    CREATE INDEX outbox_open ON outbox (chat, number) WHERE state IN ('pending', 'sending');
    CREATE INDEX outbox_at ON outbox (at);
    CREATE INDEX outbox_alert ON outbox (alert);
    CREATE TABLE alerts (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        chat TEXT NOT NULL,
        state TEXT NOT NULL,
        armed_by TEXT UNIQUE,
        message INTEGER,
        person INTEGER NOT NULL DEFAULT 0,
        name TEXT NOT NULL DEFAULT '',
        exchange TEXT NOT NULL,
        symbol TEXT NOT NULL,
        timeframe TEXT NOT NULL,
        asked TEXT NOT NULL,
        condition TEXT NOT NULL,
        price REAL NOT NULL,
        at REAL NOT NULL,
        since INTEGER NOT NULL,
        looked INTEGER NOT NULL,
        looked_at REAL NOT NULL DEFAULT 0,
        ready INTEGER NOT NULL DEFAULT 1,
        fired_candle INTEGER,
        fired_price REAL,
        ended_at REAL
    );
    CREATE INDEX alerts_armed ON alerts (exchange, symbol, timeframe) WHERE state = 'armed';
    CREATE INDEX alerts_chat ON alerts (chat);
    CREATE INDEX alerts_ended ON alerts (ended_at);
    CREATE TABLE watched (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        chat TEXT NOT NULL,
        state TEXT NOT NULL,
        armed_by TEXT UNIQUE,
        person INTEGER NOT NULL DEFAULT 0,
        name TEXT NOT NULL DEFAULT '',
        exchange TEXT NOT NULL,
        symbol TEXT NOT NULL,
        timeframe TEXT NOT NULL,
        at REAL NOT NULL,
        signal TEXT NOT NULL,
        since INTEGER NOT NULL,
        judged INTEGER NOT NULL,
        looked_at REAL NOT NULL DEFAULT 0,
        was TEXT NOT NULL DEFAULT '',
        UNIQUE (chat, symbol, timeframe)
    );
    CREATE TABLE digests (
        chat TEXT PRIMARY KEY,
        minute TEXT NOT NULL DEFAULT '',
        zone TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL DEFAULT 'on',
        at REAL NOT NULL,
        made_at REAL NOT NULL DEFAULT 0,
        days TEXT NOT NULL DEFAULT '[]'
    ) WITHOUT ROWID;
    CREATE TABLE ledger (
        exchange TEXT NOT NULL,
        symbol TEXT NOT NULL,
        timeframe TEXT NOT NULL,
        candle INTEGER NOT NULL,
        source TEXT NOT NULL,
        signal TEXT NOT NULL,
        confidence TEXT NOT NULL,
        price REAL NOT NULL,
        horizon INTEGER NOT NULL,
        typical REAL,
        chance REAL,
        at REAL NOT NULL,
        due REAL NOT NULL,
        state TEXT NOT NULL DEFAULT 'open',
        judged_price REAL,
        judged_at REAL,
        came_true INTEGER,
        PRIMARY KEY (exchange, symbol, timeframe, candle, source)
    ) WITHOUT ROWID;
    CREATE INDEX ledger_open ON ledger (due) WHERE state = 'open';
    CREATE INDEX ledger_at ON ledger (at);
    CREATE INDEX ledger_judged ON ledger (judged_at);
    CREATE TABLE away (
        chat TEXT NOT NULL,
        exchange TEXT NOT NULL,
        symbol TEXT NOT NULL DEFAULT '',
        reason TEXT NOT NULL,
        at REAL NOT NULL,
        PRIMARY KEY (chat, exchange, symbol)
    ) WITHOUT ROWID;
    """,
    """
    CREATE INDEX ledger_market ON ledger (symbol, timeframe, state, source, signal);
    """,
    # Who said something, and the pictures that came with it, as JSON; how much a chat wants its
    # model to think; and what an answer cost.
    """
    ALTER TABLE turns ADD COLUMN person INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE turns ADD COLUMN pictures TEXT NOT NULL DEFAULT '';
    ALTER TABLE chats ADD COLUMN effort TEXT NOT NULL DEFAULT '';
    ALTER TABLE answers ADD COLUMN read INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE answers ADD COLUMN written INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE answers ADD COLUMN speed REAL NOT NULL DEFAULT 0;
    ALTER TABLE answers ADD COLUMN first_token REAL NOT NULL DEFAULT 0;
    ALTER TABLE answers ADD COLUMN load REAL NOT NULL DEFAULT 0;
    """,
    # How many tokens the context held in which an answer was written.
    """
    ALTER TABLE answers ADD COLUMN context INTEGER NOT NULL DEFAULT 0;
    """,
    # Where the files of a question that was written in several messages are to be had, as JSON.
    """
    ALTER TABLE messages ADD COLUMN files TEXT;
    """,
)
# The ledger is kept for three years, 1,065 days longer than everything else.
LEDGER_LONGER = 1065 * 86_400
# What is old and no longer needed, by the time before which it is.
TRIMMING = (
    "DELETE FROM inbox WHERE at < ? AND state = 'sent'",
    "DELETE FROM messages WHERE turn IN (SELECT number FROM turns WHERE at < ?)",
    "DELETE FROM turns WHERE at < ?",
    "DELETE FROM answers WHERE at < ?",
    "DELETE FROM outbox WHERE at < ? AND state IN ('sent', 'failed')",
    "DELETE FROM alerts WHERE ended_at < ? AND state IN ('delivered', 'disarmed', 'failed')",
    f"DELETE FROM ledger WHERE at < ? - {LEDGER_LONGER}",
)


def bring_up_to_date(db: sqlite3.Connection) -> None:
    """Give `db` all tables of this version; raises `sqlite3.Error`."""
    while (version := _version(db)) < len(MIGRATIONS):
        script = MIGRATIONS[version]
        try:
            db.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {version + 1}")
            db.execute("COMMIT")
        except sqlite3.OperationalError:
            if db.in_transaction:
                db.execute("ROLLBACK")
            # Another process that opens the file at the same moment may have done it.
            if _version(db) == version:
                raise


def _version(db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)
