"""Calls to Telegram that put no message on screen."""

import math
import threading
import time
from functools import partial
from types import SimpleNamespace

import pytest

from engram.core.waits import finished
from engram.storage.store import Store
from engram.telegram.sending import calls
from engram.telegram.sending.bot_api import BotApi
from engram.telegram.sending.calls import Call
from engram.telegram.sending.egress import Egress
from engram.telegram.sending.refusals import Tries
from tests.doubles.telegram import TOKEN
from tests.machine_speed import within

CHAT, OTHER, GROUP = 5, 6, -100


def make(telegram, store=None):
    return Egress(BotApi(TOKEN, telegram.url), store or Store(None))


def send(egress, chat=CHAT):
    finished(egress.deliver(chat, lambda: egress.bot.send_message(chat, "hi")))


@pytest.mark.parametrize(
    ("method", "what"),
    [
        ("sendChatAction", Call.ACTION),
        ("answerCallbackQuery", Call.PRESS),
        ("getChatAdministrators", Call.QUESTION),
    ],
)
def test_a_limit_of_what_is_no_message_holds_up_nothing_else(telegram, method, what):
    """One press too many would silence the bot for an hour, in all chats and over restarts."""
    pressed = telegram.press(GROUP, telegram.say(GROUP, "hello"), "/stop")
    making = {
        Call.ACTION: lambda egress: egress.bot.send_chat_action(GROUP, "typing"),
        Call.PRESS: lambda egress: egress.bot.answer_callback_query(pressed),
        Call.QUESTION: lambda egress: egress.bot.get_chat_administrators(GROUP),
    }
    telegram.fail(method, 429, retry_after=3600)
    store = Store(None)
    egress = make(telegram, store)
    for one in (what, *making):
        egress.calls._made(GROUP, lambda one=one: making[one](egress), one, Tries())
    made = [call.method for call in telegram.calls]
    assert (made.count(method), len(made)) == (1, 3)
    for sender in (egress, make(telegram, store)):
        send(sender, chat=GROUP)
    assert [shown.text for shown in telegram.screen(GROUP)] == ["hi", "hi"]


def test_a_question_that_telegram_limits_is_not_asked_again_and_holds_up_no_answer(
    telegram, monkeypatch
):
    """Whoever asks for administrators too often would silence the bot in the group."""
    egress = make(telegram)
    telegram.say(GROUP, "hello")
    telegram.fail("getChatAdministrators", 429, retry_after=30)
    asking = [lambda: egress.bot.get_chat_administrators(GROUP)] * 2
    assert [egress.calls.ask(GROUP, ask) for ask in asking] == [None, None]
    assert [call.method for call in telegram.calls] == ["getChatAdministrators"]
    send(egress, chat=GROUP)
    assert telegram.wait_for_text(GROUP, "hi")
    later = time.monotonic() + 31
    monkeypatch.setattr(calls, "time", SimpleNamespace(monotonic=lambda: later, time=time.time))
    assert egress.calls.ask(GROUP, asking[0]) == []


def test_a_best_effort_that_hangs_holds_up_nobody(telegram):
    """A person who pressed a button would wait for half a minute, and all others behind them."""
    for chat in (CHAT, OTHER):
        telegram.say(chat, "hello")
    egress = make(telegram)
    telegram.fail_raw("sendChatAction", "hang")
    egress.calls.best_effort(CHAT, lambda: egress.bot.send_chat_action(CHAT, "typing"), Call.ACTION)
    telegram.wait_for(lambda: [call for call in telegram.calls if call.method == "sendChatAction"])
    send(egress)
    egress.calls.best_effort(
        OTHER, lambda: egress.bot.send_chat_action(OTHER, "typing"), Call.ACTION
    )
    telegram.wait_for(lambda: telegram.chat_actions(OTHER))
    release = threading.Event()
    for _ in range(1000):
        egress.calls.best_effort(CHAT, lambda: within(5, release.wait), Call.ACTION)
    assert egress.calls._lanes[Call.ACTION].waiting <= calls.MOST_WAITING
    release.set()


def test_whoever_presses_is_answered_however_long_typing_takes(telegram):
    """Forty people who press a button would see nothing for half a minute."""
    egress = make(telegram)
    release, pressed = threading.Event(), threading.Event()
    for chat in range(CHAT, CHAT + 40):
        egress.calls.best_effort(chat, lambda: within(60, release.wait), Call.ACTION)
    egress.calls.best_effort(CHAT, pressed.set, Call.PRESS)
    assert within(10, pressed.wait)
    release.set()


def test_presses_are_answered_after_a_short_pause(telegram):
    """A button would look as if it did nothing, and so would all that are pressed meanwhile."""
    egress = make(telegram)
    callbacks = [telegram.press(CHAT, telegram.say(CHAT, "hello"), "/stop") for _ in range(2)]
    telegram.fail("answerCallbackQuery", 429, retry_after=1)
    for callback in callbacks:
        call = partial(egress.bot.answer_callback_query, callback)
        egress.calls.best_effort(CHAT, call, Call.PRESS)
        telegram.wait_for(lambda: telegram.calls)
    telegram.wait_for(lambda: len(telegram.callback_answers) == 2)
    assert len(telegram.calls) == 3


def test_the_answer_to_a_press_outlasts_a_bad_moment(telegram):
    """A button would look as if it did nothing."""
    telegram.say(CHAT, "hello")
    egress = make(telegram)
    callback = telegram.press(CHAT, 1, "/stop")
    telegram.fail("answerCallbackQuery", 409)
    telegram.fail_raw("answerCallbackQuery", "reset")
    egress.calls.best_effort(
        CHAT, lambda: egress.bot.answer_callback_query(callback, text="Stopped"), Call.PRESS
    )
    telegram.wait_for(lambda: telegram.callback_answers)
    assert [one["text"] for one in telegram.callback_answers] == ["Stopped"]


def test_a_press_from_long_ago_is_not_answered_again(telegram):
    """Telegram would refuse it for a quarter of a minute."""
    telegram.say(CHAT, "hello")
    egress = make(telegram)
    telegram.fail("answerCallbackQuery", 400, "Bad Request: query is too old", times=math.inf)
    answer = partial(egress.bot.answer_callback_query, "1")
    finished(egress.calls._show(CHAT, answer, Call.PRESS))
    assert len([call for call in telegram.calls if call.method == "answerCallbackQuery"]) == 1
