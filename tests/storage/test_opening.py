"""How the store's file is opened: what is ours is used, and nothing else is touched."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from engram.core.errors import StoreError
from engram.storage import claim as claim_module
from engram.storage import examine, opening
from engram.storage.schema import APPLICATION_ID, MIGRATIONS
from engram.storage.store import Store
from tests.machine_speed import ends, within

SECRETS = b"TELEGRAM_BOT_TOKEN=123:abc\n"
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has such names")


@pytest.fixture
def path(tmp_path):
    """Where the store is."""
    return tmp_path / "engram.db"


def contents(folder):
    """All files of a folder with what is in them; of what is no file the kind."""
    return {
        one.name: one.read_bytes() if one.is_file() else one.stat().st_mode
        for one in folder.iterdir()
    }


def database(path, *statements):
    """A database that some program made."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for sql in statements:
            db.execute(sql)


def works_in_memory(path, why, alone=True):
    """Whether a bot with this store starts, remembers for now, and says why not for ever."""
    store = Store(path, alone=alone)
    store.put("a", "1")
    works = store.get("a") == "1" and store.folder is None
    (told,) = store.warnings
    store.close()
    return works and "nothing will be remembered" in told and why in told


FOREIGN = {
    "secrets": (".env", SECRETS),
    "empty secrets": (".env", b""),
    "an empty text": ("notes.txt", b""),
    "a text named like a store": ("engram.db", b"not a database at all" * 100),
    "a picture": ("engram.db", b"\x89PNG\r\n\x1a\n" + bytes(5000)),
    "a little of everything": ("engram.db", b"SQLite"),
}


@pytest.mark.parametrize(("name", "content"), FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("alone", [True, False], ids=["bot", "terminal"])
@pytest.mark.parametrize("link", [False, True], ids=["", "link"])
def test_what_is_no_store_is_left_as_it_is(tmp_path, name, content, alone, link):
    """A slip in config.ini would cost the file with all secrets."""
    path = tmp_path / name
    path.write_bytes(content)
    if link:
        path = tmp_path / "link.db"
        path.symlink_to(name)
    before = contents(tmp_path)
    assert works_in_memory(path, "another file in its place", alone)
    assert contents(tmp_path) == before


OTHERS = {
    "a browser's": ["CREATE TABLE moz_places (id INTEGER)", "INSERT INTO moz_places VALUES (1)"],
    "a browser's with a log": ["PRAGMA journal_mode = WAL", "CREATE TABLE moz_places (id)"],
    "with a number of its own": ["PRAGMA application_id = 7", "CREATE TABLE kept (key)"],
    "without tables": ["PRAGMA user_version = 3"],
    "of a newer other program": ["CREATE TABLE x (y)", "PRAGMA user_version = 99"],
}


@pytest.mark.parametrize("statements", OTHERS.values(), ids=OTHERS)
def test_the_database_of_another_program_is_left_as_it_is(path, statements):
    """The bookmarks of a browser would become unreadable for it."""
    database(path, *statements)
    before = contents(path.parent)
    assert works_in_memory(path, "the database of another program")
    assert contents(path.parent) == before


def test_the_database_of_a_program_that_runs_is_left_as_it_is(path):
    """What that program has only in its log would be overlooked."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE moz_places (id INTEGER)")
        before = path.read_bytes()
        assert works_in_memory(path, "the database of another program")
        assert path.read_bytes() == before
        assert db.execute("SELECT count(*) FROM moz_places").fetchone() == (0,)


@pytest.mark.parametrize("content", [b"", bytes(8192)], ids=["empty", "zeros"])
def test_a_store_without_content_is_ours_if_it_is_named_like_one(path, content):
    """A file that was made for a container, or that a power cut emptied, would not be used."""
    path.write_bytes(content)
    store = Store(path, alone=True)
    store.put("a", "1")
    store.close()
    again = Store(path, alone=True)
    assert (again.get("a"), again.warnings) == ("1", ())
    again.close()


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


ODD_LOCKS = {
    "folder": (lambda lock: lock.mkdir(), "its lock"),
    "pipe": (lambda lock: os.mkfifo(lock), "its lock"),
    "link to secrets": (lambda lock: lock.symlink_to(".env"), "its lock"),
    "another program's": (lambda lock: lock.write_text("# packages\n" * 1000), "its lock"),
}


@pytest.mark.skipif(os.name == "nt", reason="has no such files")
@pytest.mark.parametrize(("make", "why"), ODD_LOCKS.values(), ids=ODD_LOCKS)
def test_a_lock_that_cannot_be_had_ends_no_start(path, make, why):
    """The bot would end in a traceback, or what is in the place of its lock would be emptied."""
    first = Store(path)
    first.put("telegram/owner", "5")
    first.close()
    (path.parent / ".env").write_bytes(SECRETS)
    make(path.with_name("engram.db.lock"))
    before = contents(path.parent)
    store = Store(path, alone=True)
    assert why in store.take_trouble()
    assert store.get("telegram/owner") == "5", "who owns the bot is known all the same"
    store.put("telegram/owner", "6")
    store.close()
    assert contents(path.parent) == before


@pytest.mark.skipif(os.name == "nt", reason="has no such files")
@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal"])
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_beside_the_store_has_nobody_wait(path, ending, make):
    """A pipe in the place of its log would have the start wait for ever."""
    Store(path).close()
    make(path.with_name(path.name + ending))
    found: list[bool] = []
    look = lambda: found.append(works_in_memory(path, f"engram.db{ending} is no file"))  # noqa: E731
    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    assert ends(thread, 10)
    assert found == [True]


def test_a_lock_of_another_user_ends_no_start(path, monkeypatch):
    """The bot that root has started once would never start again for anybody else."""

    class NotOurs:
        def __init__(self, *_args, **_named):
            pass

        def acquire(self, **_named):
            raise PermissionError(13, "Permission denied", "engram.db.lock")

    monkeypatch.setattr("filelock.FileLock", NotOurs)
    assert works_in_memory(path, "its lock engram.db.lock cannot be had")


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


@pytest.mark.parametrize("is_in_log", [False, True], ids=["", "in the log"])
@pytest.mark.parametrize("alone", [True, False], ids=["bot", "terminal"])
def test_a_store_of_a_newer_version_is_left_as_it_is(tmp_path, path, alone, is_in_log):
    """Going back to an earlier version would break what the newer one has kept."""
    Store(path).close()
    program = (
        "import os, sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None);"
        f"db.execute('PRAGMA user_version = {len(MIGRATIONS) + 1}');"
        f"{'os._exit(0)' if is_in_log else 'db.close()'}"
    )
    subprocess.run([sys.executable, "-c", program, path], check=True)
    before = path.read_bytes()
    assert path.with_name("engram.db-wal").exists() is is_in_log
    with pytest.raises(StoreError, match="of a newer version of Engram"):
        Store(path, alone=alone)
    assert path.read_bytes() == before


def other_names(path):
    """The same store under other names."""
    file, folder = path.with_name("link.db"), path.parent / "folder"
    file.symlink_to(path)
    folder.symlink_to(path.parent, target_is_directory=True)
    twice = path.with_name("twice.db")
    twice.symlink_to(file.name)
    return [file, folder / path.name, folder / file.name, twice, path.parent / "." / path.name]


def test_a_store_through_a_link_is_the_same_store(path):
    """Two bots would answer everything twice."""
    names = other_names(path)
    for name in names:
        store = Store(name, alone=True)
        store.put(str(name), "1")
        before = path.read_bytes()
        for other in (path, *names):
            with pytest.raises(StoreError, match="another bot uses"):
                Store(other, alone=True)
        assert path.read_bytes() == before
        store.close()
    store = Store(path, alone=True)
    assert [store.get(str(name)) for name in names] == ["1"] * len(names)
    store.close()
    assert all(name.is_symlink() for name in names[:1])


@on_linux
def test_a_store_with_two_names_is_the_same_store(path):
    """A copy by hard links, as backups make them, would be a second bot's store."""
    first = Store(path, alone=True)
    os.link(path, path.with_name("other.db"))
    with pytest.raises(StoreError, match="another bot uses"):
        Store(path.with_name("other.db"), alone=True)
    first.close()
    second = Store(path.with_name("other.db"), alone=True)
    assert second.warnings == ()
    second.close()


@on_linux
def test_who_takes_the_number_of_the_file_keeps_nobody_from_it(path):
    """Any user of the machine could keep the bot from starting."""
    Store(path).close()
    found = path.stat()
    with closing(socket.socket(socket.AF_UNIX)) as other:
        other.bind(f"\0engram-store-{found.st_dev}-{found.st_ino}")
        store = Store(path, alone=True)
        assert store.warnings == ()
        store.close()


def test_other_systems_have_no_numbers_of_files(path, monkeypatch):
    """The bot would not start there."""
    monkeypatch.setattr(claim_module.sys, "platform", "win32")
    store = Store(path, alone=True)
    assert store.warnings == ()
    store.close()


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


def test_a_store_of_the_first_edition_is_known_by_its_tables_and_then_by_its_number(path):
    """An update would take the store for another program's, and forget everybody."""
    shutil.copy(Path(__file__).parent.parent / "fixtures" / "first_edition" / "store.db", path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
        store = Store(path, alone=True)
        assert store.warnings == ()
        assert store.read("PRAGMA application_id") == [(APPLICATION_ID,)]
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
