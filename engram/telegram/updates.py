"""Reads what was said, by whom, where and of which words, from Telegram's raw updates; pure.

Wire format: https://core.telegram.org/bots/api#update
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from engram.chat.commands import TYPED
from engram.core.text.surrogates import utf16_length, well_formed
from engram.telegram.files.reading import brought, object_in
from engram.telegram.incoming import (
    NO_QUOTATION,
    Incoming,
    MessageKind,
    Quotation,
    is_id,
    parts_of,
)

ALBUM = "media_group_id"
# As much of a person's name as an answer shows.
NAME_LENGTH = 32
# As many characters of somebody's words are given to the model. What the person marked in them is
# shorter: https://core.telegram.org/bots/api#textquote.
QUOTED = 4096
# The topic "General" of a forum: Telegram names it to some clients, and takes no messages for it.
GENERAL = 1
_COMMAND = re.compile(r"/(\w+)(?:@(\w+))?")
_WIDE_SLASH = re.compile(r"\A\s*\uff0f(?=\w)")


def read_update(update: dict[str, Any], bot_id: int, bot_name: str) -> Incoming | None:
    """Read `update`; None when it holds nothing that the bot should react to.

    A group's message is addressed to the bot if it is one of its commands, mentions `bot_name` or
    replies to `bot_id`, and is no other bot's command. A mention is left out of the text.
    """
    kind, content, message = parts_of(update)
    chat = object_in(message.get("chat"))
    update_id, chat_id = update.get("update_id"), chat.get("id")
    message_id = 0 if kind is MessageKind.STOP else message.get("message_id")
    if not (is_id(update_id) and is_id(chat_id) and is_id(message_id)):
        return None
    topic, sender = _topic(message, kind, is_group=chat_id < 0), _sender(content)
    found = Incoming(update_id, chat_id, message_id, None, kind, chat_id < 0, topic, sender)
    if found.is_group:
        found = replace(found, name=_name(content))
    if kind is MessageKind.STOP:
        return replace(found, text="/stop")
    if kind is MessageKind.PRESS:
        return _read_press(found, content, message, bot_id)
    return _read_message(found, message, bot_id, bot_name)


def read_move(update: dict[str, Any]) -> tuple[int, int] | None:
    """The old and the new id of a group that became a supergroup, if `update` tells of one."""
    message = object_in(update.get(MessageKind.MESSAGE.value))
    chat = object_in(message.get("chat")).get("id")
    old, new = message.get("migrate_from_chat_id", chat), message.get("migrate_to_chat_id", chat)
    return (old, new) if is_id(old) and is_id(new) and old != new else None


def _read_message(
    found: Incoming, message: dict[str, Any], bot_id: int, bot_name: str
) -> Incoming | None:
    text = _text(message.get("text"))
    caption = _text(message.get("caption")) if text is None else None
    written = caption if text is None else text
    brings = brought(message, bot_id, has_words=written is not None)
    may_be_unread = found.kind is not MessageKind.EDIT and brings.has_unread
    if written is None and not brings.attachments and not may_be_unread:
        return None
    addressed = _addressed(written or "", message, bot_id, bot_name)
    replies_to, date, album = _replied(message, bot_id), message.get("date"), message.get(ALBUM)
    # In a group a command that is not ours is none of our business, whatever it replies to.
    replies = replies_to is not None and not _COMMAND.match(written or "")
    return replace(
        found,
        text=written if addressed is None else addressed,
        replies_to=replies_to,
        quotation=_quotation(message),
        brings=brings,
        date=date if is_id(date) else 0,
        album=album if isinstance(album, str) else "",
        is_caption=caption is not None,
        is_addressed=not found.is_group or addressed is not None or replies,
        length=utf16_length(written or ""),
    )


def _read_press(
    found: Incoming, query: dict[str, Any], message: dict[str, Any], bot_id: int
) -> Incoming | None:
    callback, data = query.get("id"), query.get("data")
    if not isinstance(callback, str):
        return None
    asker = _sender(object_in(message.get("reply_to_message")))
    return replace(
        found,
        # Without a date it is a message to which Telegram no longer gives access.
        message_id=found.message_id if message.get("date") else 0,
        text=well_formed(data) if isinstance(data, str) else "",
        # Nobody knows who is behind a chat that asked.
        asker=asker if asker > 0 and asker != bot_id else None,
        callback=well_formed(callback),
        is_caption="photo" in message,
    )


def _addressed(text: str, message: dict[str, Any], bot_id: int, bot_name: str) -> str | None:
    """`text` without the bot's name, if it mentions that or is a command that all bots know."""
    name, flags = re.escape(bot_name), re.IGNORECASE
    without = re.sub(rf"(?<!\w)(/\w+)@{name}\b", r"\1", text, flags=flags)
    without = re.sub(rf"(?<!\w)@{name}\b[,:]?\s*", "", without, flags=flags)
    without = _without_text_mentions(without, message, bot_id) if without == text else without
    command = _COMMAND.match(text)
    if command and (command[2] or bot_name).lower() != bot_name.lower():
        return None
    is_ours = command is not None and command[2] is None and command[1].lower() in TYPED
    return without.strip() if is_ours or without != text else None


def _without_text_mentions(text: str, message: dict[str, Any], bot_id: int) -> str:
    """`text` without the places where a client mentions the bot by a name of its own."""
    units = text.encode("utf-16-le")
    found = message.get("entities") or message.get("caption_entities")
    for entity in map(object_in, reversed(found if isinstance(found, list) else [])):
        start, length = entity.get("offset"), entity.get("length")
        is_ours = object_in(entity.get("user")).get("id") == bot_id
        if entity.get("type") == "text_mention" and is_ours and is_id(start) and is_id(length):
            units = units[: 2 * start] + units[2 * (start + length) :]
    return units.decode("utf-16-le", "replace")


def _replied(message: dict[str, Any], bot_id: int) -> int | None:
    """The id of the bot's message that `message` replies to."""
    replied = object_in(message.get("reply_to_message"))
    number = replied.get("message_id")
    # All that is said in a topic replies to the message that opened it.
    is_said = _sender(replied) == bot_id and "forum_topic_created" not in replied
    return number if is_said and is_id(number) else None


def _quotation(message: dict[str, Any]) -> Quotation:
    """What `message` quotes, or else the words of the message that it replies to.

    That may stand in another chat; then only what is quoted, a poll or a checklist is known of it.
    """
    if words := _shortened(_said(object_in(message.get("quote")).get("text"))):
        return Quotation(words, is_part=True)
    for name in ("reply_to_message", "external_reply"):
        if words := _shortened("\n".join(_words(object_in(message.get(name))))):
            return Quotation(words)
    return NO_QUOTATION


def _words(message: dict[str, Any]) -> Iterator[str]:
    """The lines of words in `message`: its text or caption, a poll's or a checklist's."""
    yield _said(message.get("text")) or _said(message.get("caption"))
    for name, title, entries in (("poll", "question", "options"), ("checklist", "title", "tasks")):
        content = object_in(message.get(name))
        yield _said(content.get(title))
        listed = content.get(entries)
        for entry in listed if isinstance(listed, list) else ():
            yield _said(object_in(entry).get("text"))


def _shortened(words: str) -> str:
    words = words.strip()
    return words if len(words) <= QUOTED else f"{words[: QUOTED - 1]}…"


def _topic(message: dict[str, Any], kind: MessageKind, *, is_group: bool) -> int | None:
    """The topic of `message`; None for a forum's General topic, which is the chat itself."""
    topic = message.get("message_thread_id")
    # Replies in a group without topics have a thread as well; a stopped draft is no message.
    is_topic = message.get("is_topic_message") or kind is MessageKind.STOP
    return topic if is_topic and is_id(topic) and not (is_group and topic == GENERAL) else None


def _sender(message: dict[str, Any]) -> int:
    """The person; who speaks as a channel or a group, under one name with others, is that chat."""
    number = object_in(message.get("sender_chat") or message.get("from")).get("id")
    return number if is_id(number) else 0


def _name(message: dict[str, Any]) -> str:
    """What others may read as the name of who speaks: one line that makes no link or command."""
    speaker = object_in(message.get("sender_chat") or message.get("from"))
    names = (speaker.get(key) for key in ("title", "first_name", "last_name"))
    name = " ".join(one for one in names if isinstance(one, str))[: 8 * NAME_LENGTH]
    plain = "".join(one if _is_plain(one) else " " for one in well_formed(name))
    return " ".join(plain.split())[:NAME_LENGTH].strip() or "Somebody"


def _is_plain(char: str) -> bool:
    """Whether `char` is a letter, a mark, a digit, a pictogram, or joins such."""
    category = unicodedata.category(char)
    return category[0] in "LMN" or category in ("So", "Sk") or char in "'’-\u200d"


def _text(value: Any) -> str | None:
    """A text as it was written; "/" is a slash also where a keyboard makes it as wide as "永"."""
    return _WIDE_SLASH.sub("/", well_formed(value)) if isinstance(value, str) else None


def _said(value: Any) -> str:
    return well_formed(value) if isinstance(value, str) else ""
