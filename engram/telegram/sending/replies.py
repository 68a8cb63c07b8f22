"""Whether a reply of the Bot API has the form that telebot relies on; pure."""

from typing import Any

import requests

from engram.telegram.incoming import is_id

SENDS = ("sendMessage", "sendPhoto", "sendDocument")


def is_answer(method: str, response: requests.Response) -> bool:
    """Whether the body has the form that telebot relies on."""
    try:
        body = response.json()
    except RecursionError:
        return False
    except ValueError:
        return True  # telebot reports that itself
    if not isinstance(body, dict):
        return False
    if body.get("ok") is not True:
        is_told = type(body.get("error_code")) is int and isinstance(body.get("description"), str)
        return body.get("ok") is False and is_told
    return "result" in body and _is_result(method, body["result"])


def _is_result(method: str, result: Any) -> bool:
    """Whether `result` holds what telebot reads of it by itself."""
    if method not in SENDS and method != "getMe" and not method.startswith("editMessage"):
        return True
    if result is True:
        return method not in (*SENDS, "getMe")
    found = result if isinstance(result, dict) else {}
    if method == "getMe":
        return is_id(found.get("id")) and {"is_bot", "first_name"} <= found.keys()
    chat = found.get("chat")
    has_chat = isinstance(chat, dict) and {"id", "type"} <= chat.keys()
    return is_id(found.get("message_id")) and "date" in found and has_chat
