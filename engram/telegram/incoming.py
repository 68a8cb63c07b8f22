"""Telegram's raw updates -> what was said, by whom and where; pure.

Wire format: https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeGuard

from engram.core.surrogates import well_formed

# What a person can send instead of text. Everything else without text (somebody joined, a message
# was pinned) is said by Telegram, and needs no answer.
CONTENTS = {
    "animation", "audio", "checklist", "contact", "dice", "document", "game", "live_photo",
    "location", "paid_media", "photo", "poll", "sticker", "story", "venue", "video", "video_note",
    "voice",
}  # fmt: skip


class MessageKind(Enum):
    """How something was said to the bot."""

    MESSAGE = "message"
    EDIT = "edited message"
    PRESS = "button"
    STOP = "stop button of a draft"


@dataclass(frozen=True, slots=True)
class Incoming:
    """What the bot is to react to.

    `text` is None when a message has none (a photo, a sticker, a voice note); of a button it is the
    command. `message_id` is that of the message, or of the one with the button, 0 when that is too
    old to be edited. `sender` is the person, `asker` the one whose question the button's message
    answers, where that is known. `replies_to` is the bot's message that it replies to, `callback`
    the id under which a pressed button waits for its answer.
    """

    update_id: int
    chat_id: int
    message_id: int
    text: str | None
    way: MessageKind = MessageKind.MESSAGE
    is_group: bool = False
    topic: int | None = None
    sender: int = 0
    asker: int | None = None
    replies_to: int | None = None
    callback: str = ""


def read_update(update: dict[str, Any], bot_id: int, bot_name: str) -> Incoming | None:
    """What `update` says, or None when there is nothing that the bot should react to.

    In a group only commands, mentions of `bot_name` and replies to `bot_id` are meant for it. A
    command for another bot is not, and a mention is no part of the text.
    """
    update_id = update.get("update_id")
    if not _is_id(update_id):
        return None
    if "callback_query" in update:
        return _read_press(update_id, _object(update["callback_query"]), bot_id)
    if "stopped_message_generation" in update:
        chat = _object(_object(update["stopped_message_generation"]).get("chat")).get("id")
        return Incoming(update_id, chat, 0, "/stop", MessageKind.STOP) if _is_id(chat) else None
    way = MessageKind.EDIT if "edited_message" in update else MessageKind.MESSAGE
    message = _object(update.get("edited_message") or update.get("message"))
    return _read_message(update_id, message, way, bot_id, bot_name)


def _read_message(
    update_id: int, message: dict[str, Any], way: MessageKind, bot_id: int, bot_name: str
) -> Incoming | None:
    chat = _object(message.get("chat"))
    chat_id, message_id = chat.get("id"), message.get("message_id")
    if not (_is_id(chat_id) and _is_id(message_id)) or chat.get("type") == "channel":
        return None
    text = well_formed(message["text"]) if isinstance(message.get("text"), str) else None
    if text is None and (way is MessageKind.EDIT or CONTENTS.isdisjoint(message)):
        return None
    addressed = None
    if text is not None:
        addressed, text = _addressed(text, bot_name)
        if addressed is False:
            return None
    replies_to = _replied(message, bot_id)
    is_group = chat.get("type") != "private"
    if is_group and not addressed and replies_to is None:
        return None
    return Incoming(
        update_id,
        chat_id,
        message_id,
        text,
        way,
        is_group,
        _topic(message),
        sender=_sender(message),
        replies_to=replies_to,
    )


def _read_press(update_id: int, query: dict[str, Any], bot_id: int) -> Incoming | None:
    message, callback = _object(query.get("message")), query.get("id")
    chat = _object(message.get("chat"))
    chat_id, message_id, data = chat.get("id"), message.get("message_id"), query.get("data")
    if not (_is_id(chat_id) and _is_id(message_id) and isinstance(callback, str)):
        return None
    asker = _sender(_object(message.get("reply_to_message")))
    return Incoming(
        update_id,
        chat_id,
        # A message without a date is one that Telegram no longer gives access to.
        message_id if message.get("date") else 0,
        well_formed(data) if isinstance(data, str) else "",
        MessageKind.PRESS,
        chat_id < 0,
        _topic(message),
        sender=_sender(query),
        asker=asker if asker not in (0, bot_id) else None,
        callback=well_formed(callback),
    )


def _addressed(text: str, bot_name: str) -> tuple[bool | None, str]:
    """Whether `text` is for this bot (None: nothing says so), and the text without its name."""
    name = re.escape(bot_name)
    command = re.match(r"/\w+@(\w+)", text)
    if command:
        mine = command[1].casefold() == bot_name.casefold()
        return mine, re.sub(rf"^(/\w+)@{name}\b", r"\1", text, flags=re.IGNORECASE)
    if re.match(r"/\w", text):
        return True, text
    without = re.sub(rf"(?<!\w)@{name}\b[,:]?\s*", "", text, flags=re.IGNORECASE).strip()
    return (True, without) if without != text.strip() else (None, text)


def _replied(message: dict[str, Any], bot_id: int) -> int | None:
    """The message of the bot that `message` replies to."""
    replied = _object(message.get("reply_to_message"))
    number = replied.get("message_id")
    return number if _sender(replied) == bot_id and _is_id(number) else None


def _topic(message: dict[str, Any]) -> int | None:
    topic = message.get("message_thread_id") if message.get("is_topic_message") else None
    return topic if _is_id(topic) else None


def _sender(message: dict[str, Any]) -> int:
    number = _object(message.get("from")).get("id")
    return number if _is_id(number) else 0


def _is_id(value: Any) -> TypeGuard[int]:
    """Whether `value` is a number as Telegram gives them, of at most 52 bits."""
    return type(value) is int and abs(value) < 2**52


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
