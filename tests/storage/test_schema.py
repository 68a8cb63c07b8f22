"""The schema of the file, and how it comes about."""

import sqlite3

import pytest

from engram.storage.schema import MIGRATIONS, TRIMMING
from engram.storage.store import Store


@pytest.fixture
def path(tmp_path):
    """A file in a folder that does not exist yet."""
    return tmp_path / "data" / "engram.db"


@pytest.fixture
def db():
    """A database with all tables."""
    with sqlite3.connect(":memory:") as made:
        for script in MIGRATIONS:
            made.executescript(script)
        yield made
    made.close()


def test_a_new_file_has_the_newest_schema_and_keeps_it(path):
    """An update of Engram would find tables that it does not know."""
    for _ in range(2):
        Store(path).close()
        with sqlite3.connect(path) as db:
            assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        db.close()


def test_a_file_of_the_first_version_is_brought_up_to_date(path):
    """An update of Engram would lose who owns the bot."""
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.executescript(f"{MIGRATIONS[0]}; PRAGMA user_version = 1;")
        db.execute("INSERT INTO kept VALUES ('telegram/owner', '5', 0)")
    db.close()
    store = Store(path)
    assert store.get("telegram/owner") == "5"
    assert store.read("SELECT count(*) FROM turns") == [(0,)]
    store.close()


def test_a_file_without_alerts_gets_their_tables(path):
    """An update of Engram would arm nothing where people have it installed."""
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.executescript(";".join(MIGRATIONS[:7]))
        db.execute("PRAGMA user_version = 7")
        db.execute("INSERT INTO kept VALUES ('telegram/owner', '5', 0)")
    db.close()
    store = Store(path)
    assert store.get("telegram/owner") == "5"
    tables = {name for (name,) in store.read("SELECT name FROM sqlite_master")}
    assert tables >= {"outbox", "alerts", "watched", "digests", "ledger", "away"}
    store.close()


@pytest.mark.parametrize("sql", TRIMMING)
def test_trimming_finds_what_is_old_by_an_index(db, sql):
    """Each day the bot would stand still while the whole file is read."""
    plan = " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", [0.0]))
    assert "SCAN" not in plan
