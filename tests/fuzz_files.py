"""Pictures and files as nobody made them: for each there is a picture, a text, or a reason.

Most are opened in this process, which is fast; one of a hundred goes the whole way, through one
of its own. Whatever a library raises is a reason: a crash is a result that is none, or one that
takes long.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import time
import warnings
from collections.abc import Callable, Iterator
from functools import cache

from PIL import Image

from engram.chat.attachments.child import documents, pdf, pictures, work
from engram.chat.attachments.child.plain import MOST
from engram.chat.attachments.isolated import MOST as MOST_BYTES
from engram.chat.attachments.isolated import Reply, _read
from engram.chat.attachments.opening import _image, document_of, picture_of
from engram.core.attachments import Image as Opened
from engram.core.errors import AttachmentError
from tests.chat.attachments import samples

Case = Callable[[random.Random], None]
Damage = Callable[[bytes, random.Random], bytes]

# Seconds: what a child process has, and what one in a hundred cases goes through it.
LONGEST, WHOLE_WAY = 10.0, 100
ENDINGS = ("txt", "csv", "tsv", "md", "json", "log", "py", "pdf", "")
ODD_CELLS = [
    "", "1", "-1.5", "1,5", "1.234,5", "$3", "12 %", "nan", "1e999", "9" * 400, '"', '""', "a\nb",
    "2026-01-01 10:00", "1700000000", "1700000000000000", "\ufeff", "=1+1", "💥", "\0", "\x1b[2J",
]  # fmt: skip


@cache
def _pictures() -> list[bytes]:
    """Small pictures of all kinds, among them some that a header says are large."""
    corners = samples.cornered((60, 40))
    tags = Image.Exif()
    tags[samples.ORIENTATION] = 6
    exif = tags.tobytes()
    moving = {"save_all": True, "append_images": [corners.convert("RGB"), samples.noise((60, 40))]}
    deep = [Image.new(mode, (60, 40), 7) for mode in ("I;16", "I", "F", "1", "L")]
    clear = [corners.convert(mode) for mode in ("RGBA", "LA", "P")]
    return [
        *(samples.encoded(corners, kind, exif=exif) for kind in ("JPEG", "PNG", "WEBP")),
        *(samples.encoded(corners, kind) for kind in ("GIF", "BMP", "TIFF")),
        *(samples.encoded(corners, kind, **moving) for kind in ("GIF", "PNG", "WEBP", "MPO")),
        *(samples.encoded(one, "TIFF") for one in deep),
        *(samples.encoded(one) for one in (*clear, deep[0], deep[3])),
        samples.encoded(corners, "JPEG", progressive=True),
        samples.encoded(corners.convert("CMYK"), "JPEG"),
        samples.encoded(corners, "TIFF", compression="tiff_lzw"),
        samples.encoded(corners, "TIFF", compression="jpeg"),
        samples.encoded(corners.convert("P"), "PNG", transparency=3),
        samples.lying_png((5000, 3000), bytes(999)),
        samples.lying_png((1, 1), bytes(4)),
    ]


@cache
def _files() -> list[bytes]:
    """Texts, tables and PDFs."""
    return [
        samples.pdf("Buy low.", "Sell (high).", ""),
        samples.locked_pdf("secret"),
        samples.locked_pdf(""),
        samples.candles_csv(60),
        "Datum;Gewinn\n1.2.2026;1,50\n2.2.2026;-2,75\n".encode("cp1252"),
        "Сделка\tПрибыль\nBTC\t5\n".encode("utf-16"),
        "Цена биткоина\n".encode("cp1251"),
        b'{"a": [1, 2, {"b": "c"}]}',
        b"\x1b[32mINFO\x1b[0m filled\r\n" * 30,
        "Plain words, with a € and a 🚀.\n".encode(),
    ]


@contextlib.contextmanager
def a_picture(damaged: Damage) -> Iterator[Case]:
    """Each becomes a picture that every model's server takes, or there is a reason."""
    pictures.load()

    def take(chance: random.Random) -> None:
        data = damaged(chance.choice(_pictures()), chance)
        if chance.randrange(WHOLE_WAY) == 0:
            _in_words(lambda: picture_of(data))
            return
        reply = _replied(pictures.picture, data)
        if not reply.why:
            _check(_image(reply))

    with _unwarned():
        yield take


@contextlib.contextmanager
def a_file(damaged: Damage) -> Iterator[Case]:
    """Each becomes a text of bounded length, or there is a reason."""
    pdf.load()

    def take(chance: random.Random) -> None:
        made = _a_table(chance) if chance.random() < 0.3 else chance.choice(_files())
        data, ending = damaged(made, chance), chance.choice(ENDINGS)
        if chance.randrange(WHOLE_WAY) == 0:
            _in_words(lambda: document_of(data, f"a.{ending}"))
            return
        is_pdf = b"%PDF-" in data[:1024]
        reply = _replied(pdf.document if is_pdf else documents.reader_of(ending), data)
        if not reply.why and not 0 < len(reply.content.decode()) <= MOST:
            raise AssertionError(f"a text of {len(reply.content):,} bytes")

    with _unwarned():
        yield take


def _a_table(chance: random.Random) -> bytes:
    """Rows of odd cells, not always as many in each."""
    delimiter = chance.choice((",", ";", "\t", "|"))
    width = chance.randrange(1, 8)
    rows = [
        delimiter.join(
            chance.choice(ODD_CELLS) for _ in range(max(0, width + chance.choice((0, 0, 0, -1, 1))))
        )
        for _ in range(chance.choice((1, 5, 60)))
    ]
    encoding = chance.choice(("utf-8", "utf-8-sig", "utf-16"))
    return chance.choice(("\n", "\r\n")).join(rows).encode(encoding)


def _replied(reader: work.Reader, data: bytes) -> Reply:
    """What a child process would say, in time, and its parent would believe."""
    began = time.thread_time()
    facts, content = work.opened(reader, data)
    took = time.thread_time() - began
    if took > LONGEST:
        raise AssertionError(f"it takes {took:.1f} s")
    said = json.dumps({**facts, "length": len(content)}).encode() + b"\n" + content
    reply = _read(said)
    if reply is None or len(said) > MOST_BYTES:
        raise AssertionError(f"{said[:200]!r} is not believed")
    return reply


def _check(image: Opened | None) -> None:
    if image is None:
        raise AssertionError("no picture for a model")
    with Image.open(io.BytesIO(image.data), formats=("JPEG", "PNG")) as shown:
        shown.load()
        if shown.size != (image.width, image.height) or shown.mode != "RGB":
            raise AssertionError(f"{shown} is not {image}")


def _in_words(open_: Callable[[], object]) -> None:
    """Opened, or refused in a sentence."""
    try:
        open_()
    except AttachmentError as err:
        if not str(err).endswith("."):
            raise AssertionError(f"{err} is no sentence") from None


@contextlib.contextmanager
def _unwarned() -> Iterator[None]:
    """Without what libraries say about such files, some of it in C."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)
