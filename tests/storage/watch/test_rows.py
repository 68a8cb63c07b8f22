"""The rows of a table whose columns are fields."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from engram.storage.watch.rows import Rows


@dataclass(frozen=True)
class Kept:
    """What a row of the table `kept` has."""

    key: str
    value: str
    at: float = 0.0


@pytest.fixture
def rows(store):
    return Rows(store, "kept", Kept)


def test_what_was_added_is_found_and_counted(rows, store):
    """What is armed would be kept, and never be found again."""
    for key in "ab":
        store.write(*rows.adding(key=key, value=key * 2, at=0))
    assert rows.find("ORDER BY key") == [Kept("a", "aa"), Kept("b", "bb")]
    assert rows.first("WHERE value = ?", "bb") == Kept("b", "bb")
    assert rows.first("WHERE value = ?", "cc") is None
    assert rows.count("WHERE key > ?", "a") == 1


def test_what_is_there_stays_unless_it_is_said_otherwise(rows, store):
    """The same update would arm another alert in place of the first."""
    store.write(*rows.adding(key="a", value="first", at=0))
    store.write(*rows.adding(key="a", value="second", at=0))
    assert rows.find() == [Kept("a", "first")]
    newer = "DO UPDATE SET value = excluded.value"
    store.write(*rows.adding(conflict=newer, key="a", value="third", at=0))
    assert rows.find() == [Kept("a", "third")]


def test_a_damaged_row_is_left_out(rows, store):
    """One damaged row would end all watching."""
    store.write(*rows.adding(key="a", value=b"\xff", at=0))
    store.write(*rows.adding(key="b", value="whole", at=0))
    assert rows.find() == [Kept("b", "whole")]
