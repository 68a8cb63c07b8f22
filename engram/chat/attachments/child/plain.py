"""Bytes -> text: which encoding they are in, and whether they are text at all; pure."""

import codecs
import re

from engram.chat.attachments.child.refusals import RefusedError, Why

# Characters of one file that a model is given at most.
MOST = 200_000

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    # The mark of UTF-32 begins as that of UTF-16 does.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Bytes that tell of the rest.
_SAMPLE = 1_000_000
# Of a text in UTF-16 without a mark nearly every second byte is 0; of anything else hardly one is.
_WIDE, _NARROW = 0.6, 0.1
# Control characters in one of so many characters: that is no text.
_RARE = 100
# UTF-8 with a little damage is UTF-8 all the same: one of so many bytes beyond ASCII.
_DAMAGED = 10
# Logs have the colours of a terminal in them.
_COLOURS = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
# What ends a line somewhere; the first is two characters, so it goes first.
_LINE_ENDS = ("\r\n", "\r", "\x0c", "\x85", "\u2028", "\u2029")


def text_of(data: bytes) -> str:
    """What `data` says, with lines that end as they should; raises `RefusedError` if it is none."""
    text, is_guessed = _decoded(data)
    sample = _lines(_COLOURS.sub("", text[:_SAMPLE]))
    controls = len(_CONTROLS.findall(sample)) + (sample.count("\ufffd") if is_guessed else 0)
    if controls * _RARE > len(sample):
        raise RefusedError(Why.BINARY)
    found = tidy(text)
    if not found.strip():
        raise RefusedError(Why.EMPTY)
    return found


def tidy(text: str) -> str:
    """`text` without control characters; its lines end with a line feed."""
    return _CONTROLS.sub("", _COLOURS.sub("", _lines(text)))


def cut(text: str) -> tuple[bytes, int]:
    """What a model is given of `text`, in UTF-8, and how many characters are left out."""
    return text[:MOST].encode(), max(0, len(text) - MOST)


def _lines(text: str) -> str:
    for end in _LINE_ENDS:
        text = text.replace(end, "\n")
    return text


def _decoded(data: bytes) -> tuple[str, bool]:
    """The text, and whether its encoding is a guess."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), True
    if encoding := _wide(data[:_SAMPLE]):
        return data.decode(encoding, "replace"), True
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    # Characters beyond ASCII have at least two bytes.
    if not damaged or damaged * _DAMAGED < len(data) - len(data.translate(None, _HIGH)):
        return text, False
    return data.decode(_narrow(data[:_SAMPLE]), "replace"), True


_HIGH = bytes(range(0x80, 0x100))


def _wide(sample: bytes) -> str:
    """UTF-16 if zeros are in every second byte, as in a text of Latin letters."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) / 2
    if odd > _WIDE * half and even < _NARROW * half:
        return "utf-16-le"
    return "utf-16-be" if even > _WIDE * half and odd < _NARROW * half else ""


def _narrow(sample: bytes) -> str:
    """Windows' page of western letters, or that of Cyrillic ones if those are most of all."""
    latin = sum(sample.count(bytes([code])) for code in (*range(0x41, 0x5B), *range(0x61, 0x7B)))
    cyrillic = sum(sample.count(bytes([code])) for code in (*range(0xC0, 0x100), 0xA8, 0xB8))
    return "cp1251" if cyrillic > latin else "cp1252"
