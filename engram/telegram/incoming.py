"""Reads what was said, by whom and where, from Telegram's raw updates; pure.

Wire format: https://core.telegram.org/bots/api#update
"""

import re
from dataclasses import dataclass, replace
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


# The topic "General" of a forum: Telegram names it to some clients, and takes no messages for it.
GENERAL = 1


class MessageKind(Enum):
    """The way in which something was said to the bot; the value is its field in an update."""

    MESSAGE = "message"
    EDIT = "edited_message"
    PRESS = "callback_query"
    STOP = "stopped_message_generation"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to send an answer: to a chat, into one of its topics, as a reply to a message."""

    chat_id: int
    reply_to: int | None = None
    topic: int | None = None

    @property
    def conversation(self) -> str:
        """The key of the conversation there: the chat's id, or `chat/topic`."""
        return str(self.chat_id) if self.topic is None else f"{self.chat_id}/{self.topic}"


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
        """The key of the conversation to which this belongs."""
        return self.destination.conversation

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
    kind = next((kind for kind in MessageKind if kind.value in update), MessageKind.MESSAGE)
    content = _object(update.get(kind.value))
    message = _object(content.get("message")) if kind is MessageKind.PRESS else content
    chat = _object(message.get("chat"))
    update_id, chat_id = update.get("update_id"), chat.get("id")
    message_id = 0 if kind is MessageKind.STOP else message.get("message_id")
    if not (_is_id(update_id) and _is_id(chat_id) and _is_id(message_id)):
        return None
    topic, sender = _topic(message, kind, is_group=chat_id < 0), _sender(content)
    found = Incoming(update_id, chat_id, message_id, None, kind, chat_id < 0, topic, sender)
    if kind is MessageKind.STOP:
        return replace(found, text="/stop")
    if kind is MessageKind.PRESS:
        return _read_press(found, content, message, bot_id)
    return _read_message(found, message, bot_id, bot_name)


def _read_message(
    found: Incoming, message: dict[str, Any], bot_id: int, bot_name: str
) -> Incoming | None:
    text = well_formed(message["text"]) if isinstance(message.get("text"), str) else None
    if text is None and (found.kind is MessageKind.EDIT or CONTENTS.isdisjoint(message)):
        return None
    if _is_for_another_bot(text or "", bot_name):
        return None
    addressed, replies_to = _addressed(text or "", bot_name), _replied(message, bot_id)
    if found.is_group and addressed is None and replies_to is None:
        return None
    return replace(found, text=text if addressed is None else addressed, replies_to=replies_to)


def _read_press(
    found: Incoming, query: dict[str, Any], message: dict[str, Any], bot_id: int
) -> Incoming | None:
    callback, data = query.get("id"), query.get("data")
    if not isinstance(callback, str):
        return None
    asker = _sender(_object(message.get("reply_to_message")))
    return replace(
        found,
        # Without a date it is a message to which Telegram no longer gives access.
        message_id=found.message_id if message.get("date") else 0,
        text=well_formed(data) if isinstance(data, str) else "",
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


def _topic(message: dict[str, Any], kind: MessageKind, *, is_group: bool) -> int | None:
    """The topic of `message`; None for a forum's General topic, which is the chat itself."""
    topic = message.get("message_thread_id")
    # Replies in a group without topics have a thread as well; a stopped draft is no message.
    is_topic = message.get("is_topic_message") or kind is MessageKind.STOP
    return topic if is_topic and _is_id(topic) and not (is_group and topic == GENERAL) else None


def _sender(message: dict[str, Any]) -> int:
    number = _object(message.get("from")).get("id")
    return number if _is_id(number) else 0


def _is_id(value: Any) -> TypeGuard[int]:
    """Whether `value` is an id as Telegram hands them out: a number of at most 52 bits."""
    return type(value) is int and abs(value) < 2**52


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
