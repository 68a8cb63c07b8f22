"""What is known of something that was said."""

import pytest

from engram.core.attachments import Attachment
from engram.storage.messages import Piece
from engram.telegram.files.reading import Brought
from engram.telegram.incoming import (
    TEXT_LIMIT,
    Incoming,
    MessageKind,
    Quotation,
    edited_piece,
    identity,
    joined,
)
from tests.telegram.bench import pieces

ONE, TWO = (Brought((Attachment(ref),), f"unique-{ref}") for ref in ("one", "two"))


def test_messages_of_the_old_chat_are_none_of_the_new_one():
    """An answer would be a reply to a stranger's words, or edit them."""
    said = Incoming(1, -5, 7, "hi", is_group=True, replies_to=3)
    moved = said.moved_to(-1005)
    assert (moved.chat_id, moved.message_id, moved.replies_to) == (-1005, -7, -3)
    assert moved.destination.reply_to is None
    assert moved.moved_to(-1005) is moved
    assert said.destination.reply_to == 7


FULL = "x" * TEXT_LIMIT


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ([("hi", {})], "hi"),
        # A client that cuts anywhere cuts full pieces; one that cuts at white space loses that.
        ([(FULL, {}), ("yz", {})], FULL + "yz"),
        ([(FULL[:4090], {}), ("yz", {})], FULL[:4090] + "\nyz"),
        ([("😀" * 2047 + "x", {}), ("😀", {})], "😀" * 2047 + "x😀"),
        ([("😀" * 2047 + "x", {}), ("y", {})], "😀" * 2047 + "x\ny"),
        ([(FULL, {}), (FULL, {}), ("z", {})], FULL * 2 + "z"),
        ([(None, {}), ("what is it?", {}), (None, {})], "what is it?"),
        ([("one", {}), (None, {}), ("two", {})], "one\ntwo"),
        ([(None, {}), (None, {})], None),
        ([("", {}), (None, {})], ""),
    ],
)
def test_pieces_make_the_message_that_was_written(said, text):
    """Words or numbers would be torn apart, or grow together."""
    whole = pieces(*said)
    assert joined(whole).text == text
    assert joined(whole[::-1]) == joined(whole)


def test_what_one_piece_is_the_whole_message_is():
    """The name of the bot in the last piece, or the quotation in the first, would be lost."""
    whole = joined(
        pieces(
            ("one", {"quotation": Quotation("x"), "replies_to": 3, "is_addressed": False}),
            ("two", {"is_caption": True}),
        )
    )
    assert (whole.quotation.words, whole.replies_to, whole.message_id) == ("x", 3, 1)
    assert whole.is_addressed
    assert whole.is_caption


def test_the_pictures_of_all_pieces_are_those_of_the_message():
    """An album would be its first picture, and a picture of one that has a question none at all."""
    said = pieces((None, {"brings": ONE}), (None, {"brings": TWO}), ("what is it?", {}))
    whole = joined(said)
    assert whole.brings.attachments == (Attachment("one"), Attachment("two"))
    assert (whole.text, whole.is_wordless) == ("what is it?", False)
    assert joined(said[:2]).is_wordless
    assert not joined(pieces(("", {}), (None, {}))).is_wordless


def test_an_edit_keeps_what_came_with_the_other_pieces():
    """Whoever mends the question about a picture would ask it without the picture."""
    edit = Incoming(20, 5, 2, "and now?", MessageKind.EDIT, brings=TWO)
    picture = edited_piece(edit, Piece(1, "", "", ONE.attachments))
    assert (picture.text, picture.brings.attachments) == ("", ONE.attachments)
    assert edited_piece(edit, Piece(2, "what is it?")) == edit


def test_another_picture_is_a_change_and_the_same_one_is_none():
    """A reaction to a picture would ask about it again, or a new picture would not."""
    first, same, other = (
        Incoming(1, 5, 7, "hi", brings=Brought((Attachment(ref),), mark))
        for ref, mark in (("a", "u"), ("b", "u"), ("a", "v"))
    )
    assert first.checksum == same.checksum != other.checksum
    # Earlier versions have kept that of the words.
    words = Incoming(1, 5, 7, "hi")
    assert first.checksum_of_words == other.checksum_of_words == words.checksum
    assert first.checksum != words.checksum


MESSAGE = {"message_id": 7, "chat": {"id": 5}}


@pytest.mark.parametrize(
    "other",
    [
        {"message": MESSAGE | {"message_id": 8}},
        {"message": MESSAGE | {"chat": {"id": 6}}},
        {"message": {}},
        {"edited_message": MESSAGE | {"edit_date": 1}},
        {"edited_message": MESSAGE | {"edit_date": 2}},
        {"callback_query": {"id": "1", "message": MESSAGE}},
        {"callback_query": {"id": "2", "message": MESSAGE}},
        {"callback_query": {"id": "2" * 500 + "3"}},
        {"stopped_message_generation": {"chat": {"id": 5}, "draft_id": 1}},
        {"stopped_message_generation": {"chat": {"id": 5}, "draft_id": 2}},
        {"message": "odd"},
    ],
)
def test_updates_have_identities_that_tell_them_apart(other):
    """A message would be taken for another one that had its number before."""
    mine = {"update_id": 1, "message": MESSAGE | {"text": "a secret", "date": 9}}
    assert identity(other) != identity(mine) == identity(mine | {"update_id": 2})
    assert "secret" not in identity(mine)
    assert len(identity(other)) < 120
    identity(other).encode()
