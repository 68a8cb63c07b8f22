"""What it means when Telegram does not accept something."""

import pytest
from telebot import apihelper

from engram.telegram.refusals import UndeliverableError, retry_after


def refusal(code, description, **more):
    """The exception that telebot makes of an answer."""
    answer = {"ok": False, "error_code": code, "description": description, **more}
    return apihelper.ApiTelegramException("sendMessage", None, answer)


@pytest.mark.parametrize(
    ("description", "message_gone", "chat_gone"),
    [
        ("Bad Request: message to edit not found", True, False),
        ("Bad Request: message can't be edited", False, False),
        ("Bad Request: chat not found", False, True),
        ("Bad Request: can't parse entities", False, False),
    ],
)
def test_a_refusal_says_what_is_gone(description, message_gone, chat_gone):
    """A deleted message would cost the answer, or a chat that is gone be tried forever."""
    err = UndeliverableError(400, description)
    assert (err.message_gone, err.chat_gone) == (message_gone, chat_gone)
    assert UndeliverableError(403, "Forbidden").chat_gone


def test_only_what_is_on_screen_already_is_no_refusal():
    """A repeated edit would count as a failure, or a failure as a success."""
    unchanged = "Bad Request: message is not modified: ..."
    assert UndeliverableError(400, unchanged).is_on_screen
    for code, description in ((403, unchanged), (400, "chat not found")):
        assert not UndeliverableError(code, description).is_on_screen


@pytest.mark.parametrize(
    ("more", "seconds"),
    [
        ({"parameters": {"retry_after": 7}}, 7.0),
        ({"parameters": {"retry_after": "soon"}}, 0.0),
        ({"parameters": {"retry_after": -5}}, 0.0),
        ({"parameters": {"retry_after": float("nan")}}, 0.0),
        ({"parameters": {"retry_after": float("inf")}}, 86_400.0),
        ({"parameters": {"retry_after": 10**400}}, 86_400.0),
        ({"parameters": [7]}, 0.0),
        ({}, 0.0),
    ],
)
def test_how_long_to_wait_is_read_with_care(more, seconds):
    """An odd answer from a proxy would end the loop that sends."""
    assert retry_after(refusal(429, "Too Many Requests", **more)) == seconds
    assert retry_after(ConnectionError()) == 0.0


@pytest.mark.parametrize(
    ("code", "description", "gone"),
    [
        (400, "Bad Request: message thread not found", True),
        (400, "Bad Request: TOPIC_CLOSED", True),
        (400, "Bad Request: TOPIC_DELETED", True),
        (400, "Bad Request: message to edit not found", False),
        (403, "Forbidden: TOPIC_CLOSED", False),
    ],
)
def test_a_topic_that_takes_no_messages_is_known(code, description, gone):
    """An answer to a topic that was deleted would count as refused."""
    assert UndeliverableError(code, description).topic_gone is gone
