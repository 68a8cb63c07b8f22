"""Chats that have another id now."""

import sqlite3
from contextlib import closing

import pytest

from engram.core.events import Turn
from engram.storage.conversations import Conversations
from engram.storage.inbox import Arrived, Inbox
from engram.storage.store import Store

OLD, NEW, OTHER = -77, -1001234567890, -771


def say(store, chat, question):
    """A turn of the conversation `chat`; returns its number."""
    conversations = Conversations(store)
    head, began = conversations.head(chat), conversations.began(chat)
    return conversations.add(chat, Turn(question, "a"), "mock", None, parent=head, began=began)


def known(store, chat):
    conversations = Conversations(store)
    return [turn.question for turn in conversations.recall(conversations.head(chat)).turns]


def update(chat, number, **more):
    message = {"message_id": number, "chat": {"id": chat}, "text": "hi", **more}
    return {"update_id": number, "message": message}


def test_a_conversation_goes_on_under_the_new_id(store):
    """A group that becomes a supergroup would be a stranger, with another model."""
    for chat, question in [(OLD, "one"), (OLD, "two"), (f"{OLD}/3", "topic"), (OTHER, "other")]:
        say(store, str(chat), question)
    Conversations(store).choose_model(str(OLD), "big")
    assert store.moves.move(OLD, NEW)
    assert known(store, str(NEW)) == known(store, str(OLD)) == ["one", "two"]
    assert known(store, f"{NEW}/3") == ["topic"]
    assert known(store, str(OTHER)) == ["other"]
    assert Conversations(store).model(str(NEW)) == "big"


def test_what_is_still_said_under_the_old_id_belongs_to_the_new_one(store):
    """An answer in progress would end in a conversation that nobody can go on with."""
    say(store, str(OLD), "one")
    store.moves.move(OLD, NEW)
    turn = say(store, str(OLD), "two")
    Conversations(store).messages.link(str(OLD), 5, turn, question=False)
    assert known(store, str(NEW)) == ["one", "two"]
    # A message that was known under the old id is none of the new chat's.
    assert Conversations(store).messages.at(str(OLD), 5).turn == turn
    assert Conversations(store).messages.at(str(NEW), 5) is None
    assert Conversations(store).begin_anew(str(OLD))
    assert known(store, str(NEW)) == []


def test_a_message_of_the_old_chat_is_none_of_the_new_one(store):
    """A reply to the fifth message of the new group would follow the fifth one of the old."""
    Conversations(store).messages.link(str(OLD), 5, say(store, str(OLD), "one"), question=False)
    store.moves.move(OLD, NEW)
    assert Conversations(store).messages.at(str(NEW), 5) is None


@pytest.mark.parametrize("type_", ["TEXT", "INTEGER", ""])
def test_a_table_that_is_added_later_moves_along(store, type_):
    """Each new kind of thing that is kept for a chat would be lost when a group is upgraded."""
    sql = (
        f"CREATE TABLE later (chat {type_} NOT NULL, message INTEGER, what, UNIQUE (chat, message))"
    )
    store.write(sql)
    for chat, number in [(OLD, 5), (OLD, 6), (NEW, 5), (OTHER, 5)]:
        store.write("INSERT INTO later VALUES (?, ?, 'x')", chat, number)
    if type_ == "TEXT":
        store.write("INSERT INTO later VALUES (?, 7, 'x')", f"{OLD}/3")
    store.moves.move(OLD, NEW)
    rows = {(str(chat), number) for chat, number, _ in store.read("SELECT * FROM later")}
    expected = {(str(NEW), -5), (str(NEW), -6), (str(NEW), 5), (str(OTHER), 5)}
    assert rows == expected | ({(f"{NEW}/3", -7)} if type_ == "TEXT" else set())


def test_what_is_kept_for_both_is_that_of_the_new_chat(store):
    """What was chosen since would be undone, or the move be refused as a whole."""
    Conversations(store).choose_model(str(OLD), "old")
    Conversations(store).choose_model(str(NEW), "new")
    assert store.moves.move(OLD, NEW)
    assert Conversations(store).model(str(NEW)) == "new"
    assert store.read("SELECT chat FROM chats") == [(str(NEW),)]


def test_keys_and_the_owner_move_along(store):
    """A group that owns the bot would have to be paired again."""
    kept = {
        "telegram/owner": str(OLD),
        f"told/{OLD}": "1",
        f"zone/{OLD}/3": "UTC",
        f"told/{OTHER}": "1",
        "other": f"{OLD} and more",
    }
    for key, value in kept.items():
        store.put(key, value)
    store.moves.move(OLD, NEW)
    assert dict(store.read("SELECT key, value FROM kept")) == {
        "telegram/owner": str(NEW),
        f"told/{NEW}": "1",
        f"zone/{NEW}/3": "UTC",
        f"told/{OTHER}": "1",
        "other": f"{OLD} and more",
        f"moved/{OLD}": str(NEW),
    }


def test_what_is_not_answered_yet_is_answered_in_the_new_chat(store):
    """After a restart the answer would go to a group that is no more, or change other words."""
    inbox = Inbox(store)
    replied = update(OLD, 7, reply_to_message={"message_id": 3})
    pressed = {"update_id": 8, "callback_query": {"id": "1", **update(OLD, 8)}}
    edited = {"update_id": 9, "edited_message": update(OLD, 9)["message"]}
    inbox.receive([*map(Arrived, (replied, pressed, edited, update(OTHER, 10), update(NEW, 11)))])
    for number in (7, 10, 11):
        inbox.shown(number, 4, [5])
    store.moves.move(OLD, NEW)
    seen = {
        entry.update["update_id"]: (entry.update, entry.panel, entry.messages)
        for entry in inbox.unfinished()
    }
    moved = update(NEW, -7, reply_to_message={"message_id": -3})
    assert seen[7] == ({**moved, "update_id": 7}, None, ())
    assert seen[8][0]["callback_query"]["message"] == update(NEW, -8)["message"]
    assert seen[9][0]["edited_message"] == update(NEW, -9)["message"]
    assert seen[10] == (update(OTHER, 10), 4, (5,))
    assert seen[11] == (update(NEW, 11), 4, (5,))


def test_a_move_is_known_after_a_restart(tmp_path):
    """The permission would be lost with the process, since .env names the old id."""
    first = Store(tmp_path / "engram.db")
    first.moves.move(OLD, NEW)
    first.close()
    second = Store(tmp_path / "engram.db")
    moves = second.moves
    assert (moves.now(OLD), moves.now(NEW), moves.now(OTHER)) == (NEW, NEW, OTHER)
    assert (moves.before(NEW), moves.first(NEW), moves.first(OLD)) == ((OLD,), OLD, OLD)
    second.close()


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(OLD, NEW), (OLD, NEW)], [True, True]),
        ([(OLD, OLD)], [False]),
        ([(OLD, NEW), (NEW, OLD)], [True, False]),
        ([(OLD, NEW), (NEW, NEW)], [True, False]),
        ([(OLD, NEW), (NEW, OTHER), (OTHER, OLD)], [True, True, False]),
    ],
)
def test_a_chat_never_moves_in_a_circle(store, steps, expected):
    """An answer would be sent there and back for ever."""
    moves = store.moves
    assert [moves.move(*step) for step in steps] == expected
    assert moves.now(OLD) == (steps[1] if len(steps) == 3 else steps[0])[1]


def test_a_move_that_cannot_be_written_is_written_later(tmp_path):
    """On a disk that is full for a moment, a group would lose its permission for good."""
    store = Store(tmp_path / "engram.db")
    say(store, str(OLD), "one")
    with closing(sqlite3.connect(tmp_path / "engram.db", isolation_level=None)) as other:
        store.write("PRAGMA busy_timeout = 1")
        other.execute("BEGIN IMMEDIATE")
        moves = store.moves
        assert moves.move(OLD, NEW)
        assert moves.now(OLD) == NEW
    moves.save()
    assert known(store, str(NEW)) == ["one"]
    assert store.get(f"moved/{OLD}") == str(NEW)
    store.close()


def test_all_is_moved_or_nothing(store):
    """Half of what a group had would be left behind under an id that nobody uses."""
    say(store, str(OLD), "one")
    store.write("CREATE TABLE later (chat TEXT CHECK (chat = ''))")
    store.write("PRAGMA ignore_check_constraints = ON")
    store.write("INSERT INTO later VALUES (?)", str(OLD))
    store.write("PRAGMA ignore_check_constraints = OFF")
    store.write("CREATE TRIGGER stuck BEFORE DELETE ON later BEGIN SELECT RAISE(ABORT, 'x'); END")
    store.moves.move(OLD, NEW)
    assert store.read("SELECT chat FROM chats") == [(str(OLD),)]
    assert store.get(f"moved/{OLD}") is None


def test_an_edit_of_a_message_from_before_is_known(store):
    """A question would be answered a second time because Telegram showed a preview of its link."""
    inbox = Inbox(store)
    inbox.receive([Arrived(update(OLD, 7), message=f"{OLD}/7", checksum=123)])
    inbox.sent(7)
    store.moves.move(OLD, NEW)
    assert inbox.checksum(f"{NEW}/-7") == 123
    assert inbox.checksum(f"{NEW}/7") is None
