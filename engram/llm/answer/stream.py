"""`read_answer`: the events of a model server as they arrive -> the events of an answer."""

import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace

from engram.core.errors import ResponderError, TryAgainError
from engram.core.events import Event
from engram.core.usage import Usage
from engram.llm.answer.answer_text import AnswerText
from engram.llm.answer.stopwatch import Stopwatch
from engram.llm.sse import DOCUMENT, ServerSentEvent


def read_answer(
    events: Iterable[Sequence[ServerSentEvent]],
    answer: AnswerText,
    take: Callable[[ServerSentEvent, AnswerText], None],
    clock: Callable[[], float] = time.monotonic,
) -> Generator[Event, None, None]:
    """Turn the events of a server, each of which `take` adds to `answer`, into those of an answer.

    Text that came together is one event. What it cost is said with the end. Raises
    `TryAgainError` for an answer that broke off and `WordlessError` for one without text.
    """
    stopwatch = Stopwatch(clock)
    try:
        for arrived in events:
            heard = answer.heard
            try:
                for event in arrived:
                    take(event, answer)
                    if event.name == DOCUMENT:
                        heard = answer.heard
                        answer.close()
                    if answer.closed:
                        break
            finally:
                stopwatch.heard(answer.heard - heard)
                yield from answer.news()  # also what came before it broke off
            if answer.closed:
                break
    except ResponderError:
        # A failure after the last word takes nothing from the answer.
        if not answer.complete:
            raise
    if not answer.complete:
        raise TryAgainError("its answer broke off")
    finished = answer.finished()
    yield from answer.news()
    yield replace(finished, usage=stopwatch.completed(answer.usage or Usage(), answer.streamed))
