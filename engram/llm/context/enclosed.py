"""The text of files below a question, of which a model gets as much as it can read; pure."""

import bisect
from collections.abc import Callable

# What stands in place of the rest.
MARK = "\n[The rest is left out.]"
# A cut goes back to the last end of a line, if that is no further than this share of the text.
BACK = 0.1


def first_of(text: str, most: int) -> str:
    """The first `most` characters of `text` at most, and that there is more; all if it is short."""
    if len(text) <= most:
        return text
    end = text.rfind("\n", int(most * (1 - BACK)), most)
    return text[: most if end < 0 else end] + MARK


def as_many(text: str, tokens: float, count: Callable[[str], float]) -> str:
    """As much from the beginning of `text` as is at most so many `tokens`, which `count` tells."""
    if count(text) <= tokens:
        return text
    lengths = range(len(text))
    most = bisect.bisect_right(lengths, tokens, key=lambda end: count(text[:end] + MARK))
    return first_of(text, max(most - 1, 0))


def left_out(whole: str, kept: str) -> int:
    """How many characters of the `whole` text are not in what was `kept` of it."""
    return 0 if kept == whole else len(whole) - len(kept.removesuffix(MARK))
