"""Which message belongs to which turn."""

import pytest

from engram.core.attachments import Attachment
from engram.core.events import Turn
from engram.storage.conversations import Conversations
from engram.storage.messages import Linked, Piece
from engram.storage.store import Store

CHAT, OTHER = "5", "6"


@pytest.fixture
def conversations():
    return Conversations(Store(None))


def say(conversations, question, *, chat=CHAT, parent=None):
    after = conversations.head(chat) if parent is None else parent
    return conversations.add(chat, Turn(question, "a"), "mock", None, parent=after, began=0)


def test_messages_lead_to_their_turns(conversations):
    """Neither a reply to an answer nor an edited question could be understood."""
    first = say(conversations, "one")
    second = say(conversations, "two")
    conversations.messages.link(CHAT, 10, second, question=True)
    conversations.messages.link(CHAT, 11, second, question=False)
    for message in (10, 11):
        assert conversations.messages.at(CHAT, message) == Linked(second, parent=first)
    assert conversations.messages.at(CHAT, 12) is None
    assert conversations.messages.at(OTHER, 11) is None
    third = say(conversations, "two, edited", parent=first)
    conversations.messages.link(CHAT, 10, third, question=True)
    assert conversations.messages.at(CHAT, 10) == Linked(third, parent=first)


def test_an_answer_to_a_topic_may_stand_in_the_chat(conversations):
    """A reply to it would follow another turn once the topic is gone."""
    turn = say(conversations, "one", chat="5/3")
    conversations.messages.link("5", 70, turn, question=False)
    assert (
        conversations.messages.at("5/3", 70)
        == conversations.messages.at("5", 70)
        == Linked(turn, 0)
    )
    assert conversations.messages.at("6/3", 70) is None


def test_the_pieces_of_a_question_are_known_until_it_is_forgotten(conversations):
    """An edit of one piece of a paste would ask that piece alone."""
    first = say(conversations, "one\ntwo")
    conversations.messages.link("5", 7, first, question=True)
    conversations.messages.link("5", 9, first, question=False)
    assert conversations.messages.pieces(first) == []
    files = (Attachment("x"), Attachment("y", "trades.csv", 12, is_picture=False))
    pieces = [Piece(7, "one", "what they said", files), Piece(8, "two")]
    conversations.messages.keep_pieces("5", reversed(pieces), first)
    assert conversations.messages.pieces(first) == pieces
    assert conversations.messages.at("5", 8).turn == first
    conversations.begin_anew("5")
    assert conversations.messages.pieces(first) == []


@pytest.mark.parametrize(
    "kept",
    [
        None,
        "",
        "x",
        "{}",
        "[7]",
        '[["x", "y", 1]]',
        '[["x", "y", "1", true]]',
        '[[7, "", 0, true]]',
    ],
)
def test_files_that_are_not_known_or_damaged_are_none(kept):
    """What an earlier version kept would be lost with its words, or a damaged row stop the bot."""
    store = Store(None)
    conversations = Conversations(store)
    turn = say(conversations, "one\ntwo")
    pieces = [Piece(7, "one", "", (Attachment("x"),)), Piece(8, "two")]
    conversations.messages.keep_pieces(CHAT, pieces, turn)
    store.write("UPDATE messages SET files = ? WHERE message = 7", kept)
    assert conversations.messages.pieces(turn) == [Piece(7, "one"), Piece(8, "two")]


def test_the_name_of_a_file_is_kept_without_secrets():
    """A token in a name would stand on the disk for a month."""
    conversations = Conversations(Store(None), masked=lambda text: text.replace("secret", "***"))
    turn = say(conversations, "one\ntwo")
    pieces = [Piece(7, "one", "", (Attachment("secret", "secret.csv", 1, False),)), Piece(8, "two")]
    conversations.messages.keep_pieces(CHAT, pieces, turn)
    (file,) = conversations.messages.pieces(turn)[0].attachments
    assert (file.ref, file.name) == ("secret", "***.csv")
