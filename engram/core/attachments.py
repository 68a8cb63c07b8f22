"""What people send beside words: files as they are known, and pictures as a model gets them."""

import base64
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from engram.core.stop import Stop

# So many pixels of a picture are a token: https://docs.claude.com/en/docs/build-with-claude/vision
PIXELS_A_TOKEN = 750


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that somebody sent, which need not have been read.

    `ref` is the front end's own name for it, such as Telegram's file_id or a path. `name` is
    "trades.csv", "" for what has none, and `size` in bytes, 0 where it is not known.
    """

    ref: str
    name: str = ""
    size: int = 0
    is_picture: bool = True


class Files(Protocol):
    """Where a front end's files are to be had, now and later."""

    def read(self, ref: str, most: int, stop: Stop) -> bytes:
        """The contents of a file; takes its time, but ends.

        Raises `AttachmentError` where they cannot be had, or are more than `most` bytes, and
        `StoppedError` once `stop` is requested.
        """


@dataclass(frozen=True, slots=True)
class Sent:
    """What came with a message, or with the one that it replies to, and where `files` are had.

    A front end without files has none of them.
    """

    attachments: tuple[Attachment, ...] = ()
    files: Files | None = field(default=None, compare=False)


NOTHING_SENT = Sent()


@dataclass(frozen=True, slots=True)
class Image:
    """A picture as a model gets it: upright, small, without anything but its pixels.

    `media_type` is "image/jpeg" or "image/png"; width and height are in pixels.
    """

    data: bytes = field(repr=False)
    media_type: str
    width: int
    height: int

    @property
    def base64(self) -> str:
        """The data as text."""
        return base64.b64encode(self.data).decode()

    @property
    def data_url(self) -> str:
        """The data as a URL (RFC 2397)."""
        return f"data:{self.media_type};base64,{self.base64}"


def _gone() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in a conversation, as it is given to a model: its size is in pixels.

    `load` brings it, from memory or from where it was sent; None where it is not to be had any
    more. Unless it `is_at_hand`, that may take half a minute, and is done once a model is about to
    be asked.
    """

    ref: str
    width: int
    height: int
    load: Callable[[], Image | None] = field(default=_gone, compare=False, repr=False)
    is_at_hand: bool = field(default=True, compare=False)

    @property
    def tokens(self) -> int:
        """How many tokens it is taken for, until a server has counted."""
        return math.ceil(self.width * self.height / PIXELS_A_TOKEN)
