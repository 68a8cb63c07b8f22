"""How the store's file is opened: what is ours is used, and nothing else is touched."""

import os
import socket
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from engram.core.errors import StoreError
from engram.storage import examine, opening
from engram.storage.schema import MIGRATIONS
from engram.storage.store import Store
from tests.machine_speed import ends, within
from tests.storage.files import contents, works_in_memory


def a_pipe(path):
    """Opening it would wait for ever."""
    os.mkfifo(path)
    return path


def a_socket(path):
    """What another program listens at."""
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(str(path))
    return path


def a_circle(path):
    """A link to itself."""
    path.symlink_to(path.name)
    return path


def a_folder(path):
    """With something in it."""
    (path / "x").mkdir(parents=True)
    return path


ODD_PATHS = {
    "folder": (a_folder, "it is a folder"),
    "pipe": (a_pipe, "a pipe or a device"),
    "socket": (a_socket, "a pipe or a device"),
    "device": (lambda _: Path("/dev/zero"), "a pipe or a device"),
    "circle": (a_circle, "symbolic links"),
    "null byte": (lambda path: path.with_name("engram\0.db"), "null byte"),
    "half a character": (lambda path: path.with_name("engram\ud83d.db"), "surrogates"),
    "long name": (lambda path: path.with_name("e" * 300), "too long"),
    "too long for its lock": (lambda path: path.with_name("e" * 253), "too long"),
    "long path": (lambda path: path / "/".join(["folder"] * 1000), "too long"),
    "below a file": (lambda _: Path(__file__) / "engram.db", "a directory"),
}


@pytest.mark.skipif(os.name == "nt", reason="has other paths, and no such files")
@pytest.mark.parametrize(("make", "why"), ODD_PATHS.values(), ids=ODD_PATHS)
def test_where_no_file_can_be_the_bot_works_in_memory(path, make, why):
    """A slip in config.ini would keep the bot from starting, or have it hang for ever."""
    found: list[bool] = []
    odd = make(path)
    thread = threading.Thread(target=lambda: found.append(works_in_memory(odd, why)), daemon=True)
    thread.start()
    assert ends(thread, 10)
    assert found == [True]


def test_a_store_that_can_only_be_read_still_tells_who_owns_the_bot(path, monkeypatch):
    """A disk that became read-only would make a stranger of the owner, who is to be told."""
    first = Store(path)
    first.put("telegram/owner", "5")
    sql = "INSERT INTO chats (chat, head, model) VALUES ('5', 7, 'glm')"
    first.write(sql)
    first.close()
    before = contents(path.parent)

    def read_only(*_args, **_named):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(opening.os, "open", read_only)
    store = Store(path, alone=True)
    assert "Read-only file system" in store.take_trouble()
    assert store.get("telegram/owner") == "5"
    assert store.read("SELECT model FROM chats") == [("glm",)]
    store.close()
    assert contents(path.parent) == before


DAMAGED = {
    "no header": b"SQLite format 3\0" + b"x" * 5000,
    "cut off": b"SQLite format 3\0",
    "zeros": b"SQLite format 3\0" + bytes(8000),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize("alone", [True, False], ids=["bot", "terminal"])
def test_a_damaged_store_is_set_aside_and_replaced(path, content, alone, caplog):
    """A power cut would keep the bot from starting, or go unnoticed."""
    for _ in range(2):
        path.write_bytes(content)
        path.with_name("engram.db-wal").write_bytes(b"what was not in it yet")
        store = Store(path, alone=alone)
        store.put("a", "1")
        assert store.get("a") == "1"
        assert "is damaged" in store.take_trouble()
        store.close()
    # Two in the same second are two.
    aside = sorted(path.parent.glob("engram.db.damaged-*[0-9x]"))
    assert [one.read_bytes() for one in aside] == [content] * 2
    logs = sorted(path.parent.glob("engram.db.damaged-*-wal"))
    assert [one.read_bytes() for one in logs] == [b"what was not in it yet"] * 2
    assert caplog.text.count("is set aside as") == 2


def test_a_damaged_store_is_not_taken_from_the_bot_that_uses_it(path):
    """A look with --check would take the file from under the running bot."""
    bot = Store(path, alone=True)
    bot.put("a", "1")
    bot.scrub()
    path.write_bytes(DAMAGED["no header"])
    with pytest.raises(StoreError, match="another bot uses"):
        Store(path)
    assert path.read_bytes() == DAMAGED["no header"]
    bot.close()


def test_all_that_open_it_at_once_have_it(path):
    """The bot would forget everything because a terminal chat was started at the same moment."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"{MIGRATIONS[0]}; PRAGMA user_version = 1;")
    stores: list[Store] = []
    threads = [threading.Thread(target=lambda: stores.append(Store(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        assert ends(thread, 20)
    assert [store.warnings for store in stores] == [()] * 8
    for store in stores:
        store.close()


def test_a_store_that_is_locked_at_the_start_is_used_all_the_same(path, monkeypatch):
    """A backup that runs at the moment of the start would cost the memory of the whole day."""
    first = Store(path)
    first.put("a", "1")
    first.write("PRAGMA application_id = 0")
    first.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        store = Store(path, alone=True)
        assert (store.get("a"), store.warnings) == ("1", ())
        other.execute("COMMIT")
    store.close()


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_a_store_that_another_process_has_for_itself_ends_no_start(path, monkeypatch, journal):
    """A tool that looks into the file would keep the bot from starting."""
    monkeypatch.setattr(examine, "AT_START", 0.1)
    Store(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(f"PRAGMA journal_mode = {journal}")
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("UPDATE kept SET at = 1")
        store = Store(path, alone=True)
        assert "is locked" in store.take_trouble()
        store.put("a", "1")
        assert store.get("a") == "1"
        store.close()
        other.execute("COMMIT")
    assert within(5, lambda _: Store(path).warnings == ())
