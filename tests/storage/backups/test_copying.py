"""How a store is copied that somebody works with."""

import sqlite3

import pytest

from engram.storage.backups import copying
from engram.storage.backups.backup import back_up
from tests.storage.backups.conftest import rows

PAGES = 30


def test_a_bot_that_writes_all_the_time_neither_delays_a_backup_nor_is_in_it(
    filled, tmp_path, monkeypatch
):
    """On a busy day a backup would begin anew with each answer, and never end."""
    steps = []

    def writing(_status, left, total):
        steps.append(total - left)
        assert len(steps) <= 10 * PAGES, "it begins anew"
        assert filled.store.write("INSERT INTO kept VALUES (?, 'x', 1)", f"later/{len(steps)}")

    monkeypatch.setattr(copying, "STEP", 1)
    monkeypatch.setattr(copying, "unless_locked", writing)
    made = back_up(filled.path, tmp_path / "b.db")
    assert len(steps) >= PAGES
    assert steps == sorted(steps)
    assert rows(made.file, "SELECT count(*) FROM kept WHERE key LIKE 'later/%'") == [(0,)]
    assert filled.store.get(f"later/{len(steps)}") == "x"


@pytest.mark.parametrize("status", copying.PREVENTED)
def test_a_copy_that_is_prevented_ends(status):
    """A backup in the night would wait for ever, and with it all that comes after it."""
    copying.unless_locked(0, 1, 2)
    with pytest.raises(sqlite3.OperationalError, match="another program has it open"):
        copying.unless_locked(status, 1, 2)
