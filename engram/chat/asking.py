"""A question -> the chain's answer: framed, timed, remembered, and ended when nobody wants it."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Hashable
from dataclasses import dataclass, field, replace

from engram.chat.chain import FallbackChain
from engram.chat.framing import MODELS, aged, framed, header, with_note
from engram.chat.rules import RuleBasedFallback
from engram.chat.texts import STOPPED
from engram.core.errors import StoppedError
from engram.core.events import Event, FellBack, Finished, Kind, Question, TextDelta, TextReset, Turn
from engram.core.listener import NOBODY, Answered, Listener
from engram.core.lru import LRUCache
from engram.core.stop import Stop
from engram.core.surrogates import well_formed
from engram.market.analyst import Report
from engram.storage.conversations import Conversations
from engram.storage.statistics import Statistics


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said in the conversation `chat`, after its turn number `parent`.

    `head` was the last turn of the conversation then.
    """

    chat: str
    text: str
    parent: int = 0
    head: int = 0
    stop: Stop = field(default_factory=Stop)


class Asking:
    """Asks `chain`; conversations go on from turn to turn, and each answer is in `statistics`.

    `listener` is told each event of an answer.
    """

    def __init__(
        self,
        chain: FallbackChain,
        conversations: Conversations,
        statistics: Statistics,
        listener: Listener = NOBODY,
    ) -> None:
        self._chain = chain
        self._conversations = conversations
        self._statistics = statistics
        self._listener = listener
        self._analyses = Analyses()

    def as_known_now(self, panel: str) -> str:
        """`panel`, with the note that it is all there will be if that is known now."""
        ready = self._chain.ready
        if ready and ready[0] in MODELS:
            return panel
        return with_note(panel, Kind.ANALYSIS, fell_back=ready[:1] != self._chain.names[:1])

    def ask(
        self, said: Said, question: Question, report: Report | None = None
    ) -> Generator[Event, None, None]:
        """Stream the answer to `question`, which `said` led to."""
        began, first_text = time.monotonic(), None
        question = self._in_its_place(said, question)
        above, spoken, fell_back, answer = header(question, report), "", False, None
        try:
            for event in self._chain.respond(question):
                self._listener.happened(event)
                if isinstance(event, Finished):
                    answer = event
                    break
                if isinstance(event, TextDelta):
                    first_text = first_text or time.monotonic() - began
                    event = TextDelta(event.text if spoken else above + event.text)
                    spoken += event.text
                elif isinstance(event, TextReset):
                    spoken = ""
                elif isinstance(event, FellBack):
                    fell_back = True
                yield event
        except StoppedError:
            answer = Finished(spoken.removeprefix(above), "engram", markdown=True, stopped=True)
        if answer is None:
            raise AssertionError("a chain ends with an answer or an error")
        answer, spoken = replace(answer, text=well_formed(answer.text)), well_formed(spoken)
        seconds = time.monotonic() - began
        if not answer.stopped:
            by, failed = answer.source, answer.source == RuleBasedFallback.name
            self._statistics.note(
                Answered(by, question.kind, seconds, first_text, fell_back, failed)
            )
        turn = self._remember(said, answer, question.kind)
        final = self._framed(answer, question, report, spoken, fell_back=fell_back)
        yield replace(final, turn=turn)

    def analyse(
        self,
        said: Said,
        question: Question,
        report: Report,
        shown: bool,
        by: str,
        *,
        fresh: bool,
    ) -> Generator[Event, None, None]:
        """Stream what the model `by` makes of `report`; the same is not worked out twice.

        With `fresh` it is. `shown` tells whether the panel is on screen already: an answer that
        only repeats it completes it.
        """
        key: Hashable = (report.symbol, report.request.timeframe, report.last_candle, by)
        kept = self._analyses.get(key) if shown and not fresh else None
        if kept:
            answer, age = kept
            turn = self._remember(said, answer, question.kind)
            yield replace(answer, text=aged(answer.text, age), turn=turn)
            return
        for event in self.ask(said, question, report):
            if isinstance(event, Finished):
                by_model = event.source in MODELS
                if shown and by_model and not (event.cut_short or event.stopped):
                    self._analyses.keep(key, replace(event, thread=None))
                repeats = shown and not by_model and not event.stopped
                event = replace(event, completes_panel=repeats)
            yield event

    def _in_its_place(self, said: Said, question: Question) -> Question:
        """`question` in the conversation, but for an analysis, which knows nothing of it.

        It follows from the figures alone: what one person told the model is not in what the next
        one reads.
        """
        question = replace(question, stop=said.stop)
        if question.kind is Kind.ANALYSIS:
            return question
        history, thread = self._conversations.recall(said.parent)
        return replace(question, history=history, thread=thread)

    def _remember(self, said: Said, answer: Finished, kind: Kind) -> int:
        """The number of the new turn; an answer without a word is none."""
        if not answer.text:
            return 0
        turn = Turn(said.text, answer.text)
        # A server's memory of an analysis begins with it: a conversation goes on from its own.
        thread = None if said.parent and kind is Kind.ANALYSIS else answer.thread
        return self._conversations.add(
            said.chat, said.parent, turn, answer.source, thread, said.head
        )

    def _framed(
        self,
        answer: Finished,
        question: Question,
        report: Report | None,
        spoken: str,
        *,
        fell_back: bool,
    ) -> Finished:
        if answer.stopped:
            text = f"{spoken.rstrip()}\n\n{STOPPED}".lstrip()
        else:
            text = framed(answer, question, report, fell_back=fell_back)
        return replace(answer, text=text)


ANALYSES = 200


class Analyses:
    """The model's latest analyses, with their age."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: LRUCache[Hashable, tuple[Finished, float]] = LRUCache(ANALYSES)

    def keep(self, key: Hashable, answer: Finished) -> None:
        """Keep a model's analysis of what `key` names."""
        self._kept.put(key, (answer, self._clock()))

    def get(self, key: Hashable) -> tuple[Finished, float] | None:
        """The analysis of what `key` names, and its age in seconds."""
        kept = self._kept.get(key)
        return (kept[0], self._clock() - kept[1]) if kept else None
