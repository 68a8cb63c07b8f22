"""What is known of something that was said."""

from engram.telegram.incoming import Incoming


def test_messages_of_the_old_chat_are_none_of_the_new_one():
    """An answer would be a reply to a stranger's words, or edit them."""
    said = Incoming(1, -5, 7, "hi", is_group=True, replies_to=3)
    moved = said.moved_to(-1005)
    assert (moved.chat_id, moved.message_id, moved.replies_to) == (-1005, -7, -3)
    assert moved.destination.reply_to is None
    assert moved.moved_to(-1005) is moved
    assert said.destination.reply_to == 7
