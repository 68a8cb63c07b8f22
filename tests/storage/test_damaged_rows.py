"""One row that is damaged costs that row alone, whatever is in it and wherever it is."""

import time
from contextlib import closing

import pytest

from engram.core.events import Turn
from engram.storage.conversations import Conversations
from engram.storage.inbox import Inbox
from engram.storage.store import Store
from engram.telegram.access import Access
from tests.damage import BROKEN_TEXT, CHAT, COLUMNS, HUGE, damage, fill, update, use

VALUES = [None, b"\xff\xfe\x00", 2**62, float("inf"), "x", BROKEN_TEXT, HUGE]
CELLS = [(table, column) for table, columns in COLUMNS.items() for column in columns]


@pytest.fixture
def path(tmp_path):
    """A store with rows in each table."""
    file = tmp_path / "engram.db"
    fill(file)
    return file


@pytest.mark.parametrize(("table", "column"), CELLS, ids=lambda name: name)
def test_whatever_is_in_a_cell_costs_that_row_alone(path, table, column, caplog):
    """A single damaged row would end each start, or all questions of a chat, for ever."""
    content = path.read_bytes()
    # Rows without a number of their own are damaged all at once.
    where = {"inbox": "update_id = 1", "turns": "question = 'one'"}.get(table, "1")
    for value in VALUES:
        path.write_bytes(content)
        damage(path, table, column, value, where)
        began = time.monotonic()
        store = Store(path, alone=True)
        with closing(store):
            assert store.warnings == (), f"{value!r:.60} is taken for a damaged file"
            left = use(store)
            assert update(2) in left or (table, column) == ("inbox", "state")
            assert store.trouble == "", repr(value)[:60]
        assert time.monotonic() - began < 60
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    "body", ["{", "[]", "7", BROKEN_TEXT, HUGE, None, "", b"{}", "[" * 100_000]
)
def test_a_question_that_cannot_be_read_is_set_aside_with_a_line(path, body, caplog):
    """One broken question would end every start, and nobody would ever be answered again."""
    damage(path, "inbox", "body", body, "update_id = 1")
    for _ in range(2):
        store = Store(path)
        assert [entry.update for entry in Inbox(store).unfinished()] == [update(2)]
        store.close()
    assert caplog.text.count("update 1 cannot be read: it is set aside") == 1
    store = Store(path)
    assert store.read("SELECT state FROM inbox") == [("sent",), ("received",)]
    store.close()


@pytest.mark.parametrize("column", ["at", "panel", "messages", "tries", "checksum", "message"])
@pytest.mark.parametrize("value", ["x", b"\xff", float("inf"), "[null, {}, true]", BROKEN_TEXT])
def test_a_question_is_answered_whatever_else_is_damaged(path, column, value):
    """A person would wait for ever because of a number that only the bot needs."""
    damage(path, "inbox", column, value, "update_id = 1")
    store = Store(path)
    left = [entry.update for entry in Inbox(store).unfinished()]
    assert sorted(left, key=str) == [update(1), update(2)]
    store.close()


def test_an_owner_that_cannot_be_read_pairs_again(path, caplog):
    """A damaged row would keep the bot from starting."""
    damage(path, "kept", "value", "nobody", "key = 'telegram/owner'")
    store = Store(path)
    access = Access([], [], store)
    assert access.pairing_code
    assert "pair again" in caplog.text
    store.close()


def test_a_conversation_goes_on_without_the_turn_that_is_damaged(path, caplog):
    """A chat would get no answer any more."""
    damage(path, "turns", "answer", b"\xff", "question = 'one'")
    store = Store(path)
    conversations = Conversations(store)
    assert conversations.recall(conversations.head(CHAT)).turns == (Turn("two", "yes"),)
    assert conversations.recall(conversations.head("6")).turns == (Turn("two", "yes"),)
    assert caplog.text.count("has a damaged row, which is left out") == 1
    store.close()
