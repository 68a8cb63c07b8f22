"""Any picture -> one that every model server takes: upright, RGB, JPEG or PNG, without metadata.

Servers decode with small libraries: LM Studio takes no WebP, none turns a picture by its EXIF data,
and models see no more detail than 1,568 pixels show.
"""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any

from engram.chat.attachments.child.refusals import RefusedError, Why

if TYPE_CHECKING:
    from PIL import Image

    from engram.chat.attachments.child.work import Opened

# Pixels on the longer side.
SIDE = 1568
# Models cut pictures into patches of 14 to 32 pixels, and some refuse less than one.
LEAST = 32
# In the longer side of a picture with fewer pixels there is nothing to see.
NOTHING = 8
# What PIL reads without another program, and with few mistakes in the past. A JPEG that holds
# several pictures, as phones make them, becomes an "MPO".
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
# Pixels that fit into the memory of the child process while they are decoded. A JPEG is decoded at
# a fraction of its size, unless it is progressive; WebP is kept three times.
MOST = 40_000_000
MOST_OF = {"JPEG": 250_000_000, "MPO": 250_000_000, "WEBP": 25_000_000}
# Charts and screenshots stay sharp as PNG, which is short for them; photos become JPEG. Bytes.
LOSSLESS = ("PNG", "GIF", "BMP", "TIFF")
SHORT = 1_000_000
# Red and green lines of a pixel's width need their colours at full size (no subsampling).
QUALITY = 85
# Noise is no picture: it need not fill the memory of model servers. Bytes.
LONG, POOR = 3_000_000, 50

# EXIF tag 274: how the picture has to be turned to stand upright (TIFF 6.0, "Orientation").
ORIENTATION = 0x0112
TURNS = {
    2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE",
    6: "ROTATE_270", 7: "TRANSVERSE", 8: "ROTATE_90",
}  # fmt: skip


def load() -> None:
    """Import PIL with all that it needs for these formats."""
    from PIL import (
        BmpImagePlugin,
        GifImagePlugin,
        Image,
        JpegImagePlugin,
        MpoImagePlugin,
        PngImagePlugin,
        TiffImagePlugin,
        WebPImagePlugin,
    )

    del BmpImagePlugin, GifImagePlugin, JpegImagePlugin, MpoImagePlugin
    del PngImagePlugin, TiffImagePlugin, WebPImagePlugin
    # Bounds are this module's own, by format.
    Image.MAX_IMAGE_PIXELS = None


def picture(data: bytes) -> Opened:
    """`data` as a picture of at most 1,568 pixels on its longer side; raises `RefusedError`."""
    from PIL import Image, UnidentifiedImageError

    try:
        source = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise RefusedError(Why.UNKNOWN, {"kind": _kind(data)}) from None
    with source:
        kind = source.format or ""
        _check(source, kind)
        # A JPEG comes out of its decoder at a half, quarter or eighth, which is much faster.
        source.draft(None, _within(source.size))
        source.load()
        made = _padded(_on_white(_upright(_small(_eight_bits(source)), _turn(source))))
    encoded, media_type = _encoded(made, kind)
    return {"width": made.width, "height": made.height, "media_type": media_type}, encoded


def _kind(data: bytes) -> str:
    """What phones send that PIL does not read: the brand of a file like HEIC (ISO 14496-12)."""
    brand = data[8:12] if data[4:8] == b"ftyp" else b""
    if brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1"):
        return "HEIC"
    return "AVIF" if brand in (b"avif", b"avis") else ""


def _check(source: Image.Image, kind: str) -> None:
    width, height = source.size
    most = MOST if source.info.get("progressive") else MOST_OF.get(kind, MOST)
    if width * height > most:
        pixels = {"megapixels": round(width * height / 1e6), "most": most // 1_000_000}
        raise RefusedError(Why.LARGE, pixels)
    if max(width, height) < NOTHING:
        raise RefusedError(Why.SMALL, {"width": width, "height": height})


def _within(size: tuple[int, int]) -> tuple[int, int]:
    """`size` with at most 1,568 on its longer side, and no side below 1."""
    scale = min(1.0, SIDE / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _turn(source: Image.Image) -> str:
    """How to turn the picture: a name of `Image.Transpose`, or "" if it stands upright."""
    # PIL turns a TIFF by itself when it is loaded, and old versions do not note that.
    if source.format == "TIFF":
        return ""
    # Of a picture with damaged EXIF data nobody knows which way is up: it stays as it is.
    with contextlib.suppress(Exception):
        return TURNS.get(source.getexif().get(ORIENTATION, 1), "")
    return ""


def _eight_bits(source: Image.Image) -> Image.Image:
    """Grey, RGB or RGBA, with eight bits for each."""
    mode: str = source.mode
    if mode[0] in "IF":
        return _scaled(source)
    if mode in ("LA", "PA", "RGBA", "RGBa") or "transparency" in source.info:
        return source.convert("RGBA")
    return source if mode in ("L", "RGB") else source.convert("L" if mode == "1" else "RGB")


def _scaled(source: Image.Image) -> Image.Image:
    """Grey values of 16 or 32 bits as eight: PIL would cut off everything above 255."""
    grey: Any = source if source.mode == "F" else source.convert("I")
    low, high = grey.getextrema()
    if source.mode != "F" and low >= 0:
        low, high = 0, 255 if high <= 255 else 65535 if high <= 65535 else high
    # What is no number, or without end, makes the whole black.
    span = high - low
    factor = 255 / span if 0 < span < float("inf") else 0.0
    scaled: Image.Image = grey.point(lambda value: value * factor + -low * factor)
    return scaled.convert("L")


def _small(source: Image.Image) -> Image.Image:
    from PIL import Image

    size = _within(source.size)
    if size == source.size:
        return source
    # A large one is averaged first, to twice the size or more, which takes less time and memory.
    return source.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _upright(small: Image.Image, turn: str) -> Image.Image:
    from PIL import Image

    return small.transpose(Image.Transpose[turn]) if turn else small


def _on_white(upright: Image.Image) -> Image.Image:
    """RGB, on white where it is transparent: what a model sees there otherwise is chance."""
    from PIL import Image

    if upright.mode != "RGBA":
        return upright.convert("RGB")
    ground = Image.new("RGB", upright.size, "white")
    ground.paste(upright, mask=upright.getchannel("A"))
    return ground


def _padded(flat: Image.Image) -> Image.Image:
    """With white around it if a side is too short for models to look at."""
    from PIL import Image

    size = max(LEAST, flat.width), max(LEAST, flat.height)
    if size == flat.size:
        return flat
    ground = Image.new("RGB", size, "white")
    ground.paste(flat, ((size[0] - flat.width) // 2, (size[1] - flat.height) // 2))
    return ground


def _encoded(made: Image.Image, kind: str) -> tuple[bytes, str]:
    """As PNG where nothing was lost before and that is short, else as JPEG."""
    # What the source knows about itself would go along: where it was taken, its colours, its text.
    made.info.clear()
    if kind in LOSSLESS:
        png = io.BytesIO()
        made.save(png, "PNG")
        if png.tell() <= SHORT:
            return png.getvalue(), "image/png"
    for quality in (QUALITY, POOR):
        jpeg = io.BytesIO()
        made.save(jpeg, "JPEG", quality=quality, subsampling=0)
        if jpeg.tell() <= LONG:
            break
    return jpeg.getvalue(), "image/jpeg"
