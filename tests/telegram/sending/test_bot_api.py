"""The connection that telebot uses."""

import contextlib
import io
import json
import threading
import time
from types import SimpleNamespace

import pytest
import requests
from telebot import apihelper
from telebot.types import InlineKeyboardButton, InlineKeyboardMarkup, InputFile, MessageEntity

from engram.core.listener import Listener
from engram.core.masking.masking import Masking
from engram.telegram.sending import bot_api
from engram.telegram.sending.bot_api import BotApi, RedirectedError, UnsentError
from tests.doubles.dripping import Dripping, kinds
from tests.doubles.telegram import TOKEN, TelegramDouble
from tests.machine_speed import LONG, ends, slowness

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


def test_the_time_is_told_by_telegram(api, monkeypatch):
    """Where the machine's clock is wrong each edit would be too old to be answered."""
    before, wrong = time.time(), SimpleNamespace(time=lambda: 7.0, monotonic=time.monotonic)
    monkeypatch.setattr(bot_api, "time", wrong)
    assert api.now() == 7
    api.bot.get_me()
    # Telegram tells whole seconds.
    assert before - 1 <= api.now() <= time.time()


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
    [
        b"[]",
        b"7",
        b'{"result": 1}',
        b"null",
        b'{"ok":true}',
        b'{"ok":true,"result":true}',
        b'{"ok":true,"result":{"id":"7","is_bot":true,"first_name":"E"}}',
        b'{"ok":false,"error_code":500}',
        b'{"ok":false,"error_code":"429","description":"Too Many Requests"}',
        b'{"ok":false,"error_code":null,"description":null}',
        b'{"ok":false,"error_code":400,"description":["chat not found"]}',
        b'{"ok":"yes","result":{"id":7,"is_bot":true,"first_name":"E"}}',
    ],
)
def test_an_answer_in_no_form_of_telegrams_is_a_passing_fault(api, monkeypatch, body):
    """A proxy in between would end the poll loop with a KeyError."""
    answer = requests.Response()
    answer.status_code, answer._content = 200, body
    monkeypatch.setattr(api._session, "ask", lambda *_a, **_k: answer)
    with pytest.raises(requests.exceptions.InvalidJSONError):
        api.bot.get_me()


CHAT_JSON = {"id": CHAT, "type": "private"}


@pytest.mark.parametrize(
    "result",
    [
        None,
        [],
        {},
        {"chat": CHAT_JSON, "date": 1},
        {"message_id": "5", "chat": CHAT_JSON, "date": 1},
        {"message_id": 5, "chat": CHAT_JSON},
        {"message_id": 5, "chat": None, "date": 1},
        {"message_id": 5, "chat": {"id": CHAT}, "date": 1},
    ],
)
def test_a_message_in_no_form_of_telegrams_is_a_passing_fault(api, monkeypatch, result):
    """Who asked would be left without an answer until the next start."""
    answer = requests.Response()
    answer.status_code = 200
    answer._content = json.dumps({"ok": True, "result": result}).encode()
    monkeypatch.setattr(api._session, "ask", lambda *_a, **_k: answer)
    with pytest.raises(requests.exceptions.InvalidJSONError):
        api.bot.send_message(CHAT, "hi")
    with pytest.raises(requests.exceptions.InvalidJSONError):
        api.bot.edit_message_text("hi", CHAT, 5)


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


@pytest.mark.parametrize(
    ("trouble", "is_unsent"),
    [
        (lambda double: double.down(), True),
        (lambda double: double.fail_raw("sendMessage", "reset"), False),
        (lambda double: double.fail_raw("sendMessage", "reply_lost"), False),
        (lambda double: double.fail_raw("sendMessage", "hang"), False),
    ],
)
def test_what_was_surely_not_sent_is_known(api, telegram, monkeypatch, trouble, is_unsent):
    """An answer would be sent twice for safety's sake, or be lost when there is no network."""
    monkeypatch.setattr(bot_api, "TIMEOUT", 0.2)
    trouble(telegram)
    with pytest.raises(requests.RequestException) as caught:
        api.bot.send_message(CHAT, "hi")
    assert isinstance(caught.value, UnsentError) is is_unsent


def test_more_patience_is_for_the_calls_within_it(api, telegram, monkeypatch):
    """A call that Telegram answers slowly would fail at every try."""
    monkeypatch.setattr(bot_api, "TIMEOUT", 0.2 * slowness())
    telegram.slow_down("sendMessage", bot_api.TIMEOUT * 1.5, times=2)
    for times in (1, LONG):
        with (
            pytest.raises(requests.ReadTimeout) if times == 1 else contextlib.nullcontext(),
            api.patience(times),
        ):
            api.bot.send_message(CHAT, "hi")
    assert telegram.texts(CHAT) == ["hi", "hi"]


def test_after_slow_replies_all_calls_are_given_twice_as_long(api, monkeypatch):
    """Each message would be sent twice as long as Telegram is slow, and not one of them alone."""
    given = []
    seconds = iter([12.0, *[0.1] * bot_api.REPLIES])
    now = [0.0]

    def send(_call, **options):
        given.append(options["timeout"])
        now[0] += next(seconds)
        answer = requests.Response()
        answer.status_code, answer._content = 200, b'{"ok":true,"result":true}'
        return answer

    monkeypatch.setattr(api._session, "ask", send)
    monkeypatch.setattr(bot_api.time, "monotonic", lambda: now[0])
    for _ in range(bot_api.REPLIES + 1):
        api.bot.set_my_commands([])
    assert given == [(10.0, 10.0), *[(10.0, 24.0)] * bot_api.REPLIES]
    with api.patience(4):
        assert api._timeout("sendMessage") == (10.0, 40.0)
        assert api._timeout("sendPhoto") == (30.0, 120.0)
    with api.patience(1024):
        assert api._timeout("sendMessage") == (10.0, 600.0)


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


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("path", ["", "/elsewhere", "//"])
def test_no_redirect_is_followed(telegram, status, path):
    """Whoever stands where the server points to would own the bot from then on."""
    with TelegramDouble() as other:
        telegram.redirects_to, telegram.redirect_status = other.url + path, status
        api = BotApi(TOKEN, telegram.url)
        calls = [
            lambda: api.bot.send_message(CHAT, "hi"),
            lambda: api.bot.get_updates(long_polling_timeout=1),
            lambda: api.bot.send_photo(CHAT, b"a picture"),
        ]
        for call in calls:
            with pytest.raises(RedirectedError, match=f"redirects to {other.url}, ") as caught:
                call()
            assert TOKEN.partition(":")[2] not in str(caught.value)
        with pytest.raises(apihelper.ApiHTTPException):
            api.bot.download_file("photos/file.jpg")
        assert (other.calls, telegram.calls) == ([], [])


@pytest.mark.parametrize(
    "location",
    [
        "/bot123:TOKEN/getMe",
        "https://TOKEN@host/",
        "https://host\x1b[31m/TOKEN",
        "ftp://TOKEN/",
        "https:///TOKEN",
    ],
)
def test_a_redirect_is_named_without_what_could_be_secret(location):
    """The log, or a terminal, would show the token."""
    assert "redirects elsewhere, " in str(RedirectedError(location))
    assert "TOKEN" not in str(RedirectedError(location))


@pytest.mark.parametrize("kind", kinds())
def test_a_reply_that_drips_in_is_given_up_wherever_it_drips(monkeypatch, kind):
    """A chat would get no answer any more, and each reply like that would hold a thread."""
    monkeypatch.setattr(bot_api, "TIMEOUT", 0.1)
    with Dripping(kind) as server:
        api = BotApi(TOKEN, server.url)
        with pytest.raises(requests.RequestException, match="no answer from Telegram"):
            api.bot.send_message(CHAT, "hi")
        assert server.is_left(5)


@pytest.mark.parametrize("kind", kinds())
def test_a_poll_that_drips_can_be_hung_up(kind):
    """The bot would be deaf until its next start."""
    outcome = []
    with Dripping(kind) as server:
        api = BotApi(TOKEN, server.url)

        def poll():
            with pytest.raises(requests.RequestException):
                api.bot.get_updates(long_polling_timeout=25)
            outcome.append("given up")

        polling = threading.Thread(target=poll)
        polling.start()
        assert server.is_reached(5)
        api.reconnect()
        assert ends(polling, 5)
        assert server.is_left(5)
    assert outcome == ["given up"]


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"ok":true,"result":' + b"[" * 100_000])
def test_a_reply_that_is_nested_too_deeply_is_a_passing_fault(api, monkeypatch, body):
    """One odd reply would end the poll loop in a traceback."""
    answer = requests.Response()
    answer.status_code, answer._content = 200, body
    monkeypatch.setattr(api._session, "ask", lambda *_a, **_k: answer)
    with pytest.raises(requests.exceptions.InvalidJSONError):
        api.bot.get_me()


def test_a_reply_in_another_encoding_is_read_as_utf_8(telegram):
    """Some of the encodings that a server can name take minutes for a megabyte."""
    response = BotApi(TOKEN, telegram.url)._session.get(telegram.url)
    assert response.encoding == "utf-8"


def test_no_secret_is_sent_and_every_position_stays_right(telegram):
    """What a server says of its key would be in a chat, or formatting begin in another word."""
    key = "sk-lm-aB3dE9fG:hJ2kL5mN8pQ1rS4tU7vW"
    api = BotApi(TOKEN, telegram.url, masking=Masking([key]))
    telegram.say(CHAT, "hi")
    text = f"🚀 key {key} in bold"
    bold = MessageEntity("bold", len(text) - 4 + 1, 4)
    button = InlineKeyboardButton(f"use {key[:20]}", callback_data="x")
    api.bot.send_message(CHAT, text, entities=[bold], reply_markup=InlineKeyboardMarkup([[button]]))
    (shown,) = telegram.screen(CHAT)
    assert shown.text == f"🚀 key {'•' * len(key)} in bold"
    assert key[:12] not in str(shown.markup)
    (entity,) = shown.entities
    assert shown.text.encode("utf-16-le")[2 * entity["offset"] :].decode("utf-16-le") == "bold"


@pytest.mark.parametrize(
    ("data", "sent"),
    [(b"key aB3dE9fGhJ2k, \xc3\xa9", "key ••••••••••••, é".encode()), (b"\x89PNG aB3\xff", None)],
)
def test_a_file_is_sent_without_secrets(api, monkeypatch, data, sent):
    """A long answer that is sent as a file would tell what a message hides."""
    monkeypatch.setattr(api, "_masking", Masking(["aB3dE9fGhJ2k"]))
    bodies = []

    def send(call, **_options):
        bodies.append(call.body)
        raise requests.ConnectionError

    monkeypatch.setattr(api._session, "ask", send)
    with pytest.raises(requests.ConnectionError):
        api.bot.send_document(CHAT, InputFile(io.BytesIO(data), "answer.md"))
    (body,) = bodies
    assert b"\r\n\r\n" + (data if sent is None else sent) + b"\r\n" in body
