"""What a terminal or a chat may be given of a text that others wrote; pure."""

import re

# Control characters but for tab and line end, and what turns the direction of writing around: a
# text must not drive the terminal, nor show something else than it says. Halves of characters
# cannot be written at all.
_DRIVING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# White space, and characters of which nothing is seen.
_UNSEEN = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc"
    r"\U000e0000-\U000e0fff]*"
)
# What ends a line somewhere, or what nobody sees.
_HIDDEN = re.compile(r"[\t\n\u2028\u2029\u200b\u2060\ufeff]")


def printable(text: str) -> str:
    """`text` without what could drive a terminal; its lines stay lines."""
    return _DRIVING.sub("", text.replace("\u2028", "\n").replace("\u2029", "\n"))


def one_line(text: str, most: int = 2000) -> str:
    """`text` as a single line that cannot be taken for two, of at most so many characters."""
    line = " ".join(_HIDDEN.sub(" ", _DRIVING.sub("", text[: 2 * most])).split(" "))
    return line if len(line) <= most else f"{line[: most - 1]}…"


def is_blank(text: str) -> bool:
    """Whether nothing of `text` can be seen: Telegram refuses such a message."""
    return bool(_UNSEEN.fullmatch(text))


def visible(text: str) -> str:
    """`text` as a single line, with all of that written as Python does: `\\x1b`, `\\u202e`."""
    return _HIDDEN.sub(_escaped, _DRIVING.sub(_escaped, text))


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
