"""What is read from raw updates."""

import pytest

from engram.chat.commands import command_of
from engram.telegram.incoming import Incoming, MessageKind, Quotation
from engram.telegram.updates import QUOTED, read_move, read_update

BOT_ID, BOT_NAME = 99, "engram_bot"
OURS = {"message_id": 3, "from": {"id": BOT_ID}}
CLAIM = {"text": "BTC will hit 100k"}
MENTION = {"type": "text_mention", "offset": 3, "length": 6, "user": {"id": BOT_ID}}


def update(text="hi", chat=5, kind="private", **more):
    message = {"message_id": 7, "chat": {"id": chat, "type": kind}, "from": {"id": 5}, **more}
    if text is not None:
        message["text"] = text
    return {"update_id": 1, "message": message}


def read(raw):
    return read_update(raw, BOT_ID, BOT_NAME)


def test_a_private_message_is_read():
    """Nobody could talk to the bot."""
    assert read(update("hi")) == Incoming(1, 5, 7, "hi", sender=5, length=2)


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        ("hello all", {}, None),
        ("/status", {}, "/status"),
        ("/status@Engram_Bot now", {}, "/status now"),
        ("/status@other_bot", {}, None),
        ("/price@other_bot BTC", {}, None),
        ("/price@other_bot BTC", {"reply_to_message": OURS}, None),
        ("/price@other_bot BTC as @engram_bot says", {}, None),
        ("/ban@Other_Bot Engram", {"entities": [{**MENTION, "offset": 15}]}, None),
        ("/start@ENGRAM_BOT", {}, "/start"),
        ("/weather", {}, None),
        ("/weather Rome", {"reply_to_message": OURS}, None),
        ("/weather@engram_bot", {}, "/weather"),
        ("/weather @engram_bot?", {}, "/weather ?"),
        ("/ANALYZE btc", {}, "/ANALYZE btc"),
        ("/analyze\nBTC", {}, "/analyze\nBTC"),
        ("\uff0fanalyze BTC", {}, "/analyze BTC"),
        ("hey /analyze btc", {}, None),
        ("hey /analyze@engram_bot btc", {}, "hey /analyze btc"),
        ("@engram_bot_too hello", {}, None),
        ("😀 Engram, hello", {"entities": [MENTION]}, "😀 , hello"),
        ("😀 Engram, hello", {"entities": [{**MENTION, "user": {"id": 5}}]}, None),
        ("😀 Engram, hello", {"entities": [{**MENTION, "offset": "x"}, "x"]}, None),
        (None, {"photo": [{}], "caption": "@engram_bot what is it?"}, "what is it?"),
        (None, {"photo": [{}], "caption": "😀 Engram", "caption_entities": [MENTION]}, "😀"),
        (None, {"photo": [{}], "caption": "/analyze BTC"}, "/analyze BTC"),
        (None, {"photo": [{}], "caption": "look"}, None),
        ("all that is said", {"reply_to_message": {**OURS, "forum_topic_created": {}}}, None),
        ("@engram_bot what about BTC?", {}, "what about BTC?"),
        ("what do you say, @engram_bot?", {}, "what do you say, ?"),
        ("mail@engram_bot.com", {}, None),
        ("and then?", {"reply_to_message": OURS}, "and then?"),
        ("and then?", {"reply_to_message": {"from": {"id": 5}}}, None),
    ],
)
@pytest.mark.parametrize("kind", ["group", "supergroup"])
def test_in_groups_only_what_is_meant_for_the_bot(kind, text, more, said):
    """The bot would talk into every conversation of a group, or into none."""
    found = read(update(text, chat=-5, kind=kind, **more))
    assert (found.text if found.is_addressed else None) == said


def test_in_private_a_command_is_ours_whatever_bot_it_names():
    """A command that was copied from a group would be passed over in silence."""
    found = read(update("/analyze@other_bot BTC"))
    assert (found.is_addressed, command_of(found.text)) == (True, "analyze")
    assert read(update("/weather")).is_addressed


@pytest.mark.parametrize(
    ("more", "text", "is_caption"),
    [
        ({"text": "hi"}, "hi", False),
        ({"photo": [{}], "caption": "what is it?"}, "what is it?", True),
        ({"voice": {}, "caption": "/analyze BTC"}, "/analyze BTC", True),
        ({"photo": [{}]}, None, False),
        ({"photo": [{}], "caption": 7}, None, False),
        ({"text": "\uff0fnew"}, "/new", False),
        ({"text": "1\uff0f2"}, "1\uff0f2", False),
        ({"text": "a\x00b"}, "a\x00b", False),
        ({"text": "😀"}, "😀", False),
    ],
)
def test_a_caption_is_a_text_like_any_other(more, text, is_caption):
    """A question below a picture would not be read."""
    found = read(update(**{"text": None, **more}))
    assert (found.text, found.is_caption) == (text, is_caption)


def test_a_caption_that_is_edited_is_read():
    """A typing error in a caption could not be mended."""
    raw = update(None, photo=[{}], caption="what is it?")
    raw["edited_message"] = raw.pop("message")
    assert (read(raw).kind, read(raw).text) == (MessageKind.EDIT, "what is it?")


def test_who_speaks_as_a_channel_or_group_is_told_apart_from_others():
    """All anonymous administrators of all groups would be one person, and own no button."""
    shared, chat = {"id": 1087968824, "is_bot": True}, {"id": -100}
    anonymous = {"from": shared, "sender_chat": chat}
    assert read(update("/status", -5, "supergroup", **anonymous)).sender == -100
    assert read(press(reply_to_message={"message_id": 2, **anonymous})).asker is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("@durov https://evil.example /stop", "durov https evil example stop"),
        ("A\nB\u202e\x00", "A B"),
        ("永" * 300, "永" * 32),
        ("👩‍👩‍👧 Zoë O'Neil-Ødegård", "👩‍👩‍👧 Zoë O'Neil-Ødegård"),
        ("\u200b", "Somebody"),
        ("**bold** <b>x</b> #tag $BTC", "bold b x b tag BTC"),
    ],
)
def test_a_name_is_only_a_name(name, shown):
    """A person could have the bot send links, ping strangers or fill the screen with a name."""
    said = {"from": {"id": 5, "first_name": name}}
    assert read(update("/new", -5, "group", **said)).name == shown


def test_what_is_quoted_is_kept_apart_from_the_text():
    """A command in somebody else's words would be carried out."""
    said = {"message_id": 3, "from": {"id": 8}, "text": "/new"}
    found = read(update("is this true?", reply_to_message=said))
    assert (found.text, found.quotation) == ("is this true?", Quotation("/new"))


def test_a_text_is_as_long_as_telegram_counts_it_with_all_that_is_left_out():
    """A piece that names the bot would not seem to be full, or long."""
    found = read(update("@engram_bot 😀", -5, "group"))
    assert (found.text, found.length) == ("😀", 14)


def test_whether_a_text_has_changed_can_be_known_without_keeping_it():
    """A reaction would ask a question again."""
    first, same, other = (read(update(text)) for text in ("one", "one", "two"))
    assert first.key == same.key == "5/7"
    assert first.checksum == same.checksum != other.checksum
    photo, captioned = (read(update(None, photo=[{}], **more)) for more in ({}, {"caption": "x"}))
    assert photo.checksum != captioned.checksum
    unnamed, named = (read(update(text, -5, "group")) for text in ("one", "@engram_bot one"))
    assert named.text == unnamed.text
    assert named.checksum != unnamed.checksum


def test_pieces_of_one_message_can_be_known():
    """An album would be answered ten times."""
    found = read(update(None, photo=[{}], media_group_id="9", date=1_700_000_000))
    assert (found.album, found.date) == ("9", 1_700_000_000)
    odd = read(update(None, photo=[{}], media_group_id=9, date="now"))
    assert (odd.album, odd.date) == ("", 0)


def test_the_topic_is_kept():
    """An answer would appear in another topic than its question."""
    found = read(update("/x", -5, "supergroup", message_thread_id=3, is_topic_message=True))
    assert (found.topic, found.conversation) == (3, "-5/3")
    assert read(update("/x", -5, "supergroup", message_thread_id=3)).topic is None


@pytest.mark.parametrize(("chat", "key"), [(-5, "-5"), (5, "5/1")])
def test_the_general_topic_of_a_forum_is_the_chat(chat, key):
    """Telegram takes no message for General, although some clients number it."""
    found = read(update("/x", chat, "x", message_thread_id=1, is_topic_message=True))
    assert found.conversation == key


def test_a_message_without_text_is_recognised():
    """A photo would crash the bot, or be ignored in silence."""
    found = read(update(None, photo=[{"file_id": "x"}]))
    assert (found.text, found.is_wordless, found.brings.has_unread) == (None, True, False)
    found = read(update(None, voice={}))
    assert (found.text, found.is_wordless, found.brings.has_unread) == (None, False, True)
    assert not read(update(None, chat=-5, kind="group", photo=[{}])).is_addressed


def test_what_a_question_is_about_comes_with_it():
    """A picture would not be seen, or a picture of the bot's own be taken for somebody's."""
    photo = {"photo": [{"file_id": "x"}]}
    for message, refs in (
        ({"text": None, **photo, "caption": "what is it?"}, ["x"]),
        ({"text": "what is it?", "reply_to_message": {"from": {"id": 5}, **photo}}, ["x"]),
        ({"text": "what is it?", "reply_to_message": {**OURS, **photo}}, []),
        ({"text": None, "voice": {}, "reply_to_message": {"from": {"id": 5}, **photo}}, []),
    ):
        assert [one.ref for one in read(update(**message)).brings.attachments] == refs


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
                                     "reply_to_message": {"from": "x"}, "quote": 7}},
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
    assert read(raw) is None


def test_what_telegram_says_by_itself_needs_no_answer():
    """Pinning a message would be answered."""
    assert read(update(None, pinned_message={"message_id": 3})) is None


def test_a_reply_names_the_message_that_it_replies_to():
    """A reply to an older answer would continue from the latest one."""
    replied = {"message_id": 3, "from": {"id": BOT_ID}}
    assert read(update("and then?", reply_to_message=replied)).replies_to == 3
    assert read(update("and then?", reply_to_message={"message_id": 3})).replies_to is None


def test_an_edited_message_is_recognised():
    """A corrected question would be answered as a second one, or a photo's new caption as one."""
    raw = update("hi there")
    raw["edited_message"] = raw.pop("message")
    assert read(raw).kind is MessageKind.EDIT
    voice, picture = update(None, voice={}), update(None, photo=[{"file_id": "x"}])
    for one in (voice, picture):
        one["edited_message"] = one.pop("message")
    assert read(voice) is None
    assert (read(picture).text, read(picture).is_wordless) == (None, True)


def press(**more):
    message = {"message_id": 7, "date": 1, "chat": {"id": -5, "type": "supergroup"}, **more}
    query = {"id": "9", "from": {"id": 6}, "message": message, "data": "/analyze BTC/USDT 4h"}
    return {"update_id": 1, "callback_query": query}


def test_a_pressed_button_says_its_command():
    """Buttons would do nothing."""
    pressed = read(press(reply_to_message={"message_id": 2, "from": {"id": 8}}))
    assert (pressed.kind, pressed.text, pressed.callback) == (
        MessageKind.PRESS,
        "/analyze BTC/USDT 4h",
        "9",
    )
    assert (pressed.chat_id, pressed.message_id, pressed.is_group) == (-5, 7, True)
    assert (pressed.sender, pressed.asker) == (6, 8)
    assert read(press(reply_to_message={"message_id": 2, "from": {"id": BOT_ID}})).asker is None


def test_a_button_of_a_message_that_is_too_old_edits_nothing():
    """Telegram would refuse the edit, and the person would get nothing."""
    assert read(press(date=0)).message_id == 0


def test_the_stop_button_of_a_draft_stops():
    """Telegram's own stop button would do nothing."""
    content = {"chat": {"id": 5}, "draft_id": 3, "message_thread_id": 4}
    raw = {"update_id": 1, "stopped_message_generation": content}
    assert read(raw).conversation == "5/4"
    assert (read(raw).kind, read(raw).text, read(raw).chat_id) == (MessageKind.STOP, "/stop", 5)


@pytest.mark.parametrize(
    "raw",
    [
        {"update_id": 1, "callback_query": None},
        {"update_id": 1, "callback_query": {"id": 9, "message": {}}},
        {"update_id": 1, "callback_query": {"id": "9", "inline_message_id": "x"}},
        {"update_id": 1, "stopped_message_generation": {"chat": 5}},
        {"update_id": 1, "edited_message": "x"},
    ],
)
def test_an_odd_press_is_passed_over(raw):
    """One odd update would stop the bot."""
    assert read(raw) is None


@pytest.mark.parametrize(
    ("more", "move"),
    [
        ({"migrate_to_chat_id": -1005}, (-5, -1005)),
        ({"migrate_from_chat_id": -4}, (-4, -5)),
        ({"migrate_to_chat_id": -5}, None),
        ({"migrate_to_chat_id": "x"}, None),
        ({}, None),
    ],
)
def test_a_group_that_got_another_id_is_known(more, move):
    """The group would be a stranger from then on, or a nonsense id take its place."""
    assert read_move(update(None, chat=-5, kind="group", **more)) == move
    assert read_move({"update_id": 1}) is None


@pytest.mark.parametrize(
    ("message", "words", "is_part"),
    [
        ({}, "", False),
        ({"reply_to_message": CLAIM}, "BTC will hit 100k", False),
        ({"reply_to_message": CLAIM, "quote": {"text": "100k"}}, "100k", True),
        ({"reply_to_message": CLAIM, "quote": {"text": " \n"}}, "BTC will hit 100k", False),
        ({"quote": {"text": "100k"}, "external_reply": {"origin": {}}}, "100k", True),
        ({"external_reply": {"origin": {}}}, "", False),
        ({"reply_to_message": {"photo": [{}], "caption": "the chart"}}, "the chart", False),
        ({"reply_to_message": {"photo": [{}]}}, "", False),
        ({"reply_to_message": {"forum_topic_created": {"name": "BTC"}}}, "", False),
        (
            {"reply_to_message": {"poll": {"question": "Up?", "options": [{"text": "Yes"}, 7]}}},
            "Up?\nYes",
            False,
        ),
        (
            {"external_reply": {"checklist": {"title": "To buy", "tasks": [{"text": "ETH"}]}}},
            "To buy\nETH",
            False,
        ),
        ({"reply_to_message": {"poll": {"question": 7, "options": 7}}}, "", False),
        ({"reply_to_message": "x", "quote": "x", "external_reply": 7}, "", False),
        ({"quote": {"text": 7}, "reply_to_message": {"text": "a\ud83d"}}, "a\ufffd", False),
    ],
)
def test_what_a_message_refers_to(message, words, is_part):
    """The model would not know what "this" is."""
    assert read(update(**message)).quotation == Quotation(words.strip(), is_part)


def test_a_long_quotation_is_cut():
    """Somebody else's words would leave the model no room for the question."""
    words = read(update(reply_to_message={"text": "word " * 8000})).quotation.words
    assert len(words) == QUOTED
    assert words.endswith("…")
