"""One bot at a time works with a store, whichever of its names it was given."""

import os
import socket
import sys
import threading
from contextlib import closing

import pytest

from engram.core.errors import StoreError
from engram.storage import claim as claim_module
from engram.storage.claim import LookingClaim
from engram.storage.store import Store
from tests.storage.files import SECRETS, contents, works_in_memory


def a_pipe(path):
    """Opening it would wait for ever."""
    os.mkfifo(path)
    return path


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has such names")


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


def test_a_lock_of_another_user_ends_no_start(path, monkeypatch):
    """The bot that root has started once would never start again for anybody else."""

    class NotOurs:
        def __init__(self, *_args, **_named):
            pass

        def acquire(self, **_named):
            raise PermissionError(13, "Permission denied", "engram.db.lock")

    monkeypatch.setattr("filelock.FileLock", NotOurs)
    assert works_in_memory(path, "its lock engram.db.lock cannot be had")


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


@pytest.fixture(autouse=True)
def asks_each_time(monkeypatch):
    """What has changed is known at once."""
    monkeypatch.setattr(claim_module, "KNOWN", 0.0)


@pytest.fixture
def looking(path):
    """A terminal that asks whether it may look."""
    Store(path).close()
    claim = LookingClaim(path)
    yield claim
    claim.release()


def test_one_terminal_looks_and_no_other(path, looking):
    """Each terminal that is open would ask the exchange for the same."""
    other = LookingClaim(path)
    assert looking.is_held()
    assert looking.is_held(), "and goes on"
    assert not other.is_held()
    looking.release()
    assert other.is_held()
    other.release()


@pytest.mark.skipif(os.name == "nt", reason="stops no process like this")
def test_a_terminal_that_is_stopped_loses_it_to_the_next(path, looking):
    """With one terminal stopped by Ctrl-Z nothing would be told in any other."""
    other, watch = LookingClaim(path), path.with_name("engram.db.watch")
    assert looking.is_held()
    assert not other.is_held()
    os.utime(watch, (0, 0))
    assert other.is_held()
    # Once it goes on it asks again, and is told that another one looks by now.
    assert not looking.is_held()
    assert other.is_held()
    other.release()
    assert looking.is_held()


def test_whoever_takes_the_lock_away_takes_the_right(path, looking):
    """Somebody who tidies the folder would have two terminals tell everything twice."""
    assert looking.is_held()
    path.with_name("engram.db.watch").unlink()
    assert looking.is_held()
    other = LookingClaim(path)
    assert not other.is_held()


def test_no_terminal_looks_while_a_bot_does(path, looking):
    """What fires would be printed in a terminal in which nobody sits."""
    assert looking.is_held()
    bot = Store(path, alone=True)
    assert not looking.is_held()
    bot.close()
    assert looking.is_held()


def test_a_bot_starts_while_terminals_ask_for_it(path, looking):
    """A bot would end with "another bot uses it" because a terminal has just looked."""
    ended = threading.Event()

    def ask():
        while not ended.is_set():
            looking.is_held()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _ in range(10):
            Store(path, alone=True).close()
    finally:
        ended.set()
        asking.join()


def test_nothing_is_looked_at_in_memory():
    """A terminal without a file would look at nothing, each minute."""
    assert not LookingClaim(None).is_held()


@pytest.mark.skipif(os.name == "nt", reason="has no such files")
@pytest.mark.parametrize("ending", ["lock", "watch"])
@pytest.mark.parametrize("name", ["folder", "pipe"])
def test_who_cannot_have_the_lock_does_not_look(path, looking, ending, name):
    """A terminal would hang, or look beside the bot."""
    make, _ = ODD_LOCKS[name]
    path.with_name(f"engram.db.{ending}").unlink(missing_ok=True)
    make(path.with_name(f"engram.db.{ending}"))
    assert not looking.is_held()
