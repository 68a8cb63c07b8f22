"""A text as it would be without escapes, blanks, punctuation and capitals; pure.

A secret is the same secret in whatever form a text has it: `AbC:1%2F`, `abc%3a1`, `A b\\nC: 1`.
"""

import re
from collections.abc import Iterator

# One character, escaped as URLs (also twice), JSON, Python and HTML do. Runs of backslashes are
# bounded, so that no text takes more than linear time.
ESCAPE = re.compile(
    r"%(?:25){0,3}(?P<percent>[0-9a-f]{2})|\\{1,4}(?:u00|x)(?P<hex>[0-9a-f]{2})|\\{1,4}[abfnrtv]"
    r"|&#x(?P<html>[0-9a-f]{1,4});|&#(?P<number>\d{1,5});|&(?:amp|lt|gt|quot|apos);",
    re.IGNORECASE,
)
# What stands between letters and digits, or upon them, and what nobody sees.
_DROPPED = (
    *(code for code in range(0xC0) if not chr(code).isalnum()),
    *range(0x300, 0x370), 0x61C, 0x115F, 0x1160, *range(0x180B, 0x1810), *range(0x2000, 0x2070),
    0x3000, 0x3164, *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0, *range(0xE0000, 0xE01F0),
)  # fmt: skip
# The wide forms of ASCII stand this much behind the narrow ones.
_WIDE = 0xFEE0
_TABLE: dict[int, str | None] = {
    **dict.fromkeys(_DROPPED),
    # Also what stays: an entry is found faster than none.
    **{code: chr(code).lower() for code in range(0x80) if chr(code).isalnum()},
    **{code + _WIDE: chr(code).lower() if chr(code).isalnum() else None for code in range(33, 127)},
}


def fold(text: str) -> str:
    """The letters and digits of `text` in small letters, with escapes read."""
    if "%" in text or "\\" in text or "&" in text:
        text = ESCAPE.sub(_read, text)
    return text.translate(_TABLE)


def places(text: str) -> Iterator[tuple[int, int]]:
    """For each character of `fold(text)`, where in `text` it was: the beginning and the end."""
    at = 0
    for found in (*ESCAPE.finditer(text), None):
        end = found.start() if found else len(text)
        yield from ((place, place + 1) for place in range(at, end) if text[place].translate(_TABLE))
        if found:
            if _read(found).translate(_TABLE):
                yield found.span()
            at = found.end()


def _read(found: re.Match[str]) -> str:
    number = found["percent"] or found["hex"] or found["html"]
    if number or found["number"]:
        return chr(int(number, 16) if number else int(found["number"]))
    return " "
