"""Something that was said to the bot: what, by whom and where; pure."""

import zlib
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

# https://core.telegram.org/bots/api#message: a text has at most so many UTF-16 units.
TEXT_LIMIT = 4096
# A chat, a topic and a person.
Author: TypeAlias = tuple[int, int | None, int]


class MessageKind(Enum):
    """The way in which something was said to the bot; the value is its field in an update."""

    MESSAGE = "message"
    EDIT = "edited_message"
    PRESS = "callback_query"
    STOP = "stopped_message_generation"


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words that a message refers to, "" for none; `is_part` if the person marked that part."""

    words: str = ""
    is_part: bool = False


NO_QUOTATION = Quotation()


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

    `update_id` is the number of its row in the inbox, or the update's own before it has one.
    `text` is what was written, be it a text or a caption, or the command of a pressed button; None
    for a photo, a sticker or a voice note without a word. `is_caption` tells that something came
    with the words, or that the button is below a picture, `album` which album that belongs to.
    `quotation` is what the words refer to. `message_id` is that of the message or of the one with
    the button; 0 when Telegram no longer lets the bot edit that one, negative in a chat that has
    got another id since then. `sender` is the person, whom the others know by `name`; an
    administrator who stays anonymous is the group. `asker` is the person whose question the message
    with the button answers, if that is known. `replies_to` is the message of the bot that this one
    replies to. `callback` is the id under which Telegram expects the answer to a press. `length` is
    that of the text in UTF-16 units, `date` when Telegram took it, in seconds since the epoch, 0 if
    it does not say. What is not meant for the bot (`is_addressed`) may still belong to a message
    that is: see `engram.telegram.pieces`.
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
    quotation: Quotation = NO_QUOTATION
    date: int = 0
    album: str = ""
    is_caption: bool = False
    is_addressed: bool = True
    length: int = 0
    name: str = ""

    @property
    def author(self) -> Author:
        """Who speaks where: the pieces of one message have it in common."""
        return self.chat_id, self.topic, self.sender

    @property
    def key(self) -> str:
        """The name of the message in the inbox; an edit has that of what it changes."""
        return f"{self.chat_id}/{self.message_id}"

    @property
    def checksum(self) -> int:
        """A number that changes with the text and with whether it names the bot; tells neither."""
        return zlib.crc32((self.text or "").encode(), self.is_addressed)

    @property
    def conversation(self) -> str:
        """The key of the conversation to which this belongs."""
        return self.destination.conversation

    @property
    def destination(self) -> Destination:
        """Where the answer belongs: in the same topic, and in a group as a reply."""
        reply_to = self.message_id if self.is_group and self.message_id > 0 else None
        return Destination(self.chat_id, reply_to, self.topic)

    def moved_to(self, chat: int) -> "Incoming":
        """The same in `chat`, in case that is another id of its chat.

        There is none of the old chat's messages: their ids become negative.
        """
        if chat == self.chat_id:
            return self
        replies_to = self.replies_to and -abs(self.replies_to)
        return replace(self, chat_id=chat, message_id=-abs(self.message_id), replies_to=replies_to)
