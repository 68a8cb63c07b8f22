"""Whether a mark can be formatting, by the characters on both sides of it; pure.

Stricter than CommonMark, where `(a)*(b)*(c)` has an italic factor: `*` and `_` are never formatting
inside a word, beside a digit or beside a sign of arithmetic. `**` may have a digit or a sign on its
inner side, because prices are often bold: `**64,000**`, `**-2.5 %**`.
"""

import unicodedata

# By whether the mark is longer than one character: the signs that may stand before and after one
# that opens, and before and after one that closes.
_OPENS = {
    False: ("([{\"'", "([\"'`"),
    True: ("([{\"':;,.!?-|>/", "([{\"'`$+-<>=#@%/\\&^|"),
}
_CLOSES = {
    False: (")]\"'`:;,.!?%", ")]}\"':;,.!?|<"),
    True: (")]\"'`:;,.!?%", ")]}\"':;,.!?-|</"),
}


def opens(mark: str, before: str, after: str) -> bool:
    """Whether `mark` may begin formatting; the characters beside it are "" at the line's ends."""
    is_long = len(mark) > 1
    outer, inner = _OPENS[is_long]
    return _is_outer(before, outer) and _is_inner(after, inner, is_long)


def closes(mark: str, before: str, after: str) -> bool:
    """Whether `mark` may end formatting; the characters beside it are "" at the line's ends."""
    is_long = len(mark) > 1
    inner, outer = _CLOSES[is_long]
    return _is_inner(before, inner, is_long) and _is_outer(after, outer)


def is_word(char: str) -> bool:
    """Whether it belongs to a word; scripts that are written without spaces do not count."""
    return char.isalnum() and (is_digit(char) or not _is_wide(char))


def is_digit(char: str) -> bool:
    """Whether it is a digit or another number, such as "²" or "½"."""
    return char.isnumeric() and not char.isalpha()


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


def _is_neutral(char: str) -> bool:
    """Whether it is beyond ASCII and neither part of a word nor a sign of arithmetic or money."""
    is_sign = unicodedata.category(char) in ("Sm", "Sc")
    return not (char.isascii() or is_word(char) or is_sign)


def _is_outer(char: str, signs: str) -> bool:
    return not char or char.isspace() or char in signs or _is_neutral(char)


def _is_inner(char: str, signs: str, may_be_digit: bool) -> bool:
    if not char or char.isspace():
        return False
    if is_digit(char):
        return may_be_digit
    return char.isalpha() or char in signs or _is_neutral(char)
