"""What a backup has, and over what it is never written."""

import os
import shutil
import sqlite3
import stat
import time
from contextlib import closing
from pathlib import Path

import pytest

from engram.core.errors import StoreError
from engram.storage.backups.backup import back_up
from engram.storage.store import Store
from tests.storage.backups.conftest import OWNER, rows
from tests.storage.files import SECRETS, contents
from tests.test_first_edition import LEFT


def test_a_backup_is_one_file_with_all_that_is_kept(filled, tmp_path):
    """What somebody copies to another disk would lack what was said last, or be for all to read."""
    began = time.time()
    made = back_up(filled.path, tmp_path / "b.db")
    assert began <= made.at <= time.time()
    assert made.counts == {"turns": 0, "alerts": 1, "watched": 0, "digests": 0, "ledger": 0}
    assert made.file == tmp_path / "b.db"
    assert os.name == "nt" or stat.S_IMODE(made.file.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["b.db"]
    kept = rows(made.file, "SELECT key, value FROM kept")
    assert sorted(kept) == [("backup/at", str(made.at)), ("telegram/owner", OWNER)]
    assert rows(made.file, "SELECT state FROM inbox") == [("sent",), ("received",)]
    assert rows(made.file, "PRAGMA journal_mode") == [("delete",)]


@pytest.mark.parametrize("link", [False, True], ids=["", "link"])
def test_only_a_backup_is_replaced(filled, tmp_path, link):
    """Each night's backup would need a name of its own, or a link become a file."""
    to = tmp_path / "b.db"
    to.write_bytes(b"")
    name = tmp_path / "link" if link else to
    if link:
        name.symlink_to(to)
    first = back_up(filled.path, name)
    filled.arm("message/2")
    second = back_up(filled.path, name)
    assert (first.counts["alerts"], second.counts["alerts"]) == (1, 2)
    assert rows(to, "SELECT count(*) FROM alerts") == [(2,)]
    assert name.is_symlink() == link


def a_store(path):
    """One that another bot has used."""
    other = Store(path)
    other.put("a", "1")
    other.close()


def an_open_backup(path):
    """Somebody looks into it."""
    shutil.copy(LEFT / "store.db", path)
    path.with_name(f"{path.name}-wal").write_bytes(b"")


def of_a_browser(path):
    """A database of another program."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE moz_places (id INTEGER)")


def of_no_time(path):
    """A backup whose time is damaged."""
    a_store(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("REPLACE INTO kept VALUES ('backup/at', 'noon', 1)")


NO_BACKUPS = {
    "of no time": (of_no_time, "it is a store"),
    "secrets": (lambda path: path.write_bytes(SECRETS), "no database"),
    "a folder": (lambda path: path.mkdir(), "it is a folder"),
    "a browser's": (of_a_browser, "another program"),
    "a store": (a_store, "it is a store"),
    "open": (an_open_backup, "b.db-wal is beside it"),
    "damaged": (lambda path: path.write_bytes(b"SQLite format 3\0" + b"x" * 999), "no backup"),
}


@pytest.mark.parametrize(("make", "why"), NO_BACKUPS.values(), ids=NO_BACKUPS)
def test_what_is_no_backup_is_left_as_it_is(filled, tmp_path, make, why):
    """A slip in the command would cost a file that is there once."""
    folder = tmp_path / "target"
    folder.mkdir()
    make(folder / "b.db")
    before = contents(folder)
    with pytest.raises(StoreError, match=why) as told:
        back_up(filled.path, folder / "b.db")
    assert "name another file" in str(told.value)
    assert contents(folder) == before


@pytest.mark.parametrize("ending", ["", "-wal", "-shm", ".lock", "-journal", "linked"])
def test_a_store_is_not_written_over_itself(filled, ending):
    """The store would be gone in the attempt to keep it."""
    if ending == "linked":
        os.link(filled.path, f"{filled.path}linked")
    with pytest.raises(StoreError, match="belongs to the store"):
        back_up(filled.path, filled.path.with_name(f"engram.db{ending}"))
    assert filled.store.get("telegram/owner") == OWNER
    assert filled.store.take_trouble() == ""


def cut_off(path):
    """As a disk leaves it that was full."""
    path.write_bytes(path.read_bytes()[:20_000])


NO_STORES = {
    "missing": (lambda path: path.unlink(), "No such file"),
    "empty": (lambda path: path.write_bytes(b""), "it is empty"),
    "cut off": (cut_off, "it is damaged"),
    "no header": (
        lambda path: path.write_bytes(b"SQLite format 3\0" + b"x" * 5000),
        "it is damaged",
    ),
}


@pytest.mark.parametrize(("spoil", "why"), NO_STORES.values(), ids=NO_STORES)
def test_without_a_sound_store_the_last_backup_stays(filled, tmp_path, spoil, why):
    """The first backup after a damage would replace the last good one."""
    back_up(filled.path, tmp_path / "b.db")
    filled.store.close()
    spoil(filled.path)
    before = contents(tmp_path)
    with pytest.raises(StoreError, match=why):
        back_up(filled.path, tmp_path / "b.db")
    assert contents(tmp_path) == before


def test_without_a_folder_nothing_is_made(filled, tmp_path):
    """A disk that is not mounted would be a folder on the one that is to be saved."""
    with pytest.raises(StoreError, match=r"no backup was made as .*: there is no folder"):
        back_up(filled.path, tmp_path / "not mounted" / "b.db")
    assert not (tmp_path / "not mounted").exists()


def test_a_full_disk_leaves_the_last_backup_and_nothing_else(filled, tmp_path):
    """Half a backup would take the place of a whole one."""
    resource = pytest.importorskip("resource")
    back_up(filled.path, tmp_path / "b.db")
    before = contents(tmp_path)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limit[1]))
    try:
        with pytest.raises(StoreError, match="no backup was made as"):
            back_up(filled.path, tmp_path / "b.db")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert contents(tmp_path) == before


def test_a_whole_disk_is_no_file(filled):
    """What is said of it would be for those alone who know Python."""
    with pytest.raises(StoreError, match="it is a folder"):
        back_up(filled.path, Path("/"))


def test_half_a_restore_is_in_no_backup(half, tmp_path):
    """A backup would have parts of both stores."""
    made = back_up(half, tmp_path / "b.db")
    assert rows(made.file, "SELECT value FROM kept WHERE key <> 'backup/at'") == [(OWNER,)]


def test_what_a_killed_backup_has_left_is_deleted_by_a_later_one(filled, tmp_path):
    """Backups that are killed each night would fill the disk."""
    new, mine = "b.db.bbbbbbbb.engram-part", "b.db.20261130.part1"
    aside = "b.db.replaced-1780000000.aaaaaaaa.engram-part"
    for name in ("b.db.aaaaaaaa.engram-part-journal", aside, new, mine):
        (tmp_path / name).touch()
        if name != new:
            os.utime(tmp_path / name, (1e9, 1e9))
    back_up(filled.path, tmp_path / "b.db")
    assert {one.name for one in tmp_path.iterdir() if one.is_file()} == {"b.db", new, mine}


def test_what_cannot_be_deleted_keeps_nobody_from_a_backup(filled, tmp_path):
    """One file of another user's would end all backups from then on."""
    left = tmp_path / "b.db.aaaaaaaa.engram-part"
    left.mkdir()
    os.utime(left, (1e9, 1e9))
    assert back_up(filled.path, tmp_path / "b.db").file.exists()


def test_a_store_of_the_first_edition_is_kept_as_it_is(tmp_path):
    """Whoever makes a backup before the update would be told to update first."""
    shutil.copy(LEFT / "store.db", tmp_path / "engram.db")
    made = back_up(tmp_path / "engram.db", tmp_path / "b.db")
    assert made.counts["turns"] > 0
    assert rows(made.file, "PRAGMA user_version") == [(2,)]


def test_a_store_that_can_only_be_read_can_be_kept(filled, tmp_path, monkeypatch):
    """What is on a disk that became read-only could not be saved from it."""
    filled.store.close()
    monkeypatch.setattr(os, "access", lambda *_: False)
    before = contents(filled.path.parent)
    back_up(filled.path, tmp_path / "b.db")
    assert contents(filled.path.parent) == before
