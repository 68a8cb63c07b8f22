"""Pastes, albums and edits, with `launcher.py` as a process; also when it is killed meanwhile."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import pytest

from engram.telegram.pieces import PIECES
from engram.telegram.texts import UNREADABLE
from tests.conftest import OWNER, wait_until
from tests.doubles.lmstudio import Answer
from tests.machine_speed import exit_code

pytestmark = pytest.mark.unpaced

GROUP, TOPIC = -100200300, 3
ANN, BEN = 51, 52
ALLOWED = f"allowed_chat_ids = {GROUP}"
# In two pieces, which are cut at a space.
PAGE = "Some words of a page that is too long for one message. " * 80 + "What do you say?"
NAME = "@engram_test_bot"
KILL = 9


@pytest.fixture
def telegram(twice_edited_telegram):
    """Telegram; a process that was killed may leave what its successor edits to the same."""
    return twice_edited_telegram


def counts(exchange):
    """A model that says how much it was asked, slowly enough to be interrupted."""
    exchange.event("chat.start", model_instance_id=exchange.model)
    words = f"I read {len(exchange.body['input'])} characters."
    for word in words.split(" "):
        exchange.pause(0.1)
        exchange.event("message.delta", content=f"{word} ")
    exchange.end([{"type": "message", "content": words}])


def asked(lmstudio):
    """The questions that the model got, in their order, with one space for all white space."""
    return [" ".join(chat.body["input"].split()) for chat in lmstudio.chats]


def finals(telegram, chat=OWNER):
    """The answers that are complete."""
    return [shown for shown in telegram.screen(chat) if "Powered by" in (shown.text or "")]


def answered(telegram, count=1, chat=OWNER):
    """Wait until so many answers are complete."""
    return telegram.wait_for(
        lambda: len(finals(telegram, chat)) == count and finals(telegram, chat)
    )


def test_a_paste_in_pieces_is_one_question_that_keeps_nobody_waiting(bot, telegram, lmstudio):
    """Each third of a page would be answered by itself, or everybody would wait for the rest."""
    lmstudio.behave(counts)
    running = bot(telegram_keys="allowed_chat_ids = 7")
    first, second = telegram.paste(OWNER, PAGE)
    # The first piece of another one, the rest of which never comes.
    telegram.say(7, PAGE[:4096])
    telegram.say(OWNER, "/help")
    telegram.wait_for_text(OWNER, "What I can do")
    assert finals(telegram, 7) == []
    answered(telegram, chat=7)
    answered(telegram)
    assert sorted(asked(lmstudio), key=len) == [PAGE[:4096].strip(), PAGE]
    # Of the pieces of one message each can be edited, and all of it is asked again.
    telegram.edit_said(OWNER, second, "What do you think?")
    answered(telegram, 2)
    assert asked(lmstudio)[-1] == f"{PAGE[:4096].rpartition(chr(32))[0]} What do you think?"
    assert running.stop() == 0
    bot(telegram_keys="allowed_chat_ids = 7")
    telegram.edit_said(OWNER, first, PAGE[:4090].replace("Some", "Many"))
    answered(telegram, 3)
    assert asked(lmstudio)[-1].startswith("Many words of a page")
    assert asked(lmstudio)[-1].endswith("What do you think?")


def test_an_edit_of_a_piece_while_the_answer_is_made_asks_all_of_it_again(bot, telegram, lmstudio):
    """The model would be asked the edited piece alone."""
    lmstudio.behave(Answer("word " * 700, delay_between=0.1), counts)
    bot()
    _, second = telegram.paste(OWNER, PAGE)
    telegram.wait_for_text(OWNER, "word")
    telegram.edit_said(OWNER, second, "And this?")
    answered(telegram)
    telegram.wait_for_text(OWNER, "⏹ Stopped.")
    assert asked(lmstudio)[0] == PAGE
    assert asked(lmstudio)[1].startswith("Some words of a page")
    assert asked(lmstudio)[1].endswith("And this?")


def test_a_paste_during_a_hiccup_of_telegram_is_one_question(bot, telegram, lmstudio):
    """The half that was read before the network failed would be answered by itself."""
    lmstudio.behave(counts)
    running = bot()
    telegram.say(OWNER, "x" * 4096)
    telegram.wait_for(lambda: telegram.pending == 0)
    telegram.down()
    running.wait_for("trying again until it works")
    telegram.say(OWNER, "the end")
    # Longer than a piece is waited for when all is well.
    time.sleep(2)
    telegram.up()
    answered(telegram)
    assert [text[4090:] for text in asked(lmstudio)] == ["x" * 6 + "the end"]


def test_an_album_gets_one_reaction_wherever_its_caption_is(bot, telegram, lmstudio):
    """Ten photos would be answered ten times."""
    lmstudio.behave(counts)
    running = bot(telegram_keys=f"allowed_chat_ids = 7, {GROUP}")
    telegram.send_album(OWNER, ["", "", "what is that?", ""])
    telegram.send_album(7, ["", "", ""])
    telegram.send_album(GROUP, ["", "look"], user_id=ANN)
    telegram.send_album(GROUP, ["", f"{NAME} what is it?"], user_id=BEN)
    answered(telegram)
    answered(telegram, chat=GROUP)
    telegram.wait_for_text(7, "cannot look at pictures")
    assert [len(telegram.screen(chat)) for chat in (OWNER, 7, GROUP)] == [1, 1, 1]
    unseen = "which you cannot see: answer the words alone."
    assert sorted(asked(lmstudio)) == [
        f"what is it? [2 pictures, {unseen}]",
        f"what is that? [4 pictures, {unseen}]",
    ]
    wait_until(lambda: not unfinished(running), 10)


def test_in_a_group_a_paste_is_its_writers_and_may_name_the_bot_anywhere(bot, telegram, lmstudio):
    """Two people's words would be one question, or a half of one."""
    lmstudio.behave(counts)
    running = bot(telegram_keys=ALLOWED)
    with telegram.changed:
        telegram.say(GROUP, PAGE[:4050], user_id=ANN, thread_id=TOPIC)
        telegram.say(GROUP, f"{NAME} {PAGE[:4060]}", user_id=BEN, thread_id=TOPIC)
        telegram.say(GROUP, "This is Ann's.", user_id=ANN)
        telegram.say(GROUP, "This is Ben's.", user_id=BEN, thread_id=TOPIC)
        telegram.say(GROUP, f"This is Ann's, {NAME}.", user_id=ANN, thread_id=TOPIC)
        telegram.say(GROUP, PAGE[:4070], user_id=ANN)
    answered(telegram, 2, chat=GROUP)
    assert sorted(asked(lmstudio), key=len) == [
        f"{PAGE[:4050].strip()} This is Ann's, .",
        f"{PAGE[:4060].strip()} This is Ben's.",
    ]
    # What the group has for itself is forgotten.
    wait_until(lambda: not unfinished(running), 10)


def test_in_a_group_the_rest_of_a_paste_can_be_edited(bot, telegram, lmstudio):
    """The bot's name stands in one piece only; an edit of another one would be passed over."""
    lmstudio.behave(counts)
    bot(telegram_keys=ALLOWED)
    with telegram.changed:
        telegram.say(GROUP, f"{NAME} {PAGE[:4050]}", user_id=ANN)
        second = telegram.say(GROUP, "What do you say?", user_id=ANN)
    answered(telegram, chat=GROUP)
    telegram.edit_said(GROUP, second, "What do you think?")
    answered(telegram, 2, chat=GROUP)
    assert asked(lmstudio)[1] == f"{PAGE[:4050].strip()} What do you think?"


def test_who_takes_the_name_out_of_a_question_asks_nothing(bot, telegram, lmstudio):
    """The bot would answer what the group is asked."""
    lmstudio.behave(counts)
    bot(telegram_keys=ALLOWED)
    said = telegram.say(GROUP, f"{NAME} what is a wedge?", user_id=ANN)
    answered(telegram, chat=GROUP)
    telegram.edit_said(GROUP, said, "what is a wedge, all of you?")
    telegram.say(GROUP, f"{NAME} and a flag?", user_id=ANN)
    answered(telegram, 2, chat=GROUP)
    assert asked(lmstudio) == ["what is a wedge?", "and a flag?"]


def test_a_flood_is_cut_and_the_person_is_told(bot, telegram, lmstudio):
    """A script that pastes a book would ask a hundred questions, or fill the memory."""
    lmstudio.behave(Answer("That is long."))
    bot()
    with telegram.changed:
        for _ in range(PIECES + 30):
            telegram.say(OWNER, PAGE[:4096])
        telegram.say(OWNER, "the end")
    telegram.wait_for_text(OWNER, "✂️ Your message was longer than I can take")
    telegram.say(OWNER, "next")
    telegram.wait_for(lambda: len(telegram.screen(OWNER)) == 2)


def test_an_edit_that_changes_no_text_is_nothing(bot, telegram, lmstudio):
    """A reaction to a question would ask it again, now or after a restart."""
    lmstudio.behave(counts)
    running = bot(telegram_keys=ALLOWED)
    said = telegram.say(OWNER, "one")
    answered(telegram)
    command = telegram.say(OWNER, "/help")
    telegram.wait_for_text(OWNER, "What I can do")
    photo = telegram.attach(OWNER, "", location={"latitude": 1.0, "longitude": 2.0})
    telegram.wait_for_text(OWNER, UNREADABLE)
    for _ in range(2):
        for message in (said, command, photo):
            telegram.react(OWNER, message)
        telegram.say(OWNER, "/status")
        telegram.wait_for_text(OWNER, "Waiting messages")
        # A signal in the moment before the poll waits would end it only after 25 seconds.
        wait_until(lambda: telegram._polling and not telegram.pending, 10)
        assert running.stop() == 0
        running = bot(telegram_keys=ALLOWED)
    telegram.say(OWNER, "two")
    answered(telegram, 2)
    assert asked(lmstudio) == ["one", "two"]
    assert len(telegram.screen(OWNER)) == 6
    # It is still known what a change is.
    telegram.edit_said(OWNER, command, "/start")
    telegram.wait_for_text(OWNER, "👋 I'm Engram")


def test_an_edit_that_names_the_bot_asks_it(bot, telegram, lmstudio):
    """Whoever forgot the name would have to write it all again."""
    lmstudio.behave(counts)
    bot(telegram_keys=ALLOWED)
    said = telegram.say(GROUP, "what is a wedge?", user_id=ANN)
    telegram.react(GROUP, said)
    telegram.edit_said(GROUP, said, f"{NAME} what is a wedge?")
    (answer,) = answered(telegram, chat=GROUP)
    assert answer.reply_to == said
    telegram.react(GROUP, said)
    telegram.say(GROUP, f"{NAME} and a flag?", user_id=ANN)
    answered(telegram, 2, chat=GROUP)
    assert asked(lmstudio) == ["what is a wedge?", "and a flag?"]


def rows(running):
    """The states of the updates in the bot's file."""
    with closing(sqlite3.connect(running.folder / "engram.db", timeout=10)) as db:
        return [state for (state,) in db.execute("SELECT state FROM inbox")]


def unfinished(running):
    """How many of them have no answer yet."""
    return sum(state != "sent" for state in rows(running))


def kill(running):
    """End the process as a power cut does."""
    running.process.kill()
    exit_code(running.process, 10)


def received(running, count):
    """Wait until so many updates are in the inbox."""
    wait_until(lambda: unfinished(running) == count, 10)


def test_pieces_between_which_the_bot_is_killed_are_joined(bot, telegram, lmstudio):
    """A question that was asked just before a crash would be answered in halves."""
    lmstudio.behave(counts)
    running = bot()
    with telegram.changed:
        telegram.say(OWNER, PAGE[:4090], date=1_700_000_000)
    received(running, 1)
    kill(running)
    telegram.say(OWNER, "What do you say?", date=1_700_000_001)
    running = bot()
    answered(telegram)
    wait_until(lambda: not unfinished(running), 10)
    assert asked(lmstudio)[-1] == f"{PAGE[:4090].strip()} What do you say?"
    assert len(telegram.screen(OWNER)) == 1


def reads(exchange):
    """A model that says how much it was asked, and takes a while for it."""
    exchange.event("chat.start", model_instance_id=exchange.model)
    words = f"I read {len(exchange.body['input'])} characters, all of them"
    exchange.pause(0.5)
    for word in words.split(" "):
        exchange.event("message.delta", content=f"{word} ")
        exchange.pause(0.3)
    exchange.end([{"type": "message", "content": words}])


# A kill between Telegram's taking a message and the bot's noting it may leave that message behind.
MOMENTS = {
    "received": lambda _telegram, _lmstudio: True,
    "asked": lambda _telegram, lmstudio: lmstudio.chats,
    "half answered": lambda telegram, _: any(shown.edits for shown in telegram.screen(OWNER)),
    "answered": lambda telegram, _lmstudio: finals(telegram),
}


@pytest.mark.covered
@pytest.mark.parametrize("moment", MOMENTS)
def test_pieces_are_one_question_whenever_the_bot_is_killed(bot, telegram, lmstudio, moment):
    """A crash would leave a piece of a question to be answered by itself, or twice."""
    lmstudio.behave(reads)
    running = bot()
    # The last piece is long, too, so that it waits for a second.
    text = PAGE[:8150]
    telegram.paste(OWNER, text)
    wait_until(lambda: telegram.pending == 0 and len(rows(running)) == 2, 10)
    wait_until(lambda: MOMENTS[moment](telegram, lmstudio), 20)
    kill(running)
    running = bot()
    telegram.wait_for(lambda: finals(telegram))
    wait_until(lambda: not unfinished(running), 20)
    assert len(telegram.screen(OWNER)) == 1
    assert set(asked(lmstudio)) == {" ".join(text.split())}


def test_an_edit_before_a_crash_is_what_is_answered_after_it(bot, telegram, lmstudio):
    """The words with the typo would be answered, and the edit be lost."""
    lmstudio.behave(Answer("word " * 700, delay_between=0.1), counts, counts)
    running = bot()
    telegram.say(OWNER, "slow")
    telegram.wait_for_text(OWNER, "word")
    said = telegram.say(OWNER, "what is a wegde?")
    telegram.edit_said(OWNER, said, "what is a wedge?")
    received(running, 3)
    kill(running)
    running = bot()
    answered(telegram, 2)
    wait_until(lambda: not unfinished(running), 10)
    assert asked(lmstudio)[1:] == ["slow", "what is a wedge?"]
