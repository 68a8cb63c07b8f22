"""Takes a model's `<think>` blocks out of a text that arrives in pieces; pure."""

from __future__ import annotations

import re

OPEN, CLOSE = "<think>", "</think>"


class ThinkFilter:
    """Splits a streamed text into what is said and what is only thought.

    A tag may be cut anywhere between two pieces, so text that could be the beginning of one is
    held back until the next piece; the whole answer has it in any case.
    """

    def __init__(self) -> None:
        self.thinking = False
        self._held = ""

    def feed(self, piece: str) -> str:
        """The part of the text so far that is certainly said and was not returned before."""
        said = []
        text = self._held + piece
        while text:
            tag = CLOSE if self.thinking else OPEN
            before, found, text = text.partition(tag)
            if found:
                said.append("" if self.thinking else before)
                self.thinking = not self.thinking
                continue
            self._held = _tail_of(before, tag)
            if not self.thinking:
                said.append(before.removesuffix(self._held))
            return "".join(said)
        self._held = ""
        return "".join(said)


def strip_reasoning(text: str) -> str:
    """The answer without `<think>` blocks, also when the opening tag was part of the prompt."""
    text = re.sub(r"<think>.*?(</think>|\Z)", "", text, flags=re.DOTALL)
    return text.rpartition(CLOSE)[2].strip()


def _tail_of(text: str, tag: str) -> str:
    """The longest end of `text` that is a beginning of `tag`."""
    for length in range(min(len(text), len(tag) - 1), 0, -1):
        if text.endswith(tag[:length]):
            return tag[:length]
    return ""
