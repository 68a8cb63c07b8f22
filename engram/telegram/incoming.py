"""Something that was said to the bot: what, by whom and where; pure."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise
from typing import Any, TypeAlias, TypeGuard

from engram.core.text.surrogates import utf16_length, well_formed
from engram.storage.messages import Piece
from engram.telegram.files.reading import NOTHING, Brought, object_in, together

# https://core.telegram.org/bots/api#message: a text has at most so many UTF-16 units.
TEXT_LIMIT = 4096
# The id of a press is a number of some twenty digits.
CALLBACK_LENGTH = 64
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
    `quotation` is what the words refer to, and `brings` what came beside them. `message_id` is that
    of the message or of the one with the button; 0 when Telegram no longer lets the bot edit that
    one, negative in a chat that has got another id since then. `sender` is the person, whom the
    others know by `name`; an administrator who stays anonymous is the group. `asker` is the person
    whose question the message with the button answers, if that is known. `replies_to` is the
    message of the bot that this one replies to. `callback` is the id under which Telegram expects
    the answer to a press. `length` is that of the text in UTF-16 units, `date` when Telegram took
    it, in seconds since the epoch, 0 if it does not say. What is not meant for the bot
    (`is_addressed`) may still belong to a message that is: see `engram.telegram.pieces`.
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
    brings: Brought = NOTHING
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
    def is_wordless(self) -> bool:
        """Whether it is a picture or a file without a word, the question about which may follow."""
        return self.text is None and bool(self.brings.attachments)

    @property
    def checksum(self) -> int:
        """A number that changes with the text, with whether it names the bot, and with the file.

        It tells none of them.
        """
        return zlib.crc32(self.brings.fingerprint.encode(), self.checksum_of_words)

    @property
    def checksum_of_words(self) -> int:
        """The same without the file, as earlier versions have kept it."""
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


def joined(pieces: Sequence[Incoming]) -> Incoming:
    """The message that was delivered as `pieces`."""
    first, *others = ordered = sorted(pieces, key=lambda piece: abs(piece.message_id))
    if not others:
        return first
    written = [piece for piece in ordered if piece.text]
    texts = [written[0].text or ""] if written else []
    for before, after in pairwise(written):
        # A full piece was cut in the middle of something, any other one at white space.
        is_full = before.length + utf16_length((after.text or "")[:1]) > TEXT_LIMIT
        texts += ["" if is_full else "\n", after.text or ""]
    has_text = any(piece.text is not None for piece in ordered)
    return replace(
        first,
        text="".join(texts) if has_text else None,
        replies_to=next(filter(None, (piece.replies_to for piece in ordered)), None),
        quotation=max((piece.quotation for piece in ordered), key=lambda one: bool(one.words)),
        brings=together([piece.brings for piece in ordered]),
        is_caption=any(piece.is_caption for piece in ordered),
        is_addressed=any(piece.is_addressed for piece in ordered),
    )


def edited_piece(edit: Incoming, kept: Piece) -> Incoming:
    """The message that is `kept`, with the new words if `edit` is of that one."""
    if kept.message == edit.message_id:
        return edit
    return replace(
        edit,
        message_id=kept.message,
        text=kept.text,
        length=utf16_length(kept.text),
        quotation=Quotation(kept.quoted, is_part=True),
        brings=Brought(kept.attachments),
        is_addressed=True,
    )


def identity(update: dict[str, Any]) -> str:
    """What tells `update` from another one that has the same number; no words of anybody's.

    A message by its chat, id and time of the edit, a press by the id of its callback query.
    """
    kind, content, message = parts_of(update)
    named = message.get("message_id", message.get("draft_id")), message.get("edit_date")
    ids = (object_in(message.get("chat")).get("id"), *named)
    callback = content.get("id") if kind is MessageKind.PRESS else None
    shown = (str(one)[:CALLBACK_LENGTH] for one in (*ids, callback) if isinstance(one, int | str))
    return "/".join((kind.value, *map(well_formed, shown)))


def parts_of(
    update: dict[str, Any],
) -> tuple[MessageKind, dict[str, Any], dict[str, Any]]:
    """How something was said, the update's content, and the message that it is about."""
    kind = next((kind for kind in MessageKind if kind.value in update), MessageKind.MESSAGE)
    content = object_in(update.get(kind.value))
    is_press = kind is MessageKind.PRESS
    return kind, content, object_in(content.get("message")) if is_press else content


def is_id(value: Any) -> TypeGuard[int]:
    """Whether `value` is an id as Telegram hands them out: a number of at most 52 bits."""
    return type(value) is int and abs(value) < 2**52
