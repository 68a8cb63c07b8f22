"""Raw updates -> what was said."""

import pytest

from engram.telegram.incoming import Incoming, read_message

BOT_ID, BOT_NAME = 99, "engram_bot"


def update(text="hi", chat=5, kind="private", **more):
    message = {"message_id": 7, "chat": {"id": chat, "type": kind}, "from": {"id": 5}, **more}
    if text is not None:
        message["text"] = text
    return {"update_id": 1, "message": message}


def read(raw):
    return read_message(raw, BOT_ID, BOT_NAME)


def test_a_private_message_is_read():
    """Nobody could talk to the bot."""
    assert read(update("hi")) == Incoming(1, 5, 7, "hi")


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        ("hello all", {}, None),
        ("/status", {}, "/status"),
        ("/status@Engram_Bot now", {}, "/status now"),
        ("/status@other_bot", {}, None),
        ("@engram_bot what about BTC?", {}, "what about BTC?"),
        ("what do you say, @engram_bot?", {}, "what do you say, ?"),
        ("mail@engram_bot.com", {}, None),
        ("and then?", {"reply_to_message": {"from": {"id": BOT_ID}}}, "and then?"),
        ("and then?", {"reply_to_message": {"from": {"id": 5}}}, None),
    ],
)
@pytest.mark.parametrize("kind", ["group", "supergroup"])
def test_in_groups_only_what_is_meant_for_the_bot(kind, text, more, said):
    """The bot would talk into every conversation of a group, or into none."""
    found = read(update(text, chat=-5, kind=kind, **more))
    assert (found and found.text) == said


def test_commands_for_other_bots_are_not_answered_in_private_either():
    """Two bots would answer one command."""
    assert read(update("/start@other_bot")) is None


def test_the_topic_is_kept():
    """An answer would appear in another topic than its question."""
    found = read(update("/x", -5, "supergroup", message_thread_id=3, is_topic_message=True))
    assert found.topic == 3
    assert read(update("/x", -5, "supergroup", message_thread_id=3)).topic is None


def test_a_message_without_text_is_told_apart():
    """A photo would crash the bot, or be passed over in silence."""
    assert read(update(None, photo=[{}])).text is None
    assert read(update(None, chat=-5, kind="group", photo=[{}])) is None


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"update_id": 1},
        {"update_id": 1, "message": None},
        {"update_id": 1, "message": {"chat": None}},
        {"update_id": 1, "message": {"chat": {"id": "x"}, "message_id": 1}},
        {"update_id": True, "message": {"chat": {"id": 1}, "message_id": 1}},
        {"update_id": 1, "message": {"chat": {"id": 1, "type": "private"}}},
        {"update_id": 1, "channel_post": {"chat": {"id": 1}, "message_id": 1}},
        {"update_id": 1, "message": {"chat": {"id": 1, "type": "channel"}, "message_id": 1}},
        {"update_id": 1, "message": {"chat": {"id": 1, "type": "group"}, "message_id": 1,
                                     "reply_to_message": {"from": "x"}}},
    ],
)  # fmt: skip
def test_what_is_no_message_is_passed_over(raw):
    """One odd update would stop the bot."""
    assert read(raw) is None


@pytest.mark.parametrize("text", [7, None, ["hi"], {"a": 1}])
def test_a_text_that_is_none_is_no_text(text):
    """One odd update would stop the bot."""
    raw = update(None)
    raw["message"]["text"] = text
    assert read(raw).text is None
