"""Mistakes in the configuration, in sentences: few enough to be read, and without a secret."""

import re
from collections.abc import Callable, Iterable

from engram.core.formats import near
from engram.core.text.printable import one_line

# So many are told, each in so many characters: they fit one message of Telegram's.
MOST, LENGTH = 15, 240
# What a number of a configuration looks like, a timeframe among them.
_NUMBER = re.compile(r"[-+]?\d{0,6}([.,]\d{1,6})?[smhdwM%]?")
_WORD = re.compile(r"[A-Za-z_]{1,20}")


class Mistakes:
    """Collects mistakes; the first are put into words, the others are counted."""

    def __init__(self) -> None:
        self._first: list[str] = []
        self._count = 0

    def add(self, say: Callable[..., str], *about: object) -> None:
        """Add one, which `say` puts into words, given what it is `about`, if they will be read."""
        self._count += 1
        if self._count <= MOST:
            self._first.append(one_line(say(*about), LENGTH))

    @property
    def sentences(self) -> list[str]:
        """One for each of the first, and how many there are beside them."""
        more = self._count - len(self._first)
        counted = f"and {more:,} more mistake{'s' if more > 1 else ''}"
        return [*self._first, *([counted] if more else [])]


def shown(raw: str, words: str) -> str:
    """` = raw` if `raw` cannot be a secret, else nothing: the key says where to look.

    Numbers can be none, nor can words that are nearly one of the `words` which the reader knows.
    """
    known = _WORD.findall(words)
    parts = [part.strip() for part in raw.split(",")] if len(raw) <= LENGTH // 4 else [raw]
    harmless = all(_NUMBER.fullmatch(part) or is_nearly(part, known) for part in parts)
    return f" = {raw}" if harmless else ""


def is_nearly(word: str, known: Iterable[str]) -> bool:
    """Whether `word` is one of the `known` words, perhaps mistyped, and so no secret."""
    return bool(_WORD.fullmatch(word) and near(word, known))
