"""All that is sent to Telegram."""

import pytest

from engram.telegram.egress import Egress, UndeliverableError
from tests.doubles.telegram import TOKEN

CHAT = 5


@pytest.fixture
def egress(telegram, monkeypatch):
    """A way to the double whose waits are noted instead of waited."""
    made = Egress(TOKEN, telegram.url)
    made.waits = []
    monkeypatch.setattr(made._stopped, "wait", made.waits.append)
    telegram.say(CHAT, "hello")
    return made


def send(egress, text="hi"):
    return egress.deliver(lambda: egress.bot.send_message(CHAT, text))


def test_the_parameters_travel_in_the_body(egress, telegram):
    """A long text would meet the limit on headers."""
    send(egress, "é" * 4000)
    assert telegram.screen(CHAT)[0].text == "é" * 4000


@pytest.mark.parametrize(
    ("trouble", "waits"),
    [
        (lambda double: double.fail("sendMessage", 500, times=3), [1, 2, 4]),
        (lambda double: double.fail_raw("sendMessage", "html502", times=2), [1, 2]),
        (lambda double: double.fail_raw("sendMessage", "reset"), [1]),
    ],
)
def test_passing_faults_are_outlasted(egress, telegram, trouble, waits):
    """An answer would be lost when Telegram has a bad moment."""
    trouble(telegram)
    send(egress)
    assert len(telegram.screen(CHAT)) == 1
    assert egress.waits == waits


def test_a_flood_limit_is_waited_out(telegram):
    """Telegram would make the pause longer each time; the double counts what is sent into it."""
    telegram.say(CHAT, "hello")
    telegram.fail("sendMessage", 429, retry_after=1)
    send(Egress(TOKEN, telegram.url))
    first, second = [call.at for call in telegram.calls if call.method == "sendMessage"]
    assert second - first >= 1


@pytest.mark.parametrize(
    ("code", "description"),
    [(403, "Forbidden: bot was blocked by the user"), (400, "Bad Request: chat not found")],
)
def test_what_no_repetition_mends_is_given_up(egress, telegram, code, description):
    """The bot would try for ever to reach somebody who left."""
    telegram.fail("sendMessage", code, description)
    with pytest.raises(UndeliverableError, match=description) as caught:
        send(egress)
    assert caught.value.code == code
    assert egress.waits == []


def test_what_is_on_screen_already_is_delivered(egress, telegram):
    """A repeated edit would pass for a failure."""
    telegram.fail("editMessageText", 400, "Bad Request: message is not modified: ...")
    message = send(egress)
    edit = lambda: egress.bot.edit_message_text("hi", CHAT, message.message_id)  # noqa: E731
    assert egress.deliver(edit) is None


@pytest.mark.parametrize("behaviour", ["reset", "html502"])
def test_no_error_carries_the_token_or_the_text(egress, telegram, behaviour, caplog):
    """A traceback sent to somebody for help would hand over the bot."""
    telegram.fail_raw("sendMessage", behaviour)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever telebot makes of it
        egress.bot.send_message(CHAT, "my secret plan")
    chain = [caught.value, caught.value.__cause__]
    assert TOKEN.partition(":")[2] not in repr(chain)
    assert "my secret plan" not in repr(chain)


@pytest.mark.parametrize("body", [b"[]", b"7", b'{"result": 1}', b"null"])
def test_an_answer_in_no_form_of_telegrams_is_a_passing_fault(egress, monkeypatch, body):
    """A proxy in between would end the poll loop with a KeyError."""
    import requests

    answer = requests.Response()
    answer.status_code, answer._content = 200, body
    monkeypatch.setattr(egress._session, "post", lambda *_a, **_k: answer)
    with pytest.raises(requests.exceptions.InvalidJSONError):
        egress.bot.get_me()


def test_stopping_ends_all_waiting(telegram):
    """Ctrl-C would take as long as Telegram is away."""
    made = Egress(TOKEN, telegram.url)
    telegram.say(CHAT, "hello")
    telegram.fail("sendMessage", 500, times=100)
    made.stop()
    with pytest.raises(UndeliverableError, match="stopping"):
        send(made)
