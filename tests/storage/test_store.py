"""The file that outlives the process, and what happens when it fails."""

import errno
import os
import shutil
import sqlite3
import stat
import threading
import time
from pathlib import Path

import pytest

from engram.core.errors import StoreError
from engram.storage import opening
from engram.storage import store as store_module
from engram.storage.store import Store
from tests.machine_speed import ends


@pytest.fixture
def path(tmp_path):
    """A file in a folder that does not exist yet."""
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


def test_where_nothing_can_be_written_the_bot_starts_all_the_same(tmp_path, caplog):
    """A read-only disk would keep the bot from starting."""
    (tmp_path / "data").write_text("a file where a folder should be")
    store = Store(tmp_path / "data" / "engram.db")
    store.put("a", "1")
    assert store.get("a") == "1"
    store.close()
    assert "nothing will be remembered" in caplog.text
    assert store.take_trouble() == store.warnings[0]
    assert store.warnings[0] in caplog.text


def replace_by_text(path):
    """As a careless copy does it."""
    path.with_name("other").write_text("mine\n" * 1000)
    path.with_name("other").replace(path)


LOSSES = {
    "deleted": Path.unlink,
    "replaced": replace_by_text,
    "emptied": lambda path: path.write_text(""),
}


@pytest.mark.skipif(os.name == "nt", reason="keeps files that are in use")
@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES)
def test_a_file_that_is_lost_while_it_is_used_is_told_once(path, caplog, lose):
    """Everything would go into a file that no start finds, and nobody would know."""
    store = Store(path)
    store.put("a", "1")
    assert store.take_trouble() == ""
    lose(path)
    assert "was deleted, emptied or replaced" in store.take_trouble()
    assert store.take_trouble() == ""
    assert caplog.text.count("was deleted, emptied or replaced") == 1
    store.close()


def test_a_closed_file_is_complete_and_ignores_what_comes_late(path, caplog):
    """Half of what the bot knows would stay behind when it moves to another machine."""
    store = Store(path)
    store.put("a", "1")
    store.close()
    store.put("b", "2")
    assert store.get("a") is None
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert caplog.text == ""


def test_a_full_disk_costs_only_what_cannot_be_written(path, caplog):
    """An answer would fail because something could not be remembered."""
    store = Store(path)
    store.put("a", "1")
    (pages,) = store.read("PRAGMA page_count")[0]
    store.write(f"PRAGMA max_page_count = {pages}")
    for _ in range(3):
        store.put("b", "x" * 100_000)
    with pytest.raises(StoreError):
        store.add_new("INSERT INTO kept VALUES (?, ?, ?)", [("c", "x" * 100_000, 1.0)])
    assert (store.get("a"), store.get("b")) == ("1", None)
    assert "cannot be written (database or disk is full)" in store.take_trouble()
    assert store.take_trouble() == ""
    assert caplog.text.count("cannot be written (database or disk is full)") == 1
    store.write("PRAGMA max_page_count = 1000000")
    store.put("b", "x" * 100_000)
    assert (len(store.get("b")), store.trouble) == (100_000, "")
    store.close()


def test_a_disk_that_takes_one_thing_and_refuses_the_next_is_told_once(path, monkeypatch):
    """The owner would get a warning with every message, until it is switched off."""
    store = Store(path)
    (pages,) = store.read("PRAGMA page_count")[0]
    store.write(f"PRAGMA max_page_count = {pages}")
    for number in range(5):
        store.put("small", str(number))
        store.put("large", "x" * 100_000)
        store.write("UPDATE kept SET value = '' WHERE key = 'nobody'")
        assert store.trouble, "changing nothing is no proof that writing works"
        assert bool(store.take_trouble()) is (number == 0)
    now = store_module.time.monotonic() + store_module.QUIET
    monkeypatch.setattr(store_module.time, "monotonic", lambda: now)
    store.put("small", "again")
    store.put("large", "x" * 100_000)
    assert store.take_trouble()
    store.close()


def test_a_page_that_is_damaged_deep_inside_is_found_at_the_start(path):
    """The bot would fail in the middle of an answer, every time."""
    store = Store(path)
    for number in range(500):
        store.put(f"key {number}", "x" * 500)
    store.close()
    content = bytearray(path.read_bytes())
    content[8192:12288] = bytes(range(256)) * 16
    path.write_bytes(content)
    again = Store(path)
    assert again.get("key 1") is None
    again.close()
    assert len(list(path.parent.glob("engram.db.damaged-*"))) == 1


def test_only_what_is_new_is_added(path):
    """A message that Telegram delivers twice would be answered twice."""
    store = Store(path)
    sql = "INSERT OR IGNORE INTO turns (number, at, chat, parent, question, answer, source) "
    sql += "VALUES (?, 0, '5', 0, ?, '', '')"
    assert store.add_new(sql, [(1, "a"), (2, "b")]) == [1, 2]
    assert store.add_new(sql, [(2, "c"), (3, "d")]) == [None, 3]
    assert store.read("SELECT question FROM turns") == [("a",), ("b",), ("d",)]
    store.close()


def added(store, *row):
    """Add what can be written through later, and do that."""
    store.add_new("INSERT INTO kept VALUES (?, ?, ?)", [row])
    store.write_through()


def written_durably(store, *row):
    """The same in one call."""
    store.write_durably(("INSERT INTO kept VALUES (?, ?, ?)", *row))


@pytest.mark.parametrize("write", [added, written_durably])
def test_a_power_cut_undoes_nothing_that_was_written_through(path, tmp_path, monkeypatch, write):
    """Telegram would have forgotten a message that the machine has forgotten, too."""
    store, disk = Store(path), tmp_path / "disk"
    disk.mkdir()

    def keep(log_file):
        log = path.with_name(f"{path.name}-wal")
        assert os.path.samestat(os.fstat(log_file), log.stat())
        for file in (path, log):
            shutil.copy(file, disk)

    monkeypatch.setattr(opening, "WRITE_THROUGH", keep)
    write(store, "a", "1", 1.0)
    store.put("b", "2")
    after = Store(disk / path.name)
    assert (after.get("a"), after.get("b")) == ("1", None)
    after.close()
    store.close()


@pytest.mark.skipif(not hasattr(os, "O_DIRECTORY"), reason="Windows opens no folders")
def test_a_power_cut_leaves_a_new_log_in_its_folder(path, monkeypatch):
    """The first messages after a start would be on a disk that cannot find them."""
    store, flushed = Store(path), []
    monkeypatch.setattr(os, "fsync", lambda file: flushed.append(os.fstat(file)))
    for key in "ab":
        added(store, key, "1", 1.0)
    assert [os.path.samestat(one, path.parent.stat()) for one in flushed] == [True]
    store.close()


def test_a_disk_that_keeps_nothing_is_told_and_costs_no_answer(path, monkeypatch):
    """A message would go unanswered because of a disk that fails, or nobody would know of it."""

    def fail(_log_file):
        raise OSError(errno.EIO, "Input/output error")

    store = Store(path)
    monkeypatch.setattr(opening, "WRITE_THROUGH", fail)
    store.write_durably(("INSERT INTO kept VALUES ('a', '1', 0)",))
    assert store.get("a") == "1"
    assert "cannot be written (Input/output error)" in store.take_trouble()
    store.close()


@pytest.mark.parametrize("where", ["memory", "a file without a log"])
def test_where_there_is_no_log_there_is_nothing_to_write_through(path, where):
    """The bot would not start on a disk on which SQLite can keep no log."""
    store = Store(None if where == "memory" else path)
    path.with_name(f"{path.name}-wal").unlink(missing_ok=True)
    store.write_through()
    assert store.trouble == ""
    store.close()


def test_what_is_old_and_done_is_deleted(path):
    """The file would grow until the disk is full."""
    store = Store(path)
    for number, state in enumerate(("sent", "answering")):
        sql = "INSERT INTO inbox (update_id, at, state, body) VALUES (?, 0, ?, '')"
        store.write(sql, number, state)
    sql = "INSERT INTO turns (at, chat, parent, question, answer, source) VALUES (0, 1, 0, 1, 1, 1)"
    old = store.write(sql)
    store.write("INSERT INTO messages VALUES ('1', 7, ?, 1)", old)
    columns = "answers (at, source, kind, seconds, fell_back, failed)"
    assert store.write(" ".join(("INSERT INTO", columns, "VALUES (0, 's', 'chat', 1, 0, 0)")))
    store.put("told/6", "1")
    store.put("telegram/owner", "5")
    store.write("UPDATE kept SET at = 0")
    store.trim(time.time())
    left = {
        name: store.read(f"SELECT count(*) FROM {name}")[0][0]  # noqa: S608 - names of our own
        for name in ("inbox", "turns", "messages", "answers")
    }
    assert left == {"inbox": 1, "turns": 0, "messages": 0, "answers": 0}
    assert (store.get("told/6"), store.get("telegram/owner")) == (None, "5")
    store.close()


def test_what_another_process_still_reads_is_scrubbed_later(path):
    """A terminal chat that reads at the wrong moment would keep what was to be forgotten."""
    store = Store(path)
    store.put("a", "SECRET")
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT value FROM kept").fetchall() == [("SECRET",)]
    assert store.write_all(("DELETE FROM kept WHERE key = ?", "a"))
    assert b"SECRET" in path.with_name(f"{path.name}-wal").read_bytes()
    reader.close()
    store.scrub()
    assert not any(b"SECRET" in file.read_bytes() for file in path.parent.iterdir())
    store.close()


def test_all_is_written_or_nothing(path):
    """A half-forgotten conversation would go on with what is left of it."""
    store = Store(path)
    insert = "INSERT INTO kept VALUES (?, ?, 0)"
    assert not store.write_all((insert, "a", "1"), (insert, "a", "2"))
    assert store.get("a") is None
    assert store.write_all((insert, "a", "1"), (insert, "b", "2"))
    assert (store.get("b"), store.trouble) == ("2", "")
    store.close()
    store.scrub()


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
        assert ends(thread, 10)
    assert [store.get(f"{number}") for number in range(8)] == ["19"] * 8
    store.close()


def test_one_bot_at_a_time_works_with_a_file(path):
    """Two bots would answer everything twice; a terminal chat beside one must work."""
    bot, terminal = Store(path, alone=True), Store(path)
    with pytest.raises(StoreError, match="another bot uses"):
        Store(path, alone=True)
    terminal.put("a", "1")
    assert bot.get("a") == "1"
    bot.close()
    Store(path, alone=True).close()
    terminal.close()
