"""Pictures, PDFs and tables as people send them, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageDraw

BLACK, WHITE, RED, GREEN, BLUE = (
    (0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 255, 0), (0, 0, 255),
)  # fmt: skip
# EXIF's tag for how a picture has to be turned.
ORIENTATION = 0x0112


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """`picture` as a file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def plain(size: tuple[int, int] = (64, 48), kind: str = "PNG", mode: str = "RGB") -> bytes:
    """A picture of one colour."""
    return encoded(Image.new(mode, size), kind)


def cornered(size: tuple[int, int] = (200, 100)) -> Image.Image:
    """A picture whose upper left quarter is red, the rest blue: it shows how it is turned."""
    picture = Image.new("RGB", size, BLUE)
    picture.paste(RED, (0, 0, size[0] // 2, size[1] // 2))
    return picture


def noise(size: tuple[int, int]) -> Image.Image:
    """What no format makes short."""
    grey = Image.effect_noise(size, 120)
    turned = [grey, grey.transpose(Image.Transpose.ROTATE_180), grey.point(lambda v: 255 - v)]
    return Image.merge("RGB", turned)


def photo(size: tuple[int, int] = (4000, 3000)) -> bytes:
    """A JPEG of the size of a phone's photo, with some detail."""
    small = noise((size[0] // 8, size[1] // 8)).resize(size)
    return encoded(small, "JPEG", quality=90)


def screenshot(size: tuple[int, int] = (1170, 2532)) -> bytes:
    """A PNG of a chart on a phone: thin lines and digits on a dark ground."""
    picture = Image.new("RGB", size, (20, 22, 30))
    pen = ImageDraw.Draw(picture)
    for x in range(0, size[0], 6):
        y = size[1] // 2 + x * 37 % 211
        pen.line((x, y, x, y + 20 + x % 31), fill=(0, 200, 100) if x % 4 else (220, 40, 60))
    for row in range(40):
        pen.text((size[0] - 80, row * size[1] // 40), f"{67000 + row * 13.5:,.2f}", fill=WHITE)
    return encoded(picture)


def chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of a PNG: https://www.w3.org/TR/png-3/#5Chunk-layout"""
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def lying_png(
    size: tuple[int, int], content: bytes = b"", depth: int = 8, colour: int = 2
) -> bytes:
    """A PNG whose header says `size`, whatever `content` there is."""
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(content, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def pdf(*pages: str, stream: bytes | None = None, extra: bytes = b"") -> bytes:
    """A PDF with a line of text on each page; `stream` replaces the contents of all of them.

    `extra` is put into the dictionary of every stream.
    """
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    numbers = [4 + 2 * at for at in range(len(pages))]
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    objects += [b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages))]
    objects += [b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    for number, text in zip(numbers, pages, strict=True):
        said = text.encode("latin-1").replace(b"\\", b"\\\\").replace(b"(", b"\\(")
        content = b"BT /F1 12 Tf 72 720 Td (%s) Tj ET" % said.replace(b")", b"\\)")
        content = content if stream is None else stream
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R /Resources "
            b"<< /Font << /F1 3 0 R >> >> >>" % (number + 1),
            b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), extra, content),
        ]
    return _file(objects)


def _file(objects: list[bytes]) -> bytes:
    """Objects, and the table of where they are (ISO 32000-1, 7.5.4)."""
    file, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size, start = len(objects) + 1, len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    file += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return bytes(file)


def locked_pdf(password: str, owner: str = "owner", algorithm: str = "RC4-128") -> bytes:
    """A PDF that is encrypted; without a `password` everybody can read it."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(PdfReader(io.BytesIO(pdf("Buy low."))))
    writer.encrypt(password, owner, algorithm=algorithm)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def candles_csv(rows: int = 1000) -> bytes:
    """Candles as an exchange exports them."""
    lines = [f"{1_700_000_000 + 3600 * n},{100 + n},{110 + n},{90 + n},{105 + n},{n % 7}.5"
             for n in range(rows)]  # fmt: skip
    return "\n".join(["time,open,high,low,close,volume", *lines, ""]).encode()
