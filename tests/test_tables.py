"""The tables of the store."""

import sqlite3

import pytest

from engram.tables import MIGRATIONS, TRIMMING


@pytest.fixture
def db():
    """A database with all tables."""
    with sqlite3.connect(":memory:") as made:
        for script in MIGRATIONS:
            made.executescript(script)
        yield made
    made.close()


@pytest.mark.parametrize("sql", TRIMMING)
def test_trimming_finds_what_is_old_by_an_index(db, sql):
    """Each day the bot would stand still while the whole file is read."""
    plan = " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", [0.0]))
    assert "SCAN" not in plan
