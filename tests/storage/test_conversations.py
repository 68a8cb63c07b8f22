"""What was said, turn by turn."""

import time
from itertools import pairwise

import pytest

from engram.core.attachments import Picture
from engram.core.events import ServerThread, Turn
from engram.storage.conversations import (
    DATA_CHARACTERS,
    KNOWN_CHARACTERS,
    KNOWN_TURNS,
    Conversations,
    Recalled,
)
from engram.storage.messages import Piece
from engram.storage.shown import NOTHING_SHOWN, Shown
from engram.storage.store import Store
from engram.storage.window import CHARACTERS, TURNS

CHAT, OTHER = "5", "6"


@pytest.fixture
def conversations():
    return Conversations(Store(None))


def say(
    conversations, question, thread=None, *,
    chat=CHAT, parent=None, answer="a", person=0, shown=NOTHING_SHOWN,
):  # fmt: skip
    """A turn by the model (with a thread) or by the rules."""
    source, began = "lmstudio" if thread else "mock", conversations.began(chat)
    turn, after = Turn(question, answer), conversations.head(chat) if parent is None else parent
    return conversations.add(
        chat, turn, source, thread, parent=after, began=began, person=person, shown=shown
    )


def questions(conversations, turn):
    return [said.question for said in conversations.recall(turn).turns]


def test_a_chat_goes_on_from_its_own_last_turn(conversations):
    """A follow-up question would follow what somebody else has said."""
    say(conversations, "one")
    say(conversations, "theirs", chat=OTHER)
    second = say(conversations, "two")
    assert conversations.head(CHAT) == second
    assert questions(conversations, second) == ["one", "two"]


def test_a_conversation_outlives_the_process(tmp_path):
    """After a restart the bot would have forgotten everybody."""
    first = Store(tmp_path / "engram.db")
    say(Conversations(first), "one", ServerThread("s", "r1"))
    Conversations(first).choose_model(CHAT, "big")
    first.close()
    second = Store(tmp_path / "engram.db")
    again = Conversations(second)
    assert again.recall(again.head(CHAT)) == Recalled((Turn("one", "a"),), ServerThread("s", "r1"))
    assert again.model(CHAT) == "big"
    second.close()


@pytest.mark.parametrize(
    ("threads", "expected"),
    [
        ([], None),
        ([None], None),
        ([ServerThread("s", "r1")], ServerThread("s", "r1", unseen=0)),
        ([ServerThread("s", "r1"), ServerThread("s", "r2")], ServerThread("s", "r2", unseen=0)),
        ([ServerThread("s", "r1"), None], ServerThread("s", "r1", unseen=1)),
        ([ServerThread("s", "r1"), None, None], ServerThread("s", "r1", unseen=2)),
        (
            [ServerThread("s", "r1"), ServerThread("t", "q1"), None],
            ServerThread("t", "q1", unseen=1),
        ),
    ],
)
def test_the_servers_thread_is_known_with_what_it_lacks(conversations, threads, expected):
    """After a fallback answer the model would not know what the rules have said."""
    for thread in threads:
        say(conversations, "q", thread)
    assert conversations.recall(conversations.head(CHAT)).thread == expected


def test_what_is_told_again_is_bounded(conversations):
    """A long conversation would not fit into the model any more."""
    for number in range(TURNS):
        last = say(conversations, f"{number}")
    assert questions(conversations, last) == [f"{n}" for n in range(TURNS)]
    last = say(conversations, f"{TURNS}")
    assert questions(conversations, last) == [f"{n}" for n in range(TURNS // 2 + 1, TURNS + 1)]
    last = say(conversations, "much too long", answer="x" * CHARACTERS)
    assert questions(conversations, last) == ["much too long"]


def test_a_conversation_is_told_from_the_same_turn_on_for_long(conversations):
    """A server that knows the beginning would have to read all of it again with each question."""
    told = [questions(conversations, say(conversations, f"{number}")) for number in range(60)]
    assert all(len(one) > TURNS // 2 - 1 for one in told[TURNS:])
    begins = [one[0] for one in told]
    changes = sum(a != b for a, b in pairwise(begins))
    assert changes == (60 - TURNS - 1) // (TURNS // 2 + 1) + 1
    # What follows an older answer begins where that did.
    head = conversations.head(CHAT)
    say(conversations, "another", parent=head)
    assert questions(conversations, conversations.head(CHAT))[0] in begins


def test_a_thread_is_found_behind_a_very_long_turn(conversations):
    """The server would be told again what it knows, or lose its memory of the conversation."""
    say(conversations, "one", ServerThread("s", "r1"))
    last = say(conversations, "long", answer="x" * CHARACTERS)
    assert questions(conversations, last) == ["long"]
    assert conversations.recall(last).thread == ServerThread("s", "r1", unseen=1)


def test_a_conversation_can_begin_anew_and_keeps_the_model(conversations):
    """/new would forget nothing, or also which model was chosen."""
    conversations.choose_model(CHAT, "big")
    say(conversations, "one")
    conversations.begin_anew(CHAT)
    assert conversations.recall(conversations.head(CHAT)) == Recalled()
    assert questions(conversations, say(conversations, "two")) == ["two"]
    assert (conversations.model(CHAT), conversations.model(OTHER)) == ("big", "")


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("anew", [0, 1])
def test_an_answer_from_before_the_new_beginning_is_forgotten_as_well(
    conversations, before, after, anew
):
    """What was to be forgotten would come back."""
    for _ in range(anew):
        conversations.begin_anew(CHAT)
    for number in range(before):
        say(conversations, f"{number}")
    head, began = conversations.head(CHAT), conversations.began(CHAT)
    conversations.begin_anew(CHAT)
    for number in range(after):
        say(conversations, f"new {number}")
    late = conversations.add(CHAT, Turn("late", "a"), "mock", None, parent=head, began=began)
    assert late == 0
    assert questions(conversations, conversations.head(CHAT)) == ["new 0"][:after]


def test_an_older_answer_can_be_followed(conversations):
    """A reply to an older answer would follow the latest one."""
    first = say(conversations, "one")
    say(conversations, "two")
    third = say(conversations, "three", parent=first)
    assert questions(conversations, third) == ["one", "three"]
    assert conversations.head(CHAT) == third


def test_what_was_forgotten_is_off_the_disk(tmp_path):
    """Whoever gets hold of the file would read what somebody had sent /new for."""
    file = tmp_path / "engram.db"
    conversations = Conversations(Store(file))
    for chat, secret in ((CHAT, "SECRET-ONE"), (OTHER, "SECRET-TWO")):
        turn = say(conversations, f"{secret} asked", answer=f"{secret} answered", chat=chat)
        conversations.messages.link(chat, 10, turn, question=True)
        assert any(secret.encode() in found for found in contents(tmp_path))
    assert conversations.begin_anew(CHAT)
    assert not any(b"SECRET-ONE" in found for found in contents(tmp_path))
    assert any(b"SECRET-TWO" in found for found in contents(tmp_path))
    assert conversations.messages.at(CHAT, 10) is None
    assert conversations.messages.at(OTHER, 10) is not None
    conversations._store.close()


def contents(folder):
    """What is in the files of the store."""
    return [file.read_bytes() for file in folder.iterdir()]


def test_what_cannot_be_forgotten_is_not_said_to_be(tmp_path):
    """A person would rely on what did not happen."""
    store = Store(tmp_path / "engram.db")
    conversations = Conversations(store)
    last = say(conversations, "one")
    store.write("PRAGMA query_only = ON")
    assert not conversations.begin_anew(CHAT)
    assert questions(conversations, last) == ["one"]
    assert "cannot be written" in store.trouble
    store.close()


def test_turns_that_were_trimmed_end_the_conversation(conversations):
    """A reply to an answer from last year would be an error."""
    first = say(conversations, "one", ServerThread("s", "r1"))
    second = say(conversations, "two")
    conversations._store.write("DELETE FROM turns WHERE number = ?", first)
    assert questions(conversations, second) == ["two"]
    assert conversations.recall(first) == Recalled()


def test_what_a_model_knows_is_kept_with_its_data(tmp_path):
    """A figure that the model was given before a restart would be called an invention."""
    store = Store(tmp_path / "engram.db")
    conversations = Conversations(store)
    first = conversations.add(
        CHAT, Turn("/analyze", "up"), "lmstudio", None, parent=0, began=0, data="high 65,307.45"
    )
    last = conversations.add(CHAT, Turn("and now?", "down"), "mock", None, parent=first, began=0)
    store.close()
    again = Store(tmp_path / "engram.db")
    known = Conversations(again).known(last)
    assert known == "high 65,307.45\n\n/analyze\n\nup\n\n\n\nand now?\n\ndown"
    assert Conversations(again).known(0) == ""
    again.close()


def test_what_a_model_knows_is_bounded():
    """A conversation of months would be searched for each number of each answer."""
    conversations, last = Conversations(Store(None)), 0
    for number in range(KNOWN_TURNS + 9):
        turn = Turn(f"q{number}", "a")
        last = conversations.add(
            CHAT, turn, "mock", None, parent=last, began=0, data="x" * 2 * DATA_CHARACTERS
        )
    known = conversations.known(last)
    assert known.endswith(f"q{KNOWN_TURNS + 8}\n\na")
    assert len(known) <= KNOWN_CHARACTERS + DATA_CHARACTERS


def test_the_topic_is_the_last_one_along_the_turns_that_are_followed(conversations):
    """A follow-up would mean a market that somebody spoke of elsewhere, or nothing at all."""

    def add(topic, parent, chat=CHAT):
        began, turn = conversations.began(chat), Turn("q", "a")
        return conversations.add(chat, turn, "mock", None, parent=parent, began=began, topic=topic)

    first = add("BTC/USDT 4h", 0)
    talk = add("", add("", first))
    other = add("ETH/USDT 1d", first)
    add("SOL/USDT 1h", 0, OTHER)
    topics = [conversations.topic(turn) for turn in (first, talk, other, 0, 999)]
    assert topics == ["BTC/USDT 4h", "BTC/USDT 4h", "ETH/USDT 1d", "", ""]
    conversations.begin_anew(CHAT)
    assert conversations.topic(talk) == ""


def test_what_is_kept_is_masked():
    """A key that a model says would be in the store for a month."""
    kept = Conversations(Store(None), lambda text: text.replace("key", "•••"))
    number = kept.add(CHAT, Turn("my key", "a key"), "x", None, parent=0, began=0, data="key 1")
    kept.messages.keep_pieces(CHAT, [Piece(7, "the key", "a key")], number)
    assert kept.recall(number).turns == (Turn("my •••", "a •••"),)
    assert kept.known(number) == "••• 1\n\nmy •••\n\na •••"
    assert kept.messages.pieces(number) == [Piece(7, "the •••", "a •••")]


SEEN = Shown((Picture("seen", 8, 6),))
UNSEEN = Shown((Picture("unseen", 8, 6),), is_seen=False)


def test_only_the_latest_pictures_are_shown_again(conversations):
    """A model would be given every picture of a long conversation with each question."""
    first = say(conversations, "one", shown=SEEN)
    second = say(conversations, "two", parent=first, shown=UNSEEN)
    third = say(conversations, "three", parent=second)
    turns = conversations.recall(third).turns
    assert [turn.pictures for turn in turns] == [(), UNSEEN.pictures, ()]


@pytest.mark.parametrize(
    ("shown", "person", "since", "expected"),
    [
        (UNSEEN, 7, -600, UNSEEN.pictures),
        (UNSEEN, 7, 600, ()),
        (UNSEEN, 8, -600, ()),
        (SEEN, 7, -600, ()),
    ],
    ids=["shown", "too long ago", "by somebody else", "seen"],
)
def test_a_picture_that_waits_for_its_question(conversations, shown, person, since, expected):
    """Who shows a picture, and then asks, would be asked which picture."""
    first = say(conversations, "", person=7, shown=shown)
    other = say(conversations, "and I?", parent=first, person=9)
    assert conversations.unseen(other, person, time.time() + since) == expected


def test_the_next_question_is_the_last_one_about_it(conversations):
    """Ten minutes long every question would be about that picture."""
    first = say(conversations, "", person=7, shown=UNSEEN)
    second = say(conversations, "what is it?", parent=first, person=7)
    assert conversations.unseen(second, 7, 0.0) == ()


def test_how_much_a_chat_wants_its_model_to_think(conversations):
    """Each question after a restart would be thought about as before the choice."""
    assert conversations.effort("1") == ""
    conversations.choose_effort("1", "off")
    conversations.choose_model("1", "qwen/qwen3-8b")
    conversations.choose_effort("2", "high")
    assert (conversations.effort("1"), conversations.model("1")) == ("off", "qwen/qwen3-8b")
    conversations.choose_effort("1", "")
    assert (conversations.effort("1"), conversations.effort("2")) == ("", "high")
