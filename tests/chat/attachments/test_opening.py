import os
import subprocess
import sys
import time
import zlib

import pytest
from PIL import Image as Pictures

from engram.chat.attachments import isolated, opening
from engram.chat.attachments.child.plain import MOST
from engram.chat.attachments.isolated import Reply
from engram.chat.attachments.opening import MOST_BYTES, Document, document_of, picture_of
from engram.core.attachments import Image
from engram.core.errors import AttachmentError, StoppedError
from engram.core.stop import Stop
from tests.chat.attachments.samples import (
    candles_csv,
    encoded,
    locked_pdf,
    lying_png,
    pdf,
    photo,
    plain,
    screenshot,
)
from tests.machine_speed import LONG


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """On a busy machine ten seconds are short."""
    monkeypatch.setattr(isolated, "SECONDS", LONG)


def refusal(open_, *arguments):
    with pytest.raises(AttachmentError) as caught:
        open_(*arguments)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "media_type", "size"),
    [
        (photo((2000, 1500)), "image/jpeg", (1568, 1176)),
        (screenshot((585, 1266)), "image/png", (585, 1266)),
        (plain((600, 600), "WEBP"), "image/jpeg", (600, 600)),
    ],
    ids=["photo", "screenshot", "sticker"],
)
def test_a_picture_is_opened_by_a_process_of_its_own(data, media_type, size):
    """The model would see nothing."""
    image = picture_of(data)
    assert (image.media_type, (image.width, image.height)) == (media_type, size)
    assert "PIL" not in vars(opening)


def test_a_photo_and_a_screenshot_are_opened_before_anybody_gets_impatient(idle_clock, measured):
    """Every question with a picture would begin with seconds of nothing."""
    for what, data in (("a photo of 12 megapixels", photo()), ("a screenshot", screenshot())):
        picture_of(data)
        began = time.monotonic()
        picture_of(data)
        took = idle_clock.since(began)
        measured(what, f"{len(data) / 1e6:.1f} MB, opened in {took:.2f} s of an idle machine")
        assert took < 2.0


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "This picture is empty"),
        (b"hello", "I cannot open this as a picture"),
        (b"\0\0\0\x18ftypheic" + bytes(99), "I cannot open HEIC pictures. Please send it as"),
        (plain()[:-30], "I cannot open this picture: it is damaged, or its end is missing."),
        (plain((1, 1)), "There is nothing to see on this picture: it is 1 x 1 pixels."),
        (lying_png((10_000, 10_000)), "This picture has 100 megapixels, and I can open 40."),
        (bytes(MOST_BYTES + 1), "This picture has more than 20 MB, and I can open no more."),
    ],
)  # fmt: skip
def test_why_a_picture_is_not_opened_is_a_sentence(data, sentence):
    """Whoever sent it would not know what to do."""
    said = refusal(picture_of, data)
    assert said.startswith(sentence)
    assert said.endswith(".")
    assert "{" not in said


@pytest.mark.parametrize(
    ("data", "name", "text"),
    [
        ("Buy low: 67 €.".encode(), "notes.txt", "Buy low: 67 €."),
        (b"def f():\n    return 1\n", "strategy.py", "def f():\n    return 1"),
        (b'{"a": 1}', "settings.json", '{"a": 1}'),
        (pdf("Buy low."), "report.pdf", "[page 1 of 1]\nBuy low."),
        (pdf("Buy low."), "report.txt", "[page 1 of 1]\nBuy low."),
    ],
)
def test_a_file_is_read_by_what_is_in_it(data, name, text):
    """The model would be asked about nothing."""
    assert document_of(data, name) == Document(name, len(data), text)


@pytest.mark.parametrize(
    ("data", "name", "note"),
    [
        (candles_csv(1000), "btc.csv",
         "Of btc.csv I gave the model the figures of all columns, and the first and last rows."),
        (b"x" * (MOST + 1234), "a.log", "Of a.log I read all but the last 1,234 characters."),
        (pdf(*["word " * 2000] * 50), "book.pdf", "Of book.pdf I read the first 21 of 50 pages."),
        (b"short", "a.txt", ""),
        (b"a,b\n1,2\n", "a.csv", ""),
    ],
)  # fmt: skip
def test_what_was_left_out_is_said(data, name, note):
    """The person would take the answer for one about the whole file."""
    assert document_of(data, name).note == note


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "a.txt", "a.txt is empty: there is no text in it."),
        (b" \n", "a.txt", "a.txt is empty: there is no text in it."),
        (b",,\n,,\n", "a.csv", "a.csv is empty: there is no text in it."),
        (plain(), "a.txt", "I cannot read a.txt: I can read text, CSV and PDF."),
        (b"PK\3\4" + bytes(99), "trades.xlsx", "I cannot read trades.xlsx: I can read text, CSV"),
        (b"%PDF-1.7\n" + bytes(999), "a.pdf", "I cannot read a.pdf: it is damaged, or its end"),
        (locked_pdf("secret"), "a.pdf", "a.pdf is protected by a password. Please send a copy"),
        (pdf("", ""), "scan.pdf", "There is no text in scan.pdf, only pictures of its pages."),
        (bytes(MOST_BYTES + 1), "a.log", "a.log has more than 20 MB, and that is as much as I can"),
        (b"", "", "The file is empty: there is no text in it."),
        (b"", "\u202e{0}%s\n\0" + "x" * 500, "{0}%s " + "x" * 73 + "… is empty"),
    ],
)  # fmt: skip
def test_why_a_file_is_not_read_is_a_sentence(data, name, sentence):
    """Whoever sent it would not know what to do."""
    said = refusal(document_of, data, name)
    assert said.startswith(sentence)
    assert said.endswith(".")


def a_pdf_that_unpacks_twice():
    packer = zlib.compressobj(9)
    once = [packer.compress(b"0 " * 1_000_000) for _ in range(300)]
    packed = zlib.compress(b"".join([*once, packer.flush()]), 9)
    return pdf("x", stream=packed, extra=b"/Filter [/FlateDecode /FlateDecode]")


# Each is of a few kilobytes, and just below what is refused by its header.
BOMBS = {
    "PNG": lambda: lying_png((6300, 6300), bytes(3 * 6300 * 6300)),
    "TIFF": lambda: encoded(Pictures.new("RGB", (6300, 6300)), "TIFF", compression="tiff_deflate"),
    "WebP": lambda: encoded(Pictures.new("RGBA", (5000, 5000)), "WEBP", lossless=True),
    "PDF": a_pdf_that_unpacks_twice,
}


# Opens what it is given, and prints what came of it and the most that a child took: kilobytes, on
# macOS bytes. In a process of its own, since what began a child it seems to have taken itself.
OPENER = """
import resource, sys
from engram.chat.attachments.opening import document_of, picture_of
from engram.core.errors import AttachmentError
data = sys.stdin.buffer.read()
try:
    said = document_of(data, "a.pdf").text if sys.argv[1] == "PDF" else str(picture_of(data))
except AttachmentError as err:
    said = str(err)
print(len(said), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.long
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="Windows limits no memory")
@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_takes_no_more_than_its_process_may(kind):
    """A file of a few kilobytes would stop everything on the machine."""
    command = [sys.executable, "-c", OPENER, kind]
    opened = subprocess.run(command, input=BOMBS[kind](), capture_output=True, check=True)
    characters, most = map(int, opened.stdout.split())
    assert 0 < characters <= MOST
    assert most <= 512 * 1024


@pytest.mark.parametrize("open_", [picture_of, lambda data, stop: document_of(data, "a", stop)])
def test_a_stop_ends_the_opening(open_):
    """Whoever sends /stop would wait for a file that nobody wants any more."""
    stop = Stop()
    stop.request()
    with pytest.raises(StoppedError):
        open_(plain(), stop)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(None, {"width": 64, "height": 64}, b"GIF89a"),
        Reply(None, {"width": 64, "height": 64}),
        Reply(None, {"width": 9999, "height": 64}, b"\xff\xd8\xff"),
        Reply(None, {"width": 64, "height": -1}, b"\xff\xd8\xff"),
        Reply(None, {"width": "64", "height": 64}, b"\xff\xd8\xff"),
        Reply(None, {}, b"\xff\xd8\xff"),
    ],
)
def test_what_is_no_picture_for_a_model_is_none(monkeypatch, reply):
    """A picture that breaks its reader could send anything on to the model's server."""
    monkeypatch.setattr(opening, "ask", lambda *_: reply)
    assert refusal(picture_of, b"x").startswith("I cannot open this picture: it is damaged")


def test_what_a_picture_is_its_bytes_say(monkeypatch):
    """The model's server would refuse a PNG that is called a JPEG."""
    facts = {"width": 64, "height": 32, "media_type": "image/jpeg"}
    reply = Reply(None, facts, b"\x89PNG\r\n\x1a\nx")
    monkeypatch.setattr(opening, "ask", lambda *_: reply)
    assert picture_of(b"x") == Image(reply.content, "image/png", 64, 32)


def test_a_text_is_made_fit_to_be_shown(monkeypatch):
    """A file could drive the terminal of whoever reads the log."""
    reply = Reply(None, {}, b"\x1b[2Jhello\xff" + "\u202e".encode() + b"x" * (MOST + 9))
    monkeypatch.setattr(opening, "ask", lambda *_: reply)
    text = document_of(b"x", "a").text
    assert text.startswith("[2Jhello\ufffdx")
    assert len(text) == MOST


def test_of_a_table_that_was_read_in_part_that_is_said(monkeypatch):
    """The person would take the sum of half a table for that of all."""
    reply = Reply(None, {"rows": 169_000, "goes_on": True, "left": 0}, b"A table")
    monkeypatch.setattr(opening, "ask", lambda *_: reply)
    assert document_of(b"x", "a.csv").note == (
        "Of a.csv I read the first 169,000 rows, and there are more: all figures are of these."
    )


def test_a_reply_without_text_is_an_empty_file(monkeypatch):
    """The model would be asked about nothing."""
    monkeypatch.setattr(opening, "ask", lambda *_: Reply(None, {}, b"\x1b \n"))
    assert refusal(document_of, b"x", "a.txt").startswith("a.txt is empty")
