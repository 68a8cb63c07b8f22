"""Telegram's updates as a process meets them: odd numbers, and those that a crash leaves."""

from __future__ import annotations

import time

import pytest

from tests.conftest import OWNER, wait_until
from tests.doubles.lmstudio import Answer, Hang
from tests.doubles.telegram import TOKEN
from tests.machine_speed import exit_code

STRANGER = 700_001


def kill(running):
    """End the process as a power cut would."""
    running.process.kill()
    exit_code(running.process, 10)


def polls(telegram):
    """How often the bot has asked for updates."""
    with telegram.lock:
        return sum(call.method == "getUpdates" for call in telegram.calls)


def answered(telegram, count):
    """Wait until so many answers are on the owner's screen, and no question is open."""
    is_answer = lambda one: "Powered by" in one.text  # noqa: E731
    wait_until(lambda: sum(map(is_answer, telegram.screen(OWNER))) == count, 30)


@pytest.mark.parametrize("first", [100_000_001, 1, 800_000_001])
def test_when_telegram_numbers_anew_people_are_answered_on(bot, telegram, lmstudio, first):
    """After a quiet week the bot would answer one message, then be deaf until a restart."""
    lmstudio.behave(Answer("All well."))
    running = bot()
    for count in (1, 2):
        telegram.say(OWNER, f"before {count}")
        answered(telegram, count)
    telegram.wait_for(lambda: telegram._polling and not telegram.pending)
    telegram.renumber(first)
    before, began = polls(telegram), time.monotonic()
    for count in (3, 4, 5):
        telegram.say(OWNER, f"after {count}")
        answered(telegram, count)
    assert polls(telegram) - before <= 8 + (time.monotonic() - began)
    telegram.wait_for(lambda: telegram._polling and not telegram.pending)
    telegram.down()
    kill(running)
    telegram.renumber(first)
    telegram.up()
    running.start()
    for count in (6, 7, 8):
        telegram.say(OWNER, f"again {count}")
        answered(telegram, count)
    asked = [str(chat.body["input"]) for chat in lmstudio.chats]
    assert len(asked) == len(set(asked)) == 8


def test_what_is_received_twice_around_a_crash_is_answered_once(bot, telegram, lmstudio):
    """A crash before the poll that acknowledges would answer twice what has a number of its own."""
    lmstudio.behave(Answer("All well."))
    running = bot()
    telegram.say(OWNER, "first of its number")
    answered(telegram, 1)
    telegram.wait_for(lambda: telegram._polling and not telegram.pending)
    telegram.renumber(800_000_001)
    telegram.polls = "repeat"
    telegram.say(OWNER, "second of its number")
    answered(telegram, 2)
    kill(running)
    running.start()
    telegram.say(OWNER, "last")
    answered(telegram, 3)
    assert len(lmstudio.chats) == 3


@pytest.mark.parametrize("behaviour", ["repeat", "empty"])
def test_no_server_can_make_the_poll_spin(bot, telegram, lmstudio, measured, behaviour):
    """A processor would be busy for nothing, and a stranger told the same a thousand times."""
    lmstudio.behave(Answer("All well."))
    bot()
    telegram.say(OWNER, "hello")
    answered(telegram, 1)
    telegram.polls = behaviour
    telegram.say(STRANGER, "/start 00000000")
    telegram.say(OWNER, "/help")
    before, began = polls(telegram), time.monotonic()
    wait_until(lambda: time.monotonic() - began > 10, 30)
    count, seconds = polls(telegram) - before, time.monotonic() - began
    measured(f"{behaviour}: polls in {seconds:.0f} s", str(count))
    assert count < 2 * seconds
    telegram.polls = ""
    telegram.say(OWNER, "last")
    answered(telegram, 2)
    assert len(telegram.screen(STRANGER)) == 1
    assert len(telegram.screen(OWNER)) == 3


def test_an_edit_of_a_waiting_question_outlives_a_crash(bot, telegram, lmstudio):
    """The words before the edit would be answered."""
    lmstudio.behave(Hang())
    running = bot()
    telegram.say(OWNER, "first question")
    lmstudio.wait_for(lambda: lmstudio.chats)
    second = telegram.say(OWNER, "old words")
    telegram.edit_said(OWNER, second, "new words")
    wait_until(lambda: telegram.pending == 0, 10)
    kill(running)
    lmstudio.behave(Answer("All well."))
    running.start()
    answered(telegram, 2)
    asked = [str(chat.body["input"]) for chat in lmstudio.chats]
    assert not any("old words" in one for one in asked)
    assert any("new words" in one for one in asked)


def test_an_edit_of_a_waiting_question_outlives_a_crash_during_the_answer(bot, telegram, lmstudio):
    """The words before the edit would be answered."""
    lmstudio.behave(
        Answer("First. " * 5, delay_between=0.3), Answer("Second. " * 100, delay_between=0.1)
    )
    running = bot()
    telegram.say(OWNER, "first question")
    lmstudio.wait_for(lambda: lmstudio.chats)
    second = telegram.say(OWNER, "old words")
    telegram.edit_said(OWNER, second, "new words")
    telegram.wait_for_text(OWNER, "Second. ")
    kill(running)
    lmstudio.behave(Answer("All well."))
    running.start()
    answered(telegram, 2)
    asked = [str(chat.body["input"]) for chat in lmstudio.chats]
    assert not any("old words" in one for one in asked)
    assert any("new words" in one for one in asked)


def test_a_server_that_redirects_is_named_and_not_followed(launcher, telegram, lmstudio):
    """The bot would hand its token to whoever stands there, or be silent and say nothing."""
    lmstudio.behave(Answer("All well."))
    telegram.redirects_to = lmstudio.url
    started = launcher(
        f"[telegram]\napi_url = {telegram.url}\n[lmstudio]\nurl = {lmstudio.url}\n"
        "[market]\nexchange =\n",
        f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\n",
    ).start()
    started.wait_for(f"the Bot API server redirects to {lmstudio.url}, where Engram does not")
    telegram.redirects_to = ""
    telegram.say(OWNER, "hello")
    answered(telegram, 1)
    telegram.redirects_to = lmstudio.url
    telegram.say(OWNER, "wakes the poll in progress")
    wait_until(lambda: started.output.count("does not follow") == 2, 20)
    telegram.redirects_to = ""
    answered(telegram, 2)
    assert TOKEN.partition(":")[2] not in started.output + started.log
    assert not any(TOKEN in request.path for request in lmstudio.requests)
