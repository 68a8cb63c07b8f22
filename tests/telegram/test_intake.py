"""Who may speak, and what is kept; with the double, without a process of its own."""

import zlib

import pytest

from engram.storage.inbox import Arrived, Inbox
from engram.storage.store import Store
from engram.telegram.access import WRONG_CODES, Access
from engram.telegram.intake import WAITING_PER_STRANGER
from engram.telegram.unasked import courier
from tests.conftest import wait_until
from tests.doubles.telegram_files import plain_picture
from tests.telegram.bench import ANN, BEN, GROUP, OWNER, STRANGER, Gate


def test_a_stranger_is_told_once_and_costs_nothing_more(run, telegram):
    """Strangers would use somebody else's computer."""
    run(Gate())
    for number in range(5):
        telegram.say(STRANGER, f"let me in {number}")
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "echo hi")
    shown = telegram.wait_for_text(STRANGER, "This bot is private")
    assert str(STRANGER) in shown.text
    assert len(telegram.screen(STRANGER)) == 1


def test_in_a_flood_of_strangers_who_is_not_told_now_is_told_later(run, telegram, monkeypatch):
    """Each of thousands would take memory, and be told minutes after they had written."""
    monkeypatch.setattr(courier, "CROWD", 0)
    run(Gate())
    telegram.say(STRANGER, "let me in")
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "echo hi")
    assert telegram.screen(STRANGER) == []
    monkeypatch.undo()
    telegram.say(STRANGER, "and now?")
    telegram.wait_for_text(STRANGER, "This bot is private")


def test_a_stranger_who_has_blocked_the_bot_costs_one_line(run, telegram, caplog):
    """Whoever blocks it after a first message would fill the log, or stop it for all others."""
    caplog.set_level("INFO")
    run(Gate())
    telegram.say(STRANGER, "hi")
    telegram.block(STRANGER)
    wait_until(lambda: "blocked by the user" in caplog.text, 5)
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "echo hi")
    assert "Traceback" not in caplog.text


def test_the_first_chat_with_the_code_owns_the_bot(run, telegram):
    """A bot without TELEGRAM_CHAT_ID could never be used."""
    access = Access([], [], Store(None))
    code = access.pairing_code
    run(Gate(), access=access)
    telegram.say(STRANGER, "/start 00000000")
    telegram.say(STRANGER, "0000000A")
    telegram.wait_for(lambda: len(telegram.screen(STRANGER)) == 2)
    assert all("That is not the code" in shown.text for shown in telegram.screen(STRANGER))
    telegram.say(STRANGER, "hello?")
    telegram.wait_for_text(STRANGER, "no owner yet")
    telegram.say(OWNER, f"/start {code}")
    telegram.wait_for_text(OWNER, "I'm Engram")
    telegram.wait_for_text(OWNER, f"put TELEGRAM_CHAT_ID={OWNER} into .env")
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "echo hi")


def test_wrong_codes_of_a_stranger_keep_the_owner_from_nothing(run, telegram):
    """Any stranger could close the bot for its owner, or use up its messages with wrong codes."""
    access = Access([], [], Store(None))
    code = access.pairing_code
    run(Gate(), access=access)
    for _ in range(WRONG_CODES + 20):
        telegram.say(STRANGER, "00000000")
    telegram.wait_for_text(STRANGER, "in a minute")
    telegram.say(STRANGER, code)
    telegram.say(OWNER, "00000000")
    telegram.wait_for_text(OWNER, "That is not the code")
    telegram.say(OWNER, code)
    telegram.wait_for_text(OWNER, "You own this bot now")
    assert len(telegram.screen(OWNER)) == 2
    assert len(telegram.screen(STRANGER)) == WRONG_CODES + 1


def test_before_there_is_an_owner_start_is_answered_each_time_and_a_flood_of_it_costs_little(
    run, telegram
):
    """The owner-to-be would look at an empty chat, or a stranger would keep the bot busy."""
    access = Access([], [], Store(None))
    running = run(Gate(), access=access)
    for count in range(1, 4):
        telegram.say(STRANGER, "/start")
        telegram.wait_for(lambda count=count: len(telegram.screen(STRANGER)) == count)
    telegram.fail_raw("sendMessage", "hang", chat_id=STRANGER)
    for _ in range(WAITING_PER_STRANGER + 30):
        telegram.say(STRANGER, "/start")
    telegram.say(OWNER, access.pairing_code)
    telegram.wait_for_text(OWNER, "I'm Engram")
    assert running.bot._courier.waiting(STRANGER) <= WAITING_PER_STRANGER
    assert len(telegram.screen(STRANGER)) == 3


def test_a_group_is_answered_only_when_it_asks(run, telegram):
    """The bot would talk into every conversation."""
    run(Gate())
    telegram.say(GROUP, "hello all", chat_type="supergroup")
    telegram.say(GROUP, "@engram_test_bot hello", chat_type="supergroup")
    telegram.wait_for_text(GROUP, "echo hello")
    assert len(telegram.screen(GROUP)) == 1


@pytest.mark.parametrize(
    "odd", [{}, {"message": "x"}, {"poll": {}}, {"message": {"chat": {"id": OWNER}}}]
)
def test_an_odd_update_does_not_stop_the_bot(run, telegram, odd):
    """One message of a new kind would silence the bot for everybody."""
    run(Gate())
    telegram.send_update(odd)
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "echo hi")


def test_a_bug_in_taking_an_update_costs_only_that_one(run, telegram, monkeypatch, caplog):
    """One message would come again and again, and stop the bot forever."""
    running = run(Gate())
    monkeypatch.setattr(running.bot._intake._access, "allows", lambda chat: {OWNER: True}[chat])
    telegram.say(STRANGER, "hi")
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "echo hi")
    assert "cannot be handled: skipped" in caplog.text


def test_a_message_that_comes_under_two_numbers_leaves_nothing_in_the_inbox(run, telegram):
    """It would be answered again after each start, forever."""
    gate, store = Gate(), Store(None)
    run(gate, store=store)
    telegram.say(OWNER, "slow")
    telegram.wait_for(lambda: telegram.chat_actions(OWNER))
    number = telegram.say(OWNER, "again")
    telegram.send_update({"message": telegram._api.chats[OWNER].messages[number]})
    telegram.say(OWNER, "/help")
    telegram.wait_for_text(OWNER, "What I can do")
    gate.open.set()
    telegram.wait_for(lambda: len(telegram.screen(OWNER)) == 4)
    wait_until(lambda: Inbox(store).depth == 0, 5)


def asked_of(running):
    """What the assistant is asked from now on, as pairs of a text and the names of files."""
    asked, reply = [], running.bot._runner.answers._assistant.reply

    def noted(chat, text, **told):
        asked.append((text, [file.ref for file in told["sent"].attachments]))
        return reply(chat, text, **told)

    running.bot._runner.answers._assistant.reply = noted
    return asked


def test_an_edit_of_a_picture_or_its_caption_asks_again_and_a_reaction_does_not(run, telegram):
    """Each reaction to a picture would ask about it again, or a new picture would not."""
    asked = asked_of(run(Gate()))
    said = telegram.send_photo(OWNER, plain_picture(1), "what is it?")
    telegram.wait_for(lambda: len(asked) == 1)
    telegram.react(OWNER, said)
    telegram.replace_photo(OWNER, said, plain_picture(2))
    telegram.wait_for(lambda: len(asked) == 2)
    telegram.react(OWNER, said)
    telegram.edit_said(OWNER, said, "and what is that?")
    telegram.wait_for(lambda: len(asked) == 3)
    telegram.say(OWNER, "the end")
    telegram.wait_for_text(OWNER, "echo the end")
    (first, picture), (second, other), (third, same), _ = asked
    assert [first, second, third] == ["what is it?", "what is it?", "and what is that?"]
    assert picture != other == same


def test_a_caption_that_comes_later_or_is_taken_away_asks_again(run, telegram):
    """A picture would keep the answer to what its caption said before."""
    asked = asked_of(run(Gate()))
    said = telegram.send_photo(OWNER, plain_picture(1))
    telegram.wait_for(lambda: len(asked) == 1)
    telegram.edit_said(OWNER, said, "what is it?")
    telegram.wait_for(lambda: len(asked) == 2)
    assert [text for text, _ in asked] == ["", "what is it?"]
    assert asked[0][1] == asked[1][1]


def test_what_an_earlier_version_knew_of_a_picture_is_no_change(run, telegram):
    """After an update each reaction to the latest picture would ask about it again."""
    store = Store(None)
    said = telegram.send_photo(OWNER, plain_picture(1), "what is it?")
    asked = asked_of(run(Gate(), store=store))
    telegram.wait_for_text(OWNER, "echo what is it?")
    words = zlib.crc32(b"what is it?", True)
    store.write("UPDATE inbox SET checksum = ?", words)
    telegram.react(OWNER, said)
    telegram.say(OWNER, "the end")
    telegram.wait_for_text(OWNER, "echo the end")
    assert [text for text, _ in asked][-1] == "the end"
    assert len(asked) <= 2


def test_in_a_group_a_picture_is_read_only_if_the_bot_is_meant(run, telegram):
    """The bot would look at all pictures of a group, or download them."""
    asked = asked_of(run(Gate()))
    telegram.send_photo(GROUP, plain_picture(1), user_id=ANN)
    telegram.send_photo(GROUP, plain_picture(2), "look at that", user_id=BEN)
    theirs = telegram.send_photo(GROUP, plain_picture(3), user_id=STRANGER)
    telegram.quote(GROUP, "@engram_test_bot what is that?", theirs, user_id=OWNER)
    telegram.wait_for_text(GROUP, "echo what is that?")
    telegram.send_photo(GROUP, plain_picture(4), "@engram_test_bot and that?", user_id=ANN)
    telegram.wait_for_text(GROUP, "echo and that?")
    with telegram.changed:
        telegram.send_photo(GROUP, plain_picture(5), user_id=ANN)
        telegram.say(GROUP, "@engram_test_bot and those?", user_id=ANN)
    telegram.wait_for_text(GROUP, "echo and those?")
    assert [(text, len(refs)) for text, refs in asked] == [
        ("what is that?", 1),
        ("and that?", 1),
        ("and those?", 1),
    ]


def test_a_picture_that_an_earlier_process_left_is_asked_about_with_its_words(run, telegram):
    """A crash would cost the picture, or have it described without its question."""
    store = Store(None)
    ref = telegram.files.keep(plain_picture(), "photo")["file_id"]
    rows = [{"photo": [{"file_id": ref}]}, {"text": "what is it?"}]
    for number, content in enumerate(rows, 1):
        said = {"message_id": number, "chat": {"id": OWNER}, "from": {"id": OWNER}, **content}
        Inbox(store).receive([Arrived({"update_id": number, "message": said})])
    telegram.say(OWNER, "/help")
    assistant_asked = []
    running = run(Gate(), store=store, before=lambda made: assistant_asked.append(asked_of(made)))
    telegram.wait_for_text(OWNER, "echo what is it?")
    assert ("what is it?", [ref]) in assistant_asked[0]
    assert "" not in [text for text, _ in assistant_asked[0]]
    wait_until(lambda: Inbox(store).depth == 0, 5)
    assert running.bot.waiting == 0
