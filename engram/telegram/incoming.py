"""Reads what was said, by whom and where, from Telegram's raw updates; pure.

Wire format: https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeGuard

from engram.core.surrogates import well_formed

# What a person can send instead of text. Any other message without text (somebody joined, a message
# was pinned) is Telegram's own and needs no answer.
CONTENTS = {
    "animation", "audio", "checklist", "contact", "dice", "document", "game", "live_photo",
    "location", "paid_media", "photo", "poll", "sticker", "story", "venue", "video", "video_note",
    "voice",
}  # fmt: skip


class MessageKind(Enum):
    """The way in which something was said to the bot."""

    MESSAGE = "message"
    EDIT = "edited message"
    PRESS = "button"
    STOP = "stop button of a draft"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to send an answer: to a chat, into one of its topics, as a reply to a message."""

    chat_id: int
    reply_to: int | None = None
    topic: int | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """Something that the bot should react to.

    `text` is what was written, or the command of a pressed button; None for a photo, a sticker or a
    voice note. `message_id` is that of the message or of the one with the button; 0 when Telegram
    no longer lets the bot edit that one. `sender` is the person. `asker` is the person whose
    question the message with the button answers, if that is known. `replies_to` is the message of
    the bot that this one replies to. `callback` is the id under which Telegram expects the answer
    to a press.
    """

    update_id: int
    chat_id: int
    message_id: int
    text: str | None
    kind: MessageKind = MessageKind.MESSAGE
    is_group: bool = False
    topic: int | None = None
    sender: int = 0
    asker: int | None = None
    replies_to: int | None = None
    callback: str = ""

    @property
    def conversation(self) -> str:
        """The key under which the chat keeps its conversation."""
        return str(self.chat_id)

    @property
    def destination(self) -> Destination:
        """Where the answer belongs: in the same topic, and in a group as a reply."""
        reply_to = (self.message_id or None) if self.is_group else None
        return Destination(self.chat_id, reply_to, self.topic)


def read_update(update: dict[str, Any], bot_id: int, bot_name: str) -> Incoming | None:
    """Read `update`; None when it holds nothing that the bot should react to.

    In a group the bot reacts to commands, to mentions of `bot_name` and to replies to `bot_id`,
    but never to another bot's commands. A mention is left out of the text.
    """
    update_id = update.get("update_id")
    if not _is_id(update_id):
        return None
    if "callback_query" in update:
        return _read_press(update_id, _object(update["callback_query"]), bot_id)
    if "stopped_message_generation" in update:
        chat = _object(_object(update["stopped_message_generation"]).get("chat")).get("id")
        return Incoming(update_id, chat, 0, "/stop", MessageKind.STOP) if _is_id(chat) else None
    kind = MessageKind.EDIT if "edited_message" in update else MessageKind.MESSAGE
    message = _object(update.get("edited_message") or update.get("message"))
    return _read_message(update_id, message, kind, bot_id, bot_name)


def _read_message(
    update_id: int, message: dict[str, Any], kind: MessageKind, bot_id: int, bot_name: str
) -> Incoming | None:
    chat = _object(message.get("chat"))
    chat_id, message_id = chat.get("id"), message.get("message_id")
    if not (_is_id(chat_id) and _is_id(message_id)) or chat.get("type") == "channel":
        return None
    text = well_formed(message["text"]) if isinstance(message.get("text"), str) else None
    if text is None:
        if kind is MessageKind.EDIT or CONTENTS.isdisjoint(message):
            return None
    elif _is_for_another_bot(text, bot_name):
        return None
    addressed, replies_to = _addressed(text or "", bot_name), _replied(message, bot_id)
    is_group = chat.get("type") != "private"
    if is_group and addressed is None and replies_to is None:
        return None
    return Incoming(
        update_id,
        chat_id,
        message_id,
        text if addressed is None else addressed,
        kind,
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
        # Without a date it is a message to which Telegram no longer gives access.
        message_id if message.get("date") else 0,
        well_formed(data) if isinstance(data, str) else "",
        MessageKind.PRESS,
        chat_id < 0,
        _topic(message),
        sender=_sender(query),
        asker=asker if asker not in (0, bot_id) else None,
        callback=well_formed(callback),
    )


def _is_for_another_bot(text: str, bot_name: str) -> bool:
    command = re.match(r"/\w+@(\w+)", text)
    return command is not None and command[1].casefold() != bot_name.casefold()


def _addressed(text: str, bot_name: str) -> str | None:
    """`text` without `bot_name`, if it is a command or mentions that name."""
    name = re.escape(bot_name)
    if re.match(r"/\w", text):
        return re.sub(rf"^(/\w+)@{name}\b", r"\1", text, flags=re.IGNORECASE)
    without = re.sub(rf"(?<!\w)@{name}\b[,:]?\s*", "", text, flags=re.IGNORECASE).strip()
    return without if without != text.strip() else None


def _replied(message: dict[str, Any], bot_id: int) -> int | None:
    """The id of the bot's message that `message` replies to."""
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
    """Whether `value` is an id as Telegram hands them out: a number of at most 52 bits."""
    return type(value) is int and abs(value) < 2**52


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
