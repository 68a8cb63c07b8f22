"""Bytes that somebody sent -> a picture for a model, or the text of a file; or why it is none."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from engram.chat.attachments import texts
from engram.chat.attachments.child.pictures import SIDE
from engram.chat.attachments.child.plain import MOST as MOST_CHARACTERS
from engram.chat.attachments.child.refusals import Why
from engram.chat.attachments.isolated import Reply, ask
from engram.core.attachments import Image
from engram.core.errors import AttachmentError
from engram.core.stop import Stop
from engram.core.text.printable import one_line, printable

# What is opened at most is what Telegram lets a bot download:
# https://core.telegram.org/bots/api#getfile
MOST_BYTES = 20 * 2**20
# How a picture begins: https://www.w3.org/TR/png-3/#5PNG-file-signature, ISO/IEC 10918-1 (SOI).
_BEGINS = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
_ENDING = re.compile(r"\.([A-Za-z0-9]{1,8})$")
_LONG = 80  # characters of a name


@dataclass(frozen=True, slots=True)
class Document:
    """A file of text: its name as it may be shown, its size in bytes, and what a model is given.

    `text` is the file's own, of a PDF that of its pages, and of a table its figures with the first
    and last rows. `note` is a sentence for the person about what was left out, "" for nothing.
    """

    name: str
    size: int
    text: str = field(repr=False)
    note: str = ""


def picture_of(data: bytes, stop: Stop | None = None) -> Image:
    """The picture in `data`: upright, at most 1,568 pixels on a side, JPEG or PNG.

    Takes ten seconds at most once its turn has come: two are opened at a time. Raises
    `AttachmentError` where there is none, and `StoppedError` once `stop` is requested.
    """
    if len(data) > MOST_BYTES:
        raise AttachmentError(texts.PICTURE_TOO_LARGE.format(most=MOST_BYTES // 2**20))
    reply = _reply("picture", "", data, stop)
    image = None if reply.why else _image(reply)
    if image is None:
        raise AttachmentError(texts.picture_refused(reply.why or Why.BROKEN, reply))
    return image


def document_of(data: bytes, name: str, stop: Stop | None = None) -> Document:
    """The text in `data`, a file that is called `name`; "" where it has no name.

    What it is its contents say; the ending of its name tells tables from other texts. Takes ten
    seconds at most once its turn has come, and raises as `picture_of` does.
    """
    shown = one_line(name, _LONG).strip() or texts.UNNAMED
    if len(data) > MOST_BYTES:
        raise AttachmentError(texts.FILE_TOO_LARGE.format(name=shown, most=MOST_BYTES // 2**20))
    ending = _ENDING.search(name)
    reply = _reply("document", ending[1].lower() if ending else "", data, stop)
    text = printable(reply.content.decode("utf-8", "replace"))[:MOST_CHARACTERS].strip()
    if reply.why or not text:
        raise AttachmentError(texts.document_refused(reply.why or Why.EMPTY, reply, shown))
    return Document(shown, len(data), text, _note(shown, reply))


def _reply(kind: str, ending: str, data: bytes, stop: Stop | None) -> Reply:
    return ask(kind, ending, data, stop or Stop()) if data else Reply(Why.EMPTY)


def _image(reply: Reply) -> Image | None:
    """The picture of a reply, None if it is not what was asked for: it comes from foreign bytes."""
    width, height = reply.number("width"), reply.number("height")
    kind = next((kind for kind in _BEGINS if reply.content.startswith(_BEGINS[kind])), "")
    if not (kind and 0 < width <= SIDE and 0 < height <= SIDE):
        return None
    return Image(reply.content, kind, width, height)


def _note(name: str, reply: Reply) -> str:
    read, pages, left, rows = (reply.number(key) for key in ("read", "pages", "left", "rows"))
    if rows and reply.facts.get("goes_on") is True:
        return texts.ROWS_LEFT.format(name=name, rows=rows)
    if read < pages:
        return texts.PAGES_LEFT.format(name=name, read=read, pages=pages)
    if left:
        return texts.CHARACTERS_LEFT.format(name=name, left=left)
    return texts.ROWS.format(name=name) if rows else ""
