"""What the doubles of model servers make of the pictures that they are sent.

Each one is decoded. Beside what real servers refuse (LM Studio knows PNG and JPEG alone), nothing
is taken that Engram promises not to send: more than 1,568 pixels on a side, or a picture that
relies on its EXIF data to be turned upright.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

MOST = 1568
PIXELS_A_TOKEN = 750
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG"}
_ORIENTATION = 0x0112
_DATA_URL = re.compile(r"data:([\w/+.-]+);base64,")


@dataclass(frozen=True)
class Seen:
    """A picture as it came: its size is in pixels."""

    media_type: str
    width: int
    height: int

    @property
    def tokens(self) -> int:
        """How many tokens a model reads for it."""
        return -(-self.width * self.height // PIXELS_A_TOKEN)


class Unseen(Exception):
    """It is not taken. `broken`: it cannot be decoded, or is none of the formats."""

    def __init__(self, why: str, *, broken: bool = False) -> None:
        super().__init__(why)
        self.broken = broken


def seen(url: object) -> Seen:
    """The picture in a data URL; raises Unseen."""
    match = _DATA_URL.match(url) if isinstance(url, str) else None
    if not match:
        raise Unseen("no data URL", broken=True)
    return decoded(match.string[match.end() :], match[1])


def decoded(data: object, media_type: object) -> Seen:
    """The picture in base64; raises Unseen."""
    try:
        raw = base64.b64decode(str(data), validate=True)
        image = Image.open(io.BytesIO(raw))
        image.load()
    except (binascii.Error, OSError, UnidentifiedImageError, SyntaxError) as err:
        raise Unseen(f"not to be decoded: {err}", broken=True) from err
    if image.format != FORMATS.get(str(media_type)):
        raise Unseen(f"{image.format} as {media_type}", broken=True)
    if max(image.size) > MOST:
        raise Unseen(f"{image.width} x {image.height} pixels")
    if image.getexif().get(_ORIENTATION, 1) != 1:
        raise Unseen("it lies on its side")
    return Seen(str(media_type), *image.size)
