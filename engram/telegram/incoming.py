"""Telegram's raw updates -> what was said, by whom and where; pure.

Wire format: https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message for the bot; `text` is None when it has none (a photo, a sticker, a voice note)."""

    update_id: int
    chat_id: int
    message_id: int
    text: str | None
    is_group: bool = False
    topic: int | None = None


def read_message(update: dict[str, Any], bot_id: int, bot_name: str) -> Incoming | None:
    """The message in `update`, or None when there is none that the bot should react to.

    In a group only commands, mentions of `bot_name` and replies to `bot_id` are meant for it. A
    command for another bot is not, and a mention is no part of the text.
    """
    message = update.get("message")
    if not isinstance(message, dict):
        return None
    chat = message.get("chat")
    if not isinstance(chat, dict) or not _is_ids(update.get("update_id"), chat.get("id")):
        return None
    if not _is_ids(message.get("message_id")) or chat.get("type") == "channel":
        return None
    text = message.get("text")
    text = text if isinstance(text, str) else None
    is_group = chat.get("type") != "private"
    if text is not None:
        addressed, text = _addressed(text, bot_name)
        if addressed is False:
            return None
    else:
        addressed = None
    if is_group and not addressed and not _replies_to(message, bot_id):
        return None
    topic = message.get("message_thread_id") if message.get("is_topic_message") else None
    return Incoming(
        update_id=update["update_id"],
        chat_id=chat["id"],
        message_id=message["message_id"],
        text=text,
        is_group=is_group,
        topic=topic if isinstance(topic, int) else None,
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


def _replies_to(message: dict[str, Any], bot_id: int) -> bool:
    replied = message.get("reply_to_message")
    author = replied.get("from") if isinstance(replied, dict) else None
    return isinstance(author, dict) and author.get("id") == bot_id


def _is_ids(*values: Any) -> bool:
    return all(type(value) is int for value in values)
