"""What came of a call to Telegram, and whether it answers this bot at all."""

import math
import threading

import pytest

from engram.storage.store import Store
from engram.telegram.sending import bot_api, contact
from engram.telegram.sending.bot_api import BotApi
from engram.telegram.sending.contact import Contact
from engram.telegram.sending.refusals import NotNowError, UndeliverableError
from engram.telegram.timer import Timer
from tests.doubles.telegram import TOKEN
from tests.machine_speed import slowness, within

CHAT = 5


@pytest.fixture
def made(telegram, monkeypatch):
    """A contact to the double that asks again soon."""
    monkeypatch.setattr(contact, "LONGEST_PAUSE", 0.05)
    telegram.say(CHAT, "hello")
    one = Contact(BotApi(TOKEN, telegram.url), Store(None).moves, Timer())
    yield one
    one.stop(0)


def call(made):
    made.call(CHAT, lambda: made._api.bot.send_message(CHAT, "hi"))


def asked(telegram):
    return [one for one in telegram.calls if one.method == "getMe"]


@pytest.mark.parametrize("status", [401, 404])
def test_a_refused_token_is_asked_for_until_it_is_taken(made, telegram, status, caplog):
    """Everything would be sent in vain, again and again, or never again."""
    caplog.set_level("INFO", "engram")
    telegram.revoke(status)
    with pytest.raises(UndeliverableError):
        call(made)
    sure = made.sure()
    telegram.wait_for(lambda: len(asked(telegram)) >= 3)
    assert (made.in_doubt, made.is_refused, sure.is_set()) == (True, True, False)
    telegram.accept()
    assert within(10, sure.wait)
    assert [made.in_doubt, made.is_refused] == [False, False]
    assert caplog.text.count("Telegram refuses the bot token") == 1
    assert caplog.text.count("Telegram takes the bot token again") == 1
    call(made)


def test_a_refusal_of_one_call_is_no_refusal_of_the_token(made, telegram, caplog):
    """One method that a server does not know would silence the bot."""
    telegram.fail("sendMessage", 404)
    with pytest.raises(UndeliverableError):
        call(made)
    assert within(10, made.sure().wait)
    assert not made.is_refused
    assert "token" not in caplog.text


@pytest.mark.parametrize(
    ("trouble", "is_lost"),
    [
        (lambda double: double.fail_raw("sendMessage", "reset"), True),
        (lambda double: double.fail_raw("sendMessage", "reply_lost"), True),
        (lambda double: double.fail_raw("sendMessage", "html502"), False),
        (lambda double: double.fail("sendMessage", 500), False),
        (lambda double: double.down(), False),
    ],
)
def test_what_telegram_may_have_taken_is_told(made, telegram, trouble, is_lost):
    """A message would be there twice, or not at all."""
    trouble(telegram)
    with pytest.raises(NotNowError) as caught:
        call(made)
    assert (caught.value.is_lost, caught.value.is_pause) == (is_lost, False)


@pytest.mark.parametrize("code", [429, 420])
def test_a_limit_is_a_pause(made, telegram, code):
    """Sending on would lengthen the pause."""
    telegram.fail("sendMessage", code, "Too Many Requests", retry_after=7)
    with pytest.raises(NotNowError) as caught:
        call(made)
    assert (caught.value.is_pause, caught.value.wait) == (True, 7)


@pytest.mark.parametrize("how", ["hang", "reset", "html502"])
def test_it_asks_more_patiently_until_there_is_an_answer(made, telegram, monkeypatch, how):
    """What waits for Telegram's answer would wait for ever where replies take long."""
    monkeypatch.setattr(bot_api, "TIMEOUT", 0.1 * slowness())
    telegram.fail_raw("getMe", how, times=3)
    made.doubt()
    made.doubt()
    assert within(20, made.sure().wait)
    assert len(asked(telegram)) == 4
    assert not made.is_refused


def test_any_other_call_that_succeeds_settles_it(made, telegram):
    """While one question hangs, all others would wait for its end."""
    telegram.fail_raw("getMe", "hang", math.inf)
    made.doubt()
    sure = made.sure()
    telegram.wait_for(lambda: asked(telegram))
    assert not sure.is_set()
    call(made)
    assert sure.is_set()


def test_an_answer_of_any_kind_is_one(made, telegram):
    """A limit on the question itself would hold up all answers."""
    telegram.fail("getMe", 429, retry_after=30)
    made.doubt()
    assert within(10, made.sure().wait)


def test_stopping_wakes_everybody(made, telegram):
    """The end of the process would wait for Telegram."""
    telegram.fail_raw("getMe", "hang", math.inf)
    made.doubt()
    waiting = [made.sure() for _ in range(3)]
    stopping = threading.Thread(target=made.stop, args=[0])
    stopping.start()
    assert all(within(5, one.wait) for one in waiting)
    assert made.sure().is_set()
    with pytest.raises(UndeliverableError, match="stopping"):
        call(made)
