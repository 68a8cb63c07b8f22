"""The form of a reply: what passes here is read without a look, and may end the poll loop."""

import json

import pytest
import requests

from engram.telegram.sending.replies import is_answer

SENT = {"message_id": 5, "chat": {"id": 7, "type": "private"}, "date": 1}
ME = {"id": 7, "is_bot": True, "first_name": "Engram"}
REFUSED = {"ok": False, "error_code": 400, "description": "chat not found"}


def reply(body):
    """A reply with `body`, a document or the text of one."""
    found = requests.Response()
    found._content = (body if isinstance(body, str) else json.dumps(body)).encode()
    return found


@pytest.mark.parametrize(
    ("method", "result", "is_one"),
    [
        ("getMe", ME, True),
        ("getMe", {**ME, "id": "7"}, False),
        ("getMe", {"id": 7}, False),
        ("getMe", True, False),
        ("sendMessage", SENT, True),
        ("sendPhoto", SENT, True),
        ("sendDocument", True, False),
        ("sendMessage", {**SENT, "chat": {"id": 7}}, False),
        # An edit of a message that somebody sent inline.
        ("editMessageText", True, True),
        ("editMessageCaption", {**SENT, "message_id": None}, False),
        ("getUpdates", [], True),
        ("sendChatAction", True, True),
    ],
)
def test_a_result_has_what_is_read_of_it(method, result, is_one):
    """A proxy's idea of a message would be a KeyError in the middle of an answer."""
    assert is_answer(method, reply({"ok": True, "result": result})) is is_one


@pytest.mark.parametrize(
    ("body", "is_one"),
    [
        (REFUSED, True),
        ({**REFUSED, "error_code": "400"}, False),
        ({"ok": False}, False),
        ({"ok": "yes", "result": []}, False),
        ({"ok": True}, False),
        ([], False),
        # What is no JSON is reported with its status by telebot.
        ("<html>", True),
        ("[" * 100_000, False),
    ],
)
def test_a_refusal_says_why(body, is_one):
    """A page of a hotel's network would be taken for Telegram's word."""
    assert is_answer("getUpdates", reply(body)) is is_one
