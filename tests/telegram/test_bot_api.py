"""The connection that telebot uses."""

import threading

import pytest
import requests

from engram.core.listener import Listener
from engram.telegram.bot_api import BotApi
from tests.doubles.telegram import TOKEN
from tests.machine_speed import ends

CHAT = 5


@pytest.fixture
def api(telegram):
    """The Bot API on the double."""
    telegram.say(CHAT, "hello")
    return BotApi(TOKEN, telegram.url)


def test_the_parameters_travel_in_the_body(api, telegram):
    """A long text would exceed the server's limit on headers."""
    api.bot.send_message(CHAT, "é" * 4000)
    assert telegram.screen(CHAT)[0].text == "é" * 4000


@pytest.mark.parametrize("behaviour", ["reset", "html502"])
def test_no_error_carries_the_token_or_the_text(api, telegram, behaviour, caplog):
    """A traceback sent to somebody for help would hand over the bot."""
    telegram.fail_raw("sendMessage", behaviour)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever telebot makes of it
        api.bot.send_message(CHAT, "my secret plan")
    chain = [caught.value, caught.value.__cause__]
    assert TOKEN.partition(":")[2] not in repr(chain)
    assert "my secret plan" not in repr(chain)


@pytest.mark.parametrize(
    "body",
    [b"[]", b"7", b'{"result": 1}', b"null", b'{"ok":true}', b'{"ok":false,"error_code":500}'],
)
def test_an_answer_in_no_form_of_telegrams_is_a_passing_fault(api, monkeypatch, body):
    """A proxy in between would end the poll loop with a KeyError."""
    answer = requests.Response()
    answer.status_code, answer._content = 200, body
    monkeypatch.setattr(api._session, "post", lambda *_a, **_k: answer)
    with pytest.raises(requests.exceptions.InvalidJSONError):
        api.bot.get_me()


def test_each_call_is_told(telegram):
    """Nobody could see how often Telegram refuses."""
    told = []

    class Calls(Listener):
        def called(self, method, status):
            told.append((method, status))

    telegram.say(CHAT, "hello")
    api = BotApi(TOKEN, telegram.url, Calls())
    api.bot.send_message(CHAT, "hi")
    telegram.fail("sendMessage", 500)
    telegram.fail_raw("getMe", "reset")
    for call in (lambda: api.bot.send_message(CHAT, "hi"), api.bot.get_me):
        with pytest.raises(Exception):  # noqa: B017, PT011 - whatever telebot makes of it
            call()
    assert told == [("sendMessage", 200), ("sendMessage", 500), ("getMe", 0)]


def test_a_poll_that_never_returns_can_be_hung_up(api, telegram):
    """The bot would be deaf until its next start."""
    telegram.fail_raw("getUpdates", "hang")
    outcome = []

    def poll():
        try:
            api.bot.get_updates(long_polling_timeout=25)
        except requests.RequestException as err:
            outcome.append(str(err))

    polling = threading.Thread(target=poll)
    polling.start()
    telegram.wait_for(lambda: telegram.calls)
    api.reconnect()
    assert ends(polling, 5)
    assert outcome == ["no answer from Telegram"]
    (update,) = api.bot.get_updates()
    assert update.message.text == "hello"
