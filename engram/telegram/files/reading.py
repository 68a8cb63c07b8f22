"""Which pictures and files a raw message brings, itself or by what it replies to; pure.

Wire format: https://core.telegram.org/bots/api#message
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from engram.chat.attachments.child.pictures import SIDE
from engram.core.attachments import Attachment
from engram.core.text.surrogates import well_formed

# What a person can send instead of text. Any other message without text (somebody joined, a message
# was pinned) is Telegram's own and needs no answer.
CONTENTS = {
    "animation", "audio", "checklist", "contact", "dice", "document", "game", "live_photo",
    "location", "paid_media", "photo", "poll", "sticker", "story", "venue", "video", "video_note",
    "voice",
}  # fmt: skip
# An id of a file has about a hundred characters.
ID_LENGTH = 512
# As many characters of a file's name are shown, and given to the model.
NAME_LENGTH = 80
# Kinds of files that cannot be read; an image that is text is read as a text.
_UNREADABLE, _TEXTS = ("video/", "audio/"), ("image/svg+xml",)
_PICTURES = re.compile(r"\.(jpe?g|png|webp|gif|bmp|tiff?)\Z", re.IGNORECASE)
_KINDS_UNTOLD = ("", "application/octet-stream")
_ID = re.compile(rf"[\w.:+/=-]{{1,{ID_LENGTH}}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a message brings beside words: files, of itself or of what it replies to.

    `fingerprint` tells its own file from any other: the ids by which files are had can change, this
    one does not. `has_unread` tells that something came with it that cannot be read.
    """

    attachments: tuple[Attachment, ...] = ()
    fingerprint: str = ""
    has_unread: bool = False


NOTHING = Brought()


def brought(message: dict[str, Any], bot_id: int, *, has_words: bool) -> Brought:
    """What `message` brings; without words it asks nothing of what it replies to.

    A picture that the bot itself has sent is none: there is nothing in it that it does not know.
    """
    own = _attached(message)
    if own:
        return Brought((own,), _fingerprint(message))
    found = _replied(message, bot_id) if has_words else None
    return Brought((found,) if found else (), has_unread=not CONTENTS.isdisjoint(message))


def together(parts: Sequence[Brought]) -> Brought:
    """What one message brings that was delivered in `parts`, each file once."""
    found = dict.fromkeys(one for part in parts for one in part.attachments)
    return Brought(tuple(found), has_unread=any(part.has_unread for part in parts))


def _attached(message: dict[str, Any]) -> Attachment | None:
    """The picture or file that `message` itself brings; a video or a voice note is none."""
    return _photo(message) or _document(message) or _sticker(message)


def _replied(message: dict[str, Any], bot_id: int) -> Attachment | None:
    """The same of what `message` replies to, here or in another chat."""
    keys = ("reply_to_message", "external_reply")
    reply, elsewhere = (object_in(message.get(key)) for key in keys)
    sender = object_in(object_in(elsewhere.get("origin")).get("sender_user"))
    replied = ((reply, object_in(reply.get("from"))), (elsewhere, sender))
    found = (_attached(one) for one, by in replied if by.get("id") != bot_id)
    return next(filter(None, found), None)


def _fingerprint(message: dict[str, Any]) -> str:
    found = _size(message) or _document_of(message) or object_in(message.get("sticker"))
    unique = found.get("file_unique_id")
    return well_formed(unique[:ID_LENGTH]) if isinstance(unique, str) else ""


def _photo(message: dict[str, Any]) -> Attachment | None:
    return _attachment(_size(message), is_picture=True)


def _size(message: dict[str, Any]) -> dict[str, Any]:
    """The size of the photo to look at: the smallest that is useful, else the largest there is."""
    # A photo that moves for a moment is a photo as well.
    sizes = message.get("photo") or object_in(message.get("live_photo")).get("photo")
    known = [one for one in map(object_in, _list(sizes)) if _is_id(one.get("file_id"))]
    known.sort(key=_side)
    # No model is shown more pixels: what is larger is not worth its download.
    useful = (one for one in known if _side(one) >= SIDE)
    return next(useful, known[-1] if known else {})


def _side(size: dict[str, Any]) -> int:
    """The longer side in pixels."""
    return max(_count(size.get("width")), _count(size.get("height")))


def _document(message: dict[str, Any]) -> Attachment | None:
    document = _document_of(message)
    name, kind = _name(document.get("file_name")), _kind(document)
    if kind.startswith(_UNREADABLE):
        return None
    is_image = kind.startswith("image/") and kind not in _TEXTS
    looks_so = kind in _KINDS_UNTOLD and _PICTURES.search(name) is not None
    return _attachment(document, name, is_picture=is_image or looks_so)


def _document_of(message: dict[str, Any]) -> dict[str, Any]:
    """The document; that of an animation, which is a video, stands there for old bots."""
    return {} if "animation" in message else object_in(message.get("document"))


def _kind(document: dict[str, Any]) -> str:
    """The media type, in small letters and without parameters."""
    kind = document.get("mime_type")
    return kind.partition(";")[0].strip().lower() if isinstance(kind, str) else ""


def _sticker(message: dict[str, Any]) -> Attachment | None:
    sticker = object_in(message.get("sticker"))
    moves = sticker.get("is_animated") or sticker.get("is_video")
    return None if moves else _attachment(sticker, is_picture=True)


def _attachment(file: dict[str, Any], name: str = "", *, is_picture: bool) -> Attachment | None:
    ref = file.get("file_id")
    return Attachment(ref, name, _count(file.get("file_size")), is_picture) if _is_id(ref) else None


def _name(value: Any) -> str:
    """A file's name for people: one line without folders, with its end if it is too long."""
    if not isinstance(value, str):
        return ""
    last = re.split(r"[/\\]", well_formed(value[: 16 * NAME_LENGTH]))[-1]
    plain = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in last)
    name = " ".join(plain.split())
    if len(name) <= NAME_LENGTH:
        return name
    half = NAME_LENGTH // 2
    return f"{name[: half - 1]}…{name[-half:]}"


def _is_id(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _count(value: Any) -> int:
    """A number that counts something, 0 for anything else."""
    return value if type(value) is int and 0 < value < 2**52 else 0


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def object_in(value: Any) -> dict[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}
