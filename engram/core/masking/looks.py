"""Whether a text looks like a secret, of which nothing is known; pure."""

import re
from collections.abc import Iterator

UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
# A bot's token, or a key of one of the providers.
TOKEN = re.compile(r"(?<!\d)\d{5,}:[\w-]{20,}|(?<![a-z0-9])sk-[\w:-]{16,}", re.IGNORECASE)
# Letters and digits that are too long for a word stand in one of these.
_RUN = re.compile(r"[A-Za-z0-9_-]{12,}")
# From small letters to capitals or digits, and from and to digits; that a capital letter stands
# before a small one is how words begin.
_CHANGE = re.compile(r"(?<=[^A-Z0-9])(?=[A-Z0-9])|(?<=[A-Z])(?=[0-9])|(?<=[0-9])(?=[^0-9])")
_PIECE = re.compile(r"[A-Za-z0-9]{12,}")
# From these lengths on: any, and one with letters and digits, is no word or name.
ANY, MIXED = 24, 20
# Stands for a word that is not said back.
UNSAID = "…"
# Shorter ones change between small letters, capitals and digits this often: what is random does at
# 0.4 of the places, names like `5Coder32BInstruct` at 0.2.
CHANGES = 0.3


def random_parts(text: str) -> Iterator[str]:
    """The parts of `text` that were made by a machine at random, as keys, tokens and ids are.

    Made for files of configuration: addresses, paths and names of models are none.
    """
    yield from (found[0] for form in (UUID, TOKEN) for found in form.finditer(text))
    for run in _RUN.finditer(text):
        if any(_is_random(piece[0]) for piece in _PIECE.finditer(run[0])):
            yield run[0]


def quotable(word: str) -> str:
    """`word`, or "…" in place of one that was made at random, as a key that was pasted by mistake.

    Made for words that are said back one by one: no pattern finds a key that is taken apart.
    """
    return UNSAID if any(random_parts(word)) else word


def changes(text: str) -> int:
    """How often `text` changes between small letters, capitals and digits: words hardly do."""
    return len(_CHANGE.findall(text))


def _is_random(piece: str) -> bool:
    if len(piece) >= ANY:
        return True
    if len(piece) >= MIXED and not piece.isdecimal() and not piece.isalpha():
        return True
    return changes(piece) >= CHANGES * (len(piece) - 1)
