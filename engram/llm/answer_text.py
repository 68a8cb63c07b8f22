"""`AnswerText`: a model's answer while its text arrives in pieces, without its `<think>` blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engram.core.errors import GiveUpError
from engram.core.events import Finished, Progress, Stage, TextDelta
from engram.core.surrogates import well_formed
from engram.llm.reading import Usage

# A model that repeats itself without end is stopped here; characters.
MAX_TEXT = 65_536


class AnswerText:
    """An answer by responder `source` with `model`.

    `text` is all that came so far; what the model only `thought` is no part of the answer. It is
    `complete` once the model has said its last word, and `closed` when nothing more will come.
    """

    def __init__(self, source: str, model: str) -> None:
        self.text = ""
        self.thought = False
        self.complete = False
        self.closed = False
        self.usage = Usage()
        self._cut_short = False
        self._source = source
        self._model = model
        self._think = ThinkFilter()

    def say(self, piece: str) -> Iterator[TextDelta | Progress]:
        """Add `piece` to the text; yield what of it is said."""
        room = MAX_TEXT - len(self.text)
        if len(piece) > room:
            piece = piece[:room]
            self.end(cut_short=True)
            self.close()
        self.text += piece
        if said := self._think.feed(piece):
            yield TextDelta(said)
        if self._think.thinking:
            yield from self.think()

    def think(self) -> Iterator[Progress]:
        """Note that the model thinks; it is told once."""
        if not self.thought:
            self.thought = True
            yield Progress(Stage.THINKING)

    def end(self, *, cut_short: bool = False) -> None:
        """Note the model's last word; `cut_short` when it was not allowed to go on."""
        self.complete = True
        self._cut_short = self._cut_short or cut_short

    def close(self) -> None:
        """Note that nothing more will come, or is wanted."""
        self.complete = self.closed = True

    def finished(self, text: str = "") -> Finished:
        """The answer: `text` if the server repeats it at the end, else all that came in pieces.

        Raises `GiveUpError` when nothing was said.
        """
        said = well_formed(strip_reasoning(text or self.text))
        if len(said) > MAX_TEXT:
            said, self._cut_short = said[:MAX_TEXT], True
        if not said:
            thought = self.thought or (text or self.text).strip()
            raise GiveUpError("it only reasoned" if thought else "its answer is empty")
        return Finished(said, self._source, self._model, markdown=True, cut_short=self._cut_short)


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
