"""A store with something in it."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from engram.storage.conversations import Conversations
from engram.storage.inbox import Arrived, Inbox
from engram.storage.outbox import ALERT, DIGEST, Outbox, Outgoing
from engram.storage.store import Store
from engram.storage.watch.armed import Armed, Place
from engram.storage.watch.tables import WatchTables

OWNER = "1007321485"
PLACE = Place("binance", "BTC/USDT", "1m")


class Filled:
    """The store of a bot at work."""

    def __init__(self, path):
        self.path = path
        self.store = Store(path, alone=True)
        assert self.store.warnings == ()
        self.outbox = Outbox(self.store)
        self.tables = WatchTables(self.store, self.outbox)
        self.inbox = Inbox(self.store)
        self.conversations = Conversations(self.store)

    def arm(self, by):
        """Arm an alert by the update of that name."""
        row = {"asked": "price > 100", "condition": "price > 100", "price": 90.0, "at": 5.0}
        armed = Armed(OWNER, by, 1, 5, "Ann")
        return self.tables.alerts.arm(armed, PLACE, **row, since=1, looked=1, ready=True)

    def ask(self, number, message):
        """Have somebody ask."""
        update = {"update_id": number, "message": {"text": message}}
        return self.inbox.receive([Arrived(update, f"message/{message}", f"7/{message}", 99)])

    def say(self, kind, text, alert=None):
        """Have something to be said."""
        self.outbox.add(Outgoing(OWNER, kind, text, alert=alert), 5.0)

    def fill(self):
        """Have a bit of everything, and something open of each."""
        self.store.put("telegram/owner", OWNER)
        self.conversations.choose_model(OWNER, "glm")
        alert = self.arm("message/1")
        self.ask(10, "answered")
        self.inbox.sent(10)
        self.ask(11, "open")
        self.say(ALERT, "it fired", alert.number)
        self.say(DIGEST, "a digest")
        return self


@pytest.fixture
def path(tmp_path):
    """Where the store is."""
    return tmp_path / "data" / "engram.db"


@pytest.fixture
def filled(path):
    """A store that a bot has open."""
    made = Filled(path).fill()
    yield made
    made.store.close()


@pytest.fixture
def half(filled, tmp_path):
    """A store into which a restore was broken off, as a power cut leaves it."""
    filled.store.close()
    new, half = tmp_path / "new.db", tmp_path / "engram.db"
    shutil.copy(filled.path, new)
    with closing(sqlite3.connect(new, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("UPDATE kept SET value = 'new'")

        def cut(_status, left, _total):
            if left == 1:
                shutil.copy(filled.path, half)
                shutil.copy(filled.path.with_name("engram.db-journal"), f"{half}-journal")

        with closing(sqlite3.connect(filled.path, isolation_level=None)) as db:
            db.executescript("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1")
            other.backup(db, pages=1, progress=cut)
    new.unlink()
    assert rows(half, "SELECT value FROM kept") == [("new",)], "half of it is in the file"
    return half


@pytest.fixture
def again():
    """Opens a store as the next bot does; all are closed in the end."""
    made = []

    def opened(path):
        made.append(Filled(path))
        return made[-1]

    yield opened
    for one in made:
        one.store.close()


def rows(path, sql):
    """Rows of a file, without a change to it."""
    with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as db:
        return db.execute(sql).fetchall()
