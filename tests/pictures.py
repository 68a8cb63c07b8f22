"""Pictures made for tests, as they are given to a model."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image as Pillow

from engram.core.attachments import Image, Picture

FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


def an_image(width: int = 64, height: int = 48, kind: str = "PNG", *, lying: bool = False) -> Image:
    """A picture of one colour; a `lying` one is to be turned by whoever shows it."""
    file, exif = io.BytesIO(), Pillow.Exif()
    if lying:
        exif[0x0112] = 6
    Pillow.new("RGB", (width, height), "orange").save(file, kind, exif=exif)
    return Image(file.getvalue(), FORMATS[kind], width, height)


def a_picture(
    width: int = 64, height: int = 48, kind: str = "PNG", *, there: bool = True
) -> Picture:
    """Such a picture in a conversation; one that is not `there` cannot be loaded any more."""
    image = an_image(width, height, kind) if there else None
    return Picture(f"{width}x{height}", width, height, lambda: image)


def away_picture(load: Callable[[], Image | None]) -> Picture:
    """A picture of an earlier message, which `load` brings."""
    return Picture("away", 64, 48, load, is_at_hand=False)
