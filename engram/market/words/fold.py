"""Texts in the form in which words are compared: without accents, in lower case; pure."""

import re
import unicodedata
from dataclasses import dataclass

# Longer texts are read at both ends: a question stands before or after what was pasted.
MOST_READ = 4096
# Addresses and names of people and channels: what stands in them is not said.
NOT_SAID = re.compile(
    r"https?://\S+|www\.\S+|(?<!\S)[^\s@]{1,64}@[^\s@.]{1,64}\.\S+|(?<![^\W_])@\w+", re.ASCII
)
# Letters that are written in one way in Arabic and in another in Persian or Urdu.
SAME = str.maketrans("کیىةہۀے", "كييهههي")


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` without accents and vowel signs; `low` is the same in lower case.

    `origins` has for each character its place in `original`, `accented` the places in `text` that
    had an accent.
    """

    original: str
    text: str
    low: str
    origins: tuple[int, ...] | None
    accented: frozenset[int]

    def written(self, start: int, end: int) -> str:
        """The original of `text[start:end]`."""
        if self.origins is None:
            return self.original[start:end]
        after = self.origins[end] if end < len(self.origins) else len(self.original)
        return self.original[self.origins[start] : after].strip()


def fold(text: str) -> Folded:
    """Make `text` comparable: "Préço", "ＢＴＣ" and "४" become "preco", "btc" and "4"."""
    if len(text) > MOST_READ:
        text = f"{text[: MOST_READ // 2]}\n{text[1 - MOST_READ // 2 :]}"
    text = NOT_SAID.sub(lambda found: " " * len(found[0]), text)
    if text.isascii():
        return Folded(text, text, text.lower(), None, frozenset())
    letters: list[str] = []
    origins: list[int] = []
    accented: set[int] = set()
    for place, character in enumerate(text):
        for letter in _letters(character):
            if unicodedata.category(letter)[0] == "M":
                accented.add(len(letters) - 1)
            else:
                letters.append(letter)
                origins.append(place)
    folded = "".join(letters).translate(SAME)
    return Folded(text, folded, folded.lower(), tuple(origins), frozenset(accented))


def key(word: str) -> str:
    """The comparable form of a word of a table."""
    return fold(word).low


def _letters(character: str) -> str:
    if character.isascii():
        return character
    if character == "ı":
        return "i\u0307"
    if character == "₿":
        return " btc "
    category = unicodedata.category(character)
    if category == "So":
        return " "
    if category == "Cf":
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return unicodedata.normalize("NFKD", character)
