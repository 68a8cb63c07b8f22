"""`AnswerText`: a model's answer while its text arrives in pieces, without its `<think>` blocks."""

import logging
import re
from collections.abc import Callable, Generator, Iterable
from typing import Any

from engram.core.errors import GiveUpError, TryAgainError
from engram.core.events import Event, Finished, Progress, ServerThread, Stage, TextDelta
from engram.core.surrogates import well_formed
from engram.llm.reading import Usage, typed
from engram.llm.sse import DOCUMENT, ServerSentEvent

log = logging.getLogger(__name__)

# A model that repeats itself without end is stopped here; characters.
MAX_TEXT = 65_536
# The protocols' words for why an answer stopped before its end.
CUT = {"length", "content_filter", "max_tokens", "model_context_window_exceeded"}
OPEN, CLOSE = "<think>", "</think>"


class AnswerText:
    """An answer by responder `source` with `model`, from the server at `server`.

    It is `complete` once the model has said its last word, and `closed` when nothing more will
    come. `usage` is None where the protocol does not tell.
    """

    def __init__(self, source: str, model: str, server: str = "") -> None:
        self.complete = False
        self.closed = False
        self.usage: Usage | None = None
        self._source = source
        self._model = model
        self._server = server
        self._text = ""
        self._thought = False
        self._cut_short = False
        self._thread: ServerThread | None = None
        self._think = ThinkFilter()

    def say(self, piece: str) -> list[Event]:
        """Add `piece` to the text; return the events that people see."""
        room = MAX_TEXT - len(self._text)
        if len(piece) > room:
            piece = piece[:room]
            self._cut_short = True
            self.close()
        self._text += piece
        said = self._think.feed(piece)
        shown: list[Event] = [TextDelta(said)] if said else []
        return [*shown, *self.think()] if self._think.thinking else shown

    def think(self) -> list[Event]:
        """Note that the model is thinking; people are told once."""
        if self._thought:
            return []
        self._thought = True
        return [Progress(Stage.THINKING)]

    def count(self, read: Any, written: Any) -> None:
        """Note the tokens that the server has counted so far, where it tells them."""
        before = self.usage or Usage()
        self.usage = Usage(typed(int, read) or before.read, typed(int, written) or before.written)

    def end(self, reason: str) -> None:
        """Note why the model stopped, in the protocol's word; "" means that it goes on."""
        self.complete = self.complete or bool(reason)
        self._cut_short = self._cut_short or reason in CUT

    def close(self, text: str = "", thread: str = "") -> None:
        """Note that nothing more will come, or is wanted.

        `text` is the whole text if the server repeats it at the end, `thread` the id under which
        the server keeps the conversation.
        """
        self.complete = self.closed = True
        self._text = text or self._text
        self._thread = ServerThread(self._server, thread) if thread else self._thread

    def finished(self) -> Finished:
        """The answer. Raises `GiveUpError` when nothing was said."""
        said = well_formed(strip_reasoning(self._text))
        if not said:
            thought = self._thought or self._text.strip()
            raise GiveUpError("it only reasoned" if thought else "its answer is empty")
        return Finished(
            said[:MAX_TEXT],
            self._source,
            self._model,
            markdown=True,
            thread=self._thread,
            cut_short=self._cut_short or len(said) > MAX_TEXT,
        )


def read_answer(
    events: Iterable[ServerSentEvent],
    answer: AnswerText,
    take: Callable[[ServerSentEvent, AnswerText], list[Event]],
) -> Generator[Event, None, None]:
    """Turn the events of a server, each of which `take` adds to `answer`, into those of an answer.

    Raises `TryAgainError` for an answer that broke off and `GiveUpError` for one without text.
    """
    try:
        for event in events:
            yield from take(event, answer)
            if event.name == DOCUMENT:
                answer.close()
            if answer.closed:
                break
    except TryAgainError:
        # A failure after the last word takes nothing from the answer.
        if not answer.complete:
            raise
    if not answer.complete:
        raise TryAgainError("its answer broke off")
    finished = answer.finished()
    if answer.usage:
        log.info("%s %s: %s", finished.source, finished.model, answer.usage)
    yield finished


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
        said, text = "", self._held + piece
        while True:
            tag = CLOSE if self.thinking else OPEN
            before, found, after = text.partition(tag)
            self._held = "" if found else _tail_of(text, tag)
            if not self.thinking:
                said += before.removesuffix(self._held)
            if not found:
                return said
            self.thinking, text = not self.thinking, after


def strip_reasoning(text: str) -> str:
    """The answer without `<think>` blocks, also when the opening tag was part of the prompt."""
    text = re.sub(r"<think>.*?(</think>|\Z)", "", text, flags=re.DOTALL)
    return text.rpartition(CLOSE)[2].strip()


def _tail_of(text: str, tag: str) -> str:
    """The longest end of `text` that is a beginning of `tag`."""
    beginnings = (tag[:length] for length in range(len(tag) - 1, 0, -1))
    return next(filter(text.endswith, beginnings), "")
