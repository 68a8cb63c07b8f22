"""Whole transactions, one at a time; nobody waits long for another process."""

import sqlite3
import threading
import time
from contextlib import closing, contextmanager

import pytest

from engram.core.errors import StoreError
from engram.core.events import ServerThread, Turn
from engram.storage import store as store_module
from engram.storage import writer as writer_module
from engram.storage.conversations import Conversations
from engram.storage.inbox import Arrived, Inbox
from engram.storage.store import Store
from engram.storage.writer import Change, Writer
from tests.conftest import wait_until
from tests.machine_speed import LONG, IdleClock, ends, within

PUT = "REPLACE INTO kept VALUES (?, ?, 0)"


@pytest.fixture
def store(path):
    """A store in a file."""
    opened = Store(path)
    yield opened
    opened.close()


@contextmanager
def locked(path):
    """Another process is in the middle of writing."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other
        if other.in_transaction:
            other.execute("COMMIT")


def on_disk(path, sql="SELECT value FROM kept ORDER BY key"):
    """What another process finds."""
    with closing(sqlite3.connect(path)) as other:
        return [value for (value,) in other.execute(sql)]


def test_while_the_file_is_locked_one_change_waits_and_no_other_does(
    store, path, measured, monkeypatch
):
    """Every message would take five seconds for each of the five things that are noted of it."""
    monkeypatch.setattr(store_module, "LONG_LOCK", LONG)
    took = []
    with IdleClock() as clock, locked(path):
        for number in range(50):
            began = time.monotonic()
            assert not store.write(PUT, f"{number:02}", str(number))
            took.append(clock.since(began))
        assert on_disk(path) == []
        assert store.take_trouble() == ""
    first, *others = took
    measured("50 changes of a locked store", f"{first:.2f} s, others {max(others) * 1000:.2f} ms")
    assert first < 3
    assert sum(others) < 1
    wait_until(lambda: not store._writer.locked, 10)
    assert on_disk(path) == [str(number) for number in range(50)]
    assert store.write(PUT, "50", "50")


def test_what_waited_is_written_in_its_order(store, path):
    """An answered question would be unanswered again."""
    inbox = Inbox(store)
    with locked(path):
        for number in (1, 2):
            assert inbox.receive([Arrived({"update_id": number})]) == [number]
            inbox.begin(number)
        inbox.sent(1)
        store.put("a", "1")
        store.put("a", "2")
    wait_until(lambda: not store._writer.locked, 10)
    assert [entry.update for entry in inbox.unfinished()] == [{"update_id": 2}]
    assert store.get("a") == "2"


def test_what_must_be_on_the_disk_is_not_said_to_be(store, path):
    """A message would be forgotten by Telegram that is nowhere else."""
    with locked(path):
        for _ in range(2):
            with pytest.raises(StoreError, match="is locked by another process"):
                store.add_new("INSERT OR IGNORE INTO kept VALUES (?, ?, 0)", [("a", "1")])
    wait_until(lambda: not store._writer.locked, 10)
    assert on_disk(path) == ["1"]


def test_what_cannot_be_forgotten_now_is_not_forgotten_later(store, path):
    """A conversation that goes on after "I could not forget it" would vanish in the middle."""
    store.put("a", "1")
    with locked(path):
        assert not store.write_all(("DELETE FROM kept",))
        store.put("b", "2")
        assert not store.write_all(("DELETE FROM kept",))
    wait_until(lambda: not store._writer.locked, 10)
    assert on_disk(path) == ["1", "2"]


def test_a_conversation_goes_on_while_the_file_is_locked(store, path):
    """The model would not know what was said a minute ago, for as long as a backup runs."""
    conversations = Conversations(store)
    chat, turns = "5", []

    def say(text, topic=""):
        head, began = conversations.head(chat), conversations.began(chat)
        thread = ServerThread("s", f"about {text}")
        turns.append(
            conversations.add(
                *(chat, Turn(text, "yes"), "mock", thread),
                **{"parent": head, "began": began, "topic": topic, "data": f"data of {text}"},
            )
        )
        conversations.messages.link(chat, len(turns), turns[-1], question=True)

    def questions():
        return [turn.question for turn in conversations.recall(conversations.head(chat)).turns]

    say("one", topic="BTC/USDT 4h")
    with locked(path):
        say("two")
        assert conversations.topic(conversations.head(chat)) == "BTC/USDT 4h"
        say("three", topic="ETH/USDT 4h")
        say("four")
        conversations.choose_model(chat, "glm")
        assert conversations.model(chat) == "glm"
        assert questions() == ["one", "two", "three", "four"]
        assert conversations.topic(turns[-1]) == "ETH/USDT 4h"
        assert conversations.known(turns[-1]).count("data of") == 4
        thread = conversations.recall(turns[-1]).thread
        assert (thread.id, thread.unseen) == ("about four", 0)
        assert conversations.head("6") == 0
    wait_until(lambda: not store._writer.locked, 10)
    for _ in range(2):
        assert questions() == ["one", "two", "three", "four"]
        assert conversations.model(chat) == "glm"
        assert [conversations.messages.at(chat, number + 1).turn for number in range(4)] == turns
        conversations = Conversations(store)
    say("five")
    assert questions()[-2:] == ["four", "five"]


def test_what_was_asked_before_a_new_beginning_is_forgotten_while_the_file_is_locked(store, path):
    """What a person had forgotten would be known again."""
    conversations = Conversations(store)
    began = conversations.began("5")
    assert conversations.begin_anew("5")
    with locked(path):
        for _ in range(2):
            turn = Turn("a", "b")
            assert conversations.add("5", turn, "mock", None, parent=0, began=began) == 0
    assert conversations.head("5") < 0


def test_reading_waits_for_no_writer(store, path):
    """/status would wait for a slow disk, and all else that only looks."""
    store.put("a", "1")
    with locked(path) as other, IdleClock() as clock:
        other.execute("UPDATE kept SET value = '2'")
        began = time.monotonic()
        assert [store.get("a") for _ in range(100)] == ["1"] * 100
        with store._writer.turn:
            reader = threading.Thread(target=store.get, args=["a"])
            reader.start()
            assert ends(reader, 5)
        assert clock.since(began) < 1


def test_what_came_meanwhile_is_written_together(store):
    """Twenty messages at once would take twenty times as long as one on a slow disk."""
    done: list[str] = []
    store._opened.writer.set_trace_callback(done.append)
    with store._writer.turn:
        insert = "INSERT INTO kept VALUES (?, '', 0)"
        threads = [
            threading.Thread(target=store.add_new, args=[insert, [(f"{number}",)]])
            for number in range(20)
        ]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(store._writer._queue) == 20, 10)
    for thread in threads:
        assert ends(thread, 10)
    store._opened.writer.set_trace_callback(None)
    assert done.count("COMMIT") == 1
    assert store.value("SELECT count(*) FROM kept", default=0) == 20


def changes(db, *values):
    """Changes that wait together for their turn, and are written then."""
    writer = Writer(db)
    made = [Change([(PUT, *value)]) for value in values]
    writer._queue.extend(made)
    writer._take()
    return made


def test_a_change_that_cannot_be_written_costs_no_other(store, path):
    """One answer that the disk is too full for would take those of others with it."""
    db = store._opened.writer
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    large, odd = "x" * 100_000, {"no": "text"}
    made = changes(db, ("a", "1"), ("b", large), ("c", 2**70), ("d", odd), ("e", "\ud83d"))
    made += changes(db, ("f", "2"), ("f", "3"))
    assert [bool(change.done) for change in made] == [True, *[False] * 4, True, True]
    assert [type(change.error).__name__ for change in made[1:4]] == [
        "OperationalError",
        "OverflowError",
        *(["InterfaceError"] if isinstance(made[3].error, sqlite3.InterfaceError) else []),
        *(["ProgrammingError"] if isinstance(made[3].error, sqlite3.ProgrammingError) else []),
    ]
    assert on_disk(path) == ["1", "3"]


def test_a_mistake_of_the_caller_is_the_callers(store):
    """A bug would be taken for a full disk, and told to the owner as one."""
    with pytest.raises(TypeError):
        store.write(None)
    assert store.trouble == ""


def test_what_waits_in_memory_has_a_limit(store, path, monkeypatch):
    """A file that stays locked would fill the memory of the machine."""
    monkeypatch.setattr(writer_module, "MOST", 100_000)
    with locked(path):
        written = [store.write(PUT, f"{number:03}", "x" * 500) for number in range(200)]
        # While somebody tries to write them they are not in the queue.
        wait_until(lambda: 80 < len(store._writer._queue) < 110, 10)
        waiting = len(store._writer._queue)
        assert not any(written)
        assert "too much is waiting" in store.take_trouble()
    wait_until(lambda: not store._writer.locked, 10)
    assert len(on_disk(path)) == waiting
    assert store.write(PUT, "later", "1")
    assert (store._writer._size, store.trouble) == (0, "")


def test_a_long_lock_is_told_to_the_owner_once(store, path, monkeypatch):
    """A program that never lets go of the file would go unnoticed until the next crash."""
    monkeypatch.setattr(store_module, "LONG_LOCK", 0.2)
    with locked(path):
        store.put("a", "1")
        told = within(10, lambda moment: time.sleep(moment / 20) or store.take_trouble())
        assert told == f"{path} is locked by another process: what happens is written later"
        assert store.take_trouble() == ""
    wait_until(lambda: not store._writer.locked, 10)
    assert store.take_trouble() == ""


def test_the_end_waits_for_no_other_process(path, caplog):
    """A bot could not be stopped while a backup runs."""
    store = Store(path)
    with locked(path), IdleClock() as clock:
        for number in range(3):
            store.put(f"{number}", "1")
        began = time.monotonic()
        store.close()
        assert clock.since(began) < 2
    assert "3 changes are lost" in caplog.text
    store.put("b", "2")
    assert on_disk(path) == []


def test_what_waits_at_the_end_is_written_if_it_can_be(path):
    """What happened while a backup ran would be forgotten by a restart right after it."""
    store = Store(path)
    with locked(path):
        store.put("a", "1")
        store.put("b", "2")
        store._writer._closed.set()
        wait_until(lambda: "writer" not in {one.name for one in threading.enumerate()}, 10)
    store.close()
    assert on_disk(path) == ["1", "2"]


def test_a_disk_that_hangs_holds_nobody_for_long(store, path, monkeypatch):
    """One write that never returns would take all threads, and then the bot."""
    monkeypatch.setattr(writer_module, "PATIENCE", 0.1)
    hang, hangs = threading.Event(), threading.Event()

    def work():
        with store._writer.turn:
            hangs.set()
            within(30, hang.wait)

    stuck = threading.Thread(target=work)
    stuck.start()
    assert within(10, hangs.wait)
    with IdleClock() as clock:
        began = time.monotonic()
        for number in range(20):
            assert not store.write(PUT, f"{number:02}", f"{number:02}")
        assert not store.write_all((PUT, "a", "1"))
        assert clock.since(began) < 2
    hang.set()
    assert ends(stuck, 10)
    wait_until(lambda: not store._writer.locked, 10)
    assert on_disk(path) == [f"{number:02}" for number in range(20)]


def test_a_signal_in_the_middle_of_writing_keeps_nobody_from_it(store, path):
    """The last answers before a restart would be lost, and asked for a second time."""
    store._writer.turn.acquire()
    store._opened.writer.execute("BEGIN IMMEDIATE")
    store._opened.writer.execute(PUT, ("a", "half"))
    assert store.add_new(PUT, [("b", "1")])
    assert on_disk(path) == ["1"]
    store._writer.turn.release()


def test_two_processes_write_at_the_same_time(path):
    """A terminal chat beside the bot would lose what is said in one of the two."""
    bot, terminal = Store(path, alone=True), Store(path)

    def work(store, name):
        for number in range(100):
            store.write(PUT, f"{name}{number}", "1")

    threads = [
        threading.Thread(target=work, args=[store, f"{store is bot}{number}"])
        for store in (bot, terminal)
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        assert ends(thread, 30)
    wait_until(lambda: not (bot._writer.locked or terminal._writer.locked), 10)
    assert len(on_disk(path)) == 800
    terminal.close()
    bot.close()
