"""What is there after a restore, and what is not changed by one that fails."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

import pytest

from engram.core.errors import StoreError
from engram.storage.backups.backup import back_up
from engram.storage.backups.restore import restore
from engram.storage.claim import LookingClaim
from engram.storage.outbox import ALERT
from engram.storage.schema import MIGRATIONS
from engram.storage.store import Store
from tests.conftest import ROOT
from tests.storage.backups.conftest import OWNER, Filled, rows
from tests.storage.files import SECRETS, contents
from tests.test_first_edition import LEFT


@pytest.fixture
def backup(filled, tmp_path):
    """A backup of the filled store, whose bot has ended."""
    made = back_up(filled.path, tmp_path / "b.db")
    filled.store.close()
    return made.file


@pytest.mark.parametrize("where", ["same", "new", "empty", "link"])
def test_what_was_kept_is_there_again(backup, path, tmp_path, again, where):
    """The backup would be worth nothing, or fit the folder alone in which it was made."""
    if where == "new":
        path = tmp_path / "another" / "folder" / "store"
    elif where == "empty":
        path = tmp_path / "empty.db"
        path.touch()
    elif where == "link":
        path = tmp_path / "link"
        path.symlink_to(Path("data", "engram.db"))
    before = backup.read_bytes()
    done = restore(path, backup)
    assert backup.read_bytes() == before
    assert done.backup.at == pytest.approx(time.time(), abs=60)
    assert (done.aside is not None) == (where in ("same", "link"))
    assert os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not [one for one in path.parent.iterdir() if ".engram-part" in one.name]
    bot = again(path)
    assert bot.store.get("telegram/owner") == OWNER
    assert bot.conversations.model(OWNER) == "glm"
    assert [one.armed_by for one in bot.tables.alerts.armed()] == ["message/1"]
    assert bot.store.get("backup/at") is None, "it is a store again"


def test_what_was_there_is_set_aside_and_can_be_gone_back_to(backup, path, again):
    """A wrong backup would cost the right store."""
    later = Filled(path)
    later.arm("message/2")
    later.store.close()
    aside = restore(path, backup).aside
    assert aside.name.startswith("engram.db.replaced-")
    assert len(rows(path, "SELECT 1 FROM alerts")) == 1
    undone = restore(path, aside)
    assert undone.aside != aside
    assert len(again(path).tables.alerts.armed()) == 2


def test_only_alerts_are_still_to_be_said(backup, path, again):
    """People would be answered what they asked last week, and told of yesterday's digest."""
    done = restore(path, backup)
    assert (done.questions, done.messages) == (1, 1)
    bot = again(path)
    assert bot.inbox.unfinished() == []
    assert bot.outbox.depth == 1
    assert bot.outbox.next(OWNER).outgoing.kind == ALERT
    assert bot.inbox.checksum("7/open") == 99, "an edit that changes no word is none"
    assert bot.ask(10, "answered") == [None]
    assert bot.ask(11, "open") != [None], "what Telegram brings again was never answered"


def test_no_number_on_a_button_comes_to_mean_something_else(backup, path, again):
    """The ✖ below an alert that is lost would end another one."""
    later = Filled(path)
    lost = later.arm("message/2").number
    later.store.close()
    restore(path, backup)
    assert again(path).arm("message/3").number > lost
    with closing(sqlite3.connect(path)) as db:
        numbers = dict(db.execute("SELECT name, seq FROM sqlite_sequence"))
    assert min(numbers[name] for name in ("alerts", "watched", "outbox")) >= 100


def test_a_group_with_a_new_id_since_is_still_known(backup, path, again):
    """The group would be a stranger, because its new id was learned after the backup."""
    later = Filled(path)
    later.store.moves.move(int(OWNER), -100_123)
    later.store.close()
    restore(path, backup)
    bot = again(path)
    assert bot.store.moves.now(int(OWNER)) == -100_123
    assert [one.chat for one in bot.tables.alerts.armed()] == ["-100123"]


def test_a_store_of_the_first_edition_can_be_gone_back_to(path, tmp_path, again):
    """Whoever kept a copy of the file for years would have kept it for nothing."""
    shutil.copy(LEFT / "store.db", tmp_path / "old.db")
    os.utime(tmp_path / "old.db", (1e9, 1e9))
    done = restore(path, tmp_path / "old.db")
    assert (done.backup.at, done.aside) == (1e9, None)
    assert done.questions > 0
    assert done.backup.counts["turns"] > 0
    bot = again(path)
    assert bot.inbox.unfinished() == []
    assert bot.arm("message/1").number > 1_000_000


def used_by_a_bot(path):
    """The bot runs."""
    return Store(path, alone=True).close


def looked_at_by_a_terminal(path):
    """A terminal prints what fires."""
    claim = LookingClaim(path)
    assert claim.is_held()
    return claim.release


def open_in_a_terminal(path):
    """A second terminal, or a --check."""
    store = Store(path)
    store.get("a")
    return store.close


def locked(path):
    """A program that shows databases."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")
    return db.close


IN_USE = {
    "bot": (used_by_a_bot, "stop the bot first"),
    "terminal": (looked_at_by_a_terminal, "end the chat in the terminal first"),
    "open": (open_in_a_terminal, "is as it was: another program has it open"),
    "locked": (locked, "is as it was: another program has it open"),
}


@pytest.mark.parametrize(("use", "why"), IN_USE.values(), ids=IN_USE)
def test_a_store_in_use_is_not_taken_away(backup, path, monkeypatch, use, why):
    """What the bot writes would be lost, or mixed with what is restored."""
    monkeypatch.setattr("engram.storage.examine.AT_START", 0.1)
    let_go = use(path)
    with pytest.raises(StoreError, match=why):
        restore(path, backup)
    let_go()
    assert rows(path, "SELECT state FROM inbox ORDER BY 1") == [("received",), ("sent",)]
    assert not [one for one in path.parent.iterdir() if "replaced" in one.name]
    restore(path, backup)


def newer(path):
    """Made by a version that is still to come."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")


def of_a_browser(path):
    """A database of another program."""
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE moz_places (id INTEGER)")


def cut_off(path):
    """As a full disk leaves a copy."""
    path.write_bytes(path.read_bytes()[:50_000])


UNFIT = {
    "missing": (lambda path: path.unlink(), "No such file"),
    "empty": (lambda path: path.write_bytes(b""), "it is empty"),
    "secrets": (lambda path: path.write_bytes(SECRETS), "no database"),
    "browser": (of_a_browser, "another program"),
    "newer": (newer, "of a newer version of Engram"),
    "cut off": (cut_off, "it is damaged"),
}


@pytest.mark.parametrize(("spoil", "why"), UNFIT.values(), ids=UNFIT)
def test_what_is_no_sound_backup_changes_nothing(backup, path, spoil, why):
    """A store that works would be replaced by one that does not."""
    spoil(backup)
    before = contents(path.parent)
    with pytest.raises(StoreError, match=why):
        restore(path, backup)
    after = contents(path.parent)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) <= {"engram.db.lock", "engram.db.watch"}


def test_half_a_restore_is_not_restored(half, tmp_path):
    """A bot would go on with parts of two stores, and know of nothing."""
    restore(tmp_path / "new" / "x.db", half)
    found = rows(tmp_path / "new" / "x.db", "SELECT value FROM kept WHERE key = 'telegram/owner'")
    assert found == [(OWNER,)]


def test_a_folder_that_cannot_be_written_to_is_named(backup, path, monkeypatch):
    """Somebody would look for a terminal that is open, and there is none."""

    def denied(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("engram.storage.backups.copying.tempfile.mkstemp", denied)
    monkeypatch.setattr(LookingClaim, "is_held", lambda _: False)
    with pytest.raises(StoreError, match="is as it was: Permission denied"):
        restore(path, backup)


@pytest.mark.parametrize("moment", [10**14, -(10**14)])
def test_a_store_of_no_moment_that_there_is_can_be_gone_back_to(half, path, monkeypatch, moment):
    """After a clock that ran wild a restore would be done, and end with a traceback."""
    real, found = Path.stat, half.stat()
    wild = os.stat_result((*found[:8], moment, found[9]))
    monkeypatch.setattr(Path, "stat", lambda one, **how: wild if one == half else real(one, **how))
    datetime.fromtimestamp(restore(path, half).backup.at, timezone.utc)


def test_a_store_is_not_restored_from_itself(backup, path):
    """It would be emptied of what is open, by a slip in the command."""
    before = contents(path.parent)
    with pytest.raises(StoreError, match="belongs to the store"):
        restore(path, path)
    assert contents(path.parent) == before


@pytest.mark.parametrize("content", [b"SQLite format 3\0" + b"x" * 5000, "cut"], ids=["no", "cut"])
@pytest.mark.parametrize("log", [True, False], ids=["log", ""])
def test_a_damaged_store_is_replaced_and_kept(backup, path, again, content, log):
    """The one moment in which a backup is needed would be the one in which it is of no use."""
    if content == "cut":
        content = path.read_bytes()[:50_000]
    path.write_bytes(content)
    if log:
        path.with_name("engram.db-wal").write_bytes(b"")
    aside = restore(path, backup).aside
    assert "engram.db.damaged-" in aside.name
    assert aside.read_bytes() == content
    assert again(path).store.get("telegram/owner") == OWNER


def test_after_an_update_that_is_taken_back_the_backup_before_it_is_too(backup, path, again):
    """An earlier version reads no newer store: people could not go back to it."""
    newer(path)
    aside = restore(path, backup).aside
    assert rows(aside, "PRAGMA user_version") == [(len(MIGRATIONS) + 1,)]
    assert again(path).store.get("telegram/owner") == OWNER


def test_what_is_no_store_of_ours_is_not_replaced(backup, path):
    """A slip in [storage] path would cost the bookmarks."""
    of_a_browser(path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        restore(path, backup)
    assert path.read_bytes() == before


def test_a_disk_that_is_full_leaves_the_store(backup, path, tmp_path, monkeypatch):
    """The store would be gone, and the backup not in its place."""

    def full(*_arguments, **_named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engram.storage.backups.copying.tempfile.mkstemp", full)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is as it was: the disk is full: make room"):
        restore(path, backup)
    assert path.read_bytes() == before


@pytest.mark.parametrize("opens", [True, False])
def test_what_cannot_be_made_ready_is_not_put_in(backup, path, monkeypatch, opens):
    """Old questions would be answered, because noting that they are not failed."""

    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    if opens:
        monkeypatch.setattr(Store, "write_all", lambda *_: False)
    else:
        monkeypatch.setattr("engram.storage.opening._brought_up_to_date", full)
    before = path.read_bytes()
    with pytest.raises(
        StoreError, match="is as it was: the copy beside it could not be made ready"
    ):
        restore(path, backup)
    assert path.read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="has no forks")
@pytest.mark.parametrize("was_there", [True, False], ids=["old", "none"])
@pytest.mark.parametrize("lines", [pytest.param(1, marks=pytest.mark.long), 23])
def test_whenever_it_is_killed_there_is_the_old_store_or_the_new_one(tmp_path, was_there, lines):
    """A power cut in the wrong moment would leave nothing at all."""
    for name, which in (("engram.db", "old"), ("new.db", "new")):
        if which == "new" or was_there:
            store = Store(tmp_path / name)
            store.put("which", which)
            store.close()
    back_up(tmp_path / "new.db", tmp_path / "b.db")
    command = [sys.executable, "-m", "tests.storage.backups.killed", str(tmp_path), str(lines)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = [line.split() for line in done.stdout.splitlines()]
    before = "old" if was_there else "None"
    firsts = [first for first, _ in found]
    new = firsts.index("new")
    assert firsts == [before] * new + ["new"] * (len(firsts) - new), found
    assert {second for _, second in found} == {"new"}
    assert new > 100 / lines
