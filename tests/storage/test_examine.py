"""What is a store of ours, and what is left as it is."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from engram.core.errors import StoreError
from engram.storage.schema import APPLICATION_ID, MIGRATIONS
from engram.storage.store import Store
from tests.machine_speed import ends
from tests.storage.files import SECRETS, contents, works_in_memory


def a_pipe(path):
    """Opening it would wait for ever."""
    os.mkfifo(path)
    return path


def database(path, *statements):
    """A database that some program made."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for sql in statements:
            db.execute(sql)


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
