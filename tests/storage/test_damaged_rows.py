"""One row that is damaged costs that row alone, whatever is in it and wherever it is."""

import time
from contextlib import closing

import pytest

from engram.core.events import Kind, ServerThread, Turn
from engram.core.listener import Answered
from engram.storage.conversations import Conversations, Piece
from engram.storage.inbox import Arrived, Inbox
from engram.storage.statistics import Statistics
from engram.storage.store import Store
from engram.telegram.access import Access
from tests.damage import BROKEN_TEXT, HUGE, damage

OLD, NEW, CHAT = -100, -1000, "5"
COLUMNS = {
    "inbox": (
        "at",
        "state",
        "tries",
        "panel",
        "messages",
        "body",
        "message",
        "checksum",
        "number",
        "identity",
        "reply",
    ),
    "kept": ("value", "at"),
    "chats": ("head", "model", "began"),
    "turns": (
        *("at", "chat", "parent", "question", "answer", "source", "server", "thread"),
        *("topic", "data"),
    ),
    "messages": ("turn", "is_question", "text", "quoted"),
    "answers": ("at", "source", "kind", "seconds", "first_text", "fell_back", "failed"),
}
VALUES = [None, b"\xff\xfe\x00", 2**62, float("inf"), "x", BROKEN_TEXT, HUGE]
CELLS = [(table, column) for table, columns in COLUMNS.items() for column in columns]


def update(number):
    """One as it comes from Telegram."""
    return {"update_id": number, "message": {"message_id": number, "chat": {"id": 5}}}


@pytest.fixture
def path(tmp_path):
    """A store with two rows in each table, the first of which will be damaged."""
    file = tmp_path / "engram.db"
    store = Store(file)
    inbox, conversations = Inbox(store), Conversations(store)
    inbox.receive([Arrived(update(n), f"{n}", f"5/{n}", n) for n in (1, 2)])
    inbox.shown([1], 7, [8])
    for chat in (CHAT, "6"):
        conversations.choose_model(chat, "glm")
        for number, text in enumerate(("one", "two")):
            head, began = conversations.head(chat), conversations.began(chat)
            thread = ServerThread("s", text)
            turn = conversations.add(
                *(chat, Turn(text, "yes"), "mock", thread),
                **{"parent": head, "began": began, "topic": "BTC/USDT 4h", "data": "d"},
            )
            conversations.keep_pieces(chat, [Piece(number, text, "q")], turn)
    statistics = Statistics(store)
    for seconds in (1.0, 2.0):
        statistics.note(Answered("mock", Kind.CHAT, seconds))
    store.put("told/6", str(time.time()))
    store.put("telegram/owner", CHAT)
    store.moves.move(OLD, NEW)
    store.close()
    return file


def use(store):
    """All that a start and an answer read; returns what is not answered."""
    inbox, conversations = Inbox(store), Conversations(store)
    left = [entry.update for entry in inbox.unfinished()]
    for entry in inbox.unfinished():
        assert isinstance(entry.at, float)
        assert all(isinstance(one, int) for one in (*entry.messages, entry.panel or 0))
    assert inbox.depth == len(left)
    inbox.begin(1, 2)
    access = Access([], [], store)
    assert all(isinstance(one, int) for one in access.owners)
    access.may_be_told(6)
    for message in ("5/1", "5/2"):
        assert isinstance(inbox.checksum(message), int | None)
    for chat in (CHAT, "6"):
        head, began = conversations.head(chat), conversations.began(chat)
        recalled = conversations.recall(head)
        assert all(isinstance(turn.question + turn.answer, str) for turn in recalled.turns)
        texts = conversations.known(head) + conversations.topic(head) + conversations.model(chat)
        assert isinstance(texts, str)
        for number in (0, 1):
            if found := conversations.at(chat, number):
                assert all(
                    isinstance(one.text + one.quoted, str)
                    for one in conversations.pieces(found.turn)
                )
                conversations.recall(found.parent)
        turn = Turn("three", "yes")
        number = conversations.add(chat, turn, "mock", None, parent=head, began=began)
        assert conversations.recall(number).turns[-1:] == (turn,)
    rates = Statistics(store).rates(0.0)
    assert f"{rates.p50:.1f} {rates.p95:.1f} {rates.error_rate:.0%} {rates.fallback_rate:.0%}"
    assert store.moves.move(-7, -8)
    store.trim(time.time())
    inbox.release()
    return left


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


@pytest.mark.parametrize("body", ["{", "[]", "7", BROKEN_TEXT, HUGE, None, b"{}", "[" * 100_000])
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
