"""What outlives the process."""

import sqlite3
import stat
import threading

import pytest

from engram.store import MIGRATIONS, Store


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "engram.db"


def test_what_was_put_is_there_after_a_restart(path):
    """Everything learned would be forgotten with the process."""
    first = Store(path)
    first.put("a", "1")
    first.put("a", "2 🚀")
    first.close()
    second = Store(path)
    assert (second.get("a"), second.get("b")) == ("2 🚀", None)
    second.close()


def test_the_file_is_for_its_owner_alone(path):
    """Other users of the machine could read who owns the bot."""
    Store(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_new_file_has_the_newest_schema_and_keeps_it(path):
    """An update of Engram would find tables that it does not know."""
    for _ in range(2):
        Store(path).close()
        with sqlite3.connect(path) as db:
            assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        db.close()


@pytest.mark.parametrize(
    "content", [b"no database at all" * 100, b"SQLite format 3\0" + b"x" * 5000]
)
def test_a_damaged_file_is_set_aside_and_replaced(path, content, caplog):
    """A power cut would keep the bot from starting."""
    path.parent.mkdir()
    path.write_bytes(content)
    store = Store(path)
    store.put("a", "1")
    assert store.get("a") == "1"
    store.close()
    (aside,) = path.parent.glob("engram.db.damaged-*")
    assert aside.read_bytes() == content
    assert "is damaged" in caplog.text


def test_where_nothing_can_be_written_the_bot_starts_all_the_same(tmp_path, caplog):
    """A read-only disk would keep the bot from starting."""
    (tmp_path / "data").write_text("a file where a folder should be")
    store = Store(tmp_path / "data" / "engram.db")
    store.put("a", "1")
    assert store.get("a") == "1"
    store.close()
    assert "nothing will be remembered" in caplog.text


def test_a_full_disk_costs_only_what_cannot_be_written(path, caplog):
    """An answer would fail because something could not be remembered."""
    store = Store(path)
    store.put("a", "1")
    store._db.execute("PRAGMA query_only = on")
    store.put("b", "2")
    assert (store.get("a"), store.get("b")) == ("1", None)
    store.close()
    assert "b is not kept" in caplog.text


def test_several_threads_share_it(path):
    """Two answers at once would break the store."""
    store = Store(path)

    def work(number):
        for turn in range(20):
            store.put(f"{number}", f"{turn}")

    threads = [threading.Thread(target=work, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert [store.get(f"{number}") for number in range(8)] == ["19"] * 8
    store.close()
