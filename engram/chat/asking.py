"""A question -> the chain's answer: in its conversation, timed, framed, and remembered."""

import time
from collections.abc import Generator, Hashable
from dataclasses import dataclass, replace

from engram.chat.chain import FallbackChain, Link, known_down
from engram.chat.framing import aged, framed, header, stopped, with_note
from engram.chat.rules import RuleBasedFallback
from engram.chat.turns.said import Said
from engram.chat.turns.turns import Turns
from engram.chat.verdicts import verdicts
from engram.core.errors import StoppedError
from engram.core.events import (
    Event,
    FellBack,
    Finished,
    Kind,
    Progress,
    Question,
    Stage,
    TextDelta,
    TextReset,
)
from engram.core.listener import NOBODY, Answered, Listener
from engram.core.lru import LRUCache
from engram.core.model import PROVIDERS
from engram.core.text.surrogates import well_formed
from engram.core.usage import Usage
from engram.market.report import NOTHING, Findings
from engram.storage.statistics import Statistics
from engram.watch.ledger.ledger import Ledger

ANALYSES = 200


@dataclass(frozen=True, slots=True)
class _Analysis:
    """A model's analysis, made at the time `at` (seconds, monotonic); to show it costs nothing."""

    answer: Finished
    at: float


def _is_model(link: Link | None) -> bool:
    return link is not None and link.responder.name in PROVIDERS


class Asking:
    """Asks `chain`; conversations go on in `turns`, and each answer is in `statistics`.

    The signals that people see are noted in `ledger`. `listener` is told each event of an answer.
    `show_speed` has people see how fast a model wrote, and may change.
    """

    def __init__(
        self,
        chain: FallbackChain,
        turns: Turns,
        statistics: Statistics,
        ledger: Ledger,
        listener: Listener = NOBODY,
        *,
        show_speed: bool = False,
    ) -> None:
        self._chain = chain
        self._turns = turns
        self._statistics = statistics
        self._ledger = ledger
        self._listener = listener
        self.show_speed = show_speed
        self._analyses: LRUCache[Hashable, _Analysis] = LRUCache(ANALYSES)

    def as_known_now(self, panel: str) -> str:
        """`panel`, with the note that the rules wrote it if no model can add to it now."""
        links, ready = self._chain.links, self._first_ready()
        if _is_model(ready):
            return panel
        down = links[: links.index(ready)] if ready else ()
        fell_back = [known_down(link) for link in down]
        return with_note(panel, Kind.ANALYSIS, fell_back)

    def _first_ready(self) -> Link | None:
        return next((link for link in self._chain.links if link.ready), None)

    def ask(
        self, said: Said, question: Question, findings: Findings = NOTHING
    ) -> Generator[Event, None, None]:
        """Stream the answer to `question`, which `said` led to; `findings` are of its markets."""
        began, first_text = time.monotonic(), None
        question = self._turns.before(said, question)
        above, spoken, answer = header(question, findings), "", None
        fell_back: list[FellBack] = []
        self._ledger.note(findings.measured)
        try:
            for event in self._events(question, findings):
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
                    fell_back.append(event)
                yield event
        except StoppedError:
            text = well_formed(spoken.removeprefix(above))
            answer = Finished(text, "engram", markdown=True, stopped=True)
        if answer is None:
            raise AssertionError("a chain ends with an answer or an error")
        self._note_verdicts(answer, findings)
        if answer.stopped:
            text = stopped(well_formed(spoken), answer, question, findings)
        else:
            by, kind, fell = answer.source, question.kind, bool(fell_back)
            times = (time.monotonic() - began, first_text)
            failed = by == RuleBasedFallback.name
            self._statistics.note(Answered(by, kind, *times, fell, failed, answer.usage))
            known, speed = self._turns.known(said, question, answer.text), self.show_speed
            text = framed(answer, question, findings, fell_back, known, with_speed=speed)
        yield replace(answer, text=text, turn=self._turns.remember(said, answer, question))

    def analyse(
        self, said: Said, question: Question, findings: Findings, *, model: str, fresh: bool
    ) -> Generator[Event, None, None]:
        """Stream what `model` makes of `findings`: the analysis it made before, unless `fresh`.

        The panel is on screen already: an answer that only repeats it completes it.
        """
        # What could not be understood is told to the person who wrote it, and to nobody else.
        shared = not findings.problems and findings.measured == findings.reports
        shared = shared and not (question.pictures or question.enclosed)
        figures = ((one.title, one.last_candle, one.verdict) for one in findings.reports)
        key: Hashable = (model, question.effort, *figures)
        kept = self._analyses.get(key) if shared and not fresh else None
        if kept:
            turn = self._turns.remember(said, kept.answer, question)
            text = aged(kept.answer.text, time.monotonic() - kept.at)
            yield replace(kept.answer, text=text, turn=turn)
            return
        for event in self.ask(said, question, findings):
            if isinstance(event, Finished) and not event.stopped:
                by_model = event.source in PROVIDERS
                if by_model and shared and not (event.cut_short or event.unloaded):
                    kept = _Analysis(replace(event, thread=None, usage=Usage()), time.monotonic())
                    self._analyses.put(key, kept)
                event = replace(event, completes_panel=not by_model)
            yield event

    def _note_verdicts(self, answer: Finished, findings: Findings) -> None:
        """Note what a model says of each market, where that is one signal with one confidence."""
        if answer.source not in PROVIDERS:
            return
        said = verdicts(answer.text, [report.symbol for report in findings.reports])
        for report, one in zip(findings.reports, said, strict=True):
            if one.signal and one.confidence:
                key = answer.key or answer.model
                self._ledger.note_verdict(report, key, one.signal, one.confidence)

    def _events(self, question: Question, findings: Findings) -> Generator[Event, None, None]:
        """What the chain streams; where market data came first, that it is the model's turn."""
        if findings.reports and _is_model(self._first_ready()):
            yield Progress(Stage.ASKING)
        yield from self._chain.respond(question)

    def say(self, said: Said, text: str) -> Finished:
        """Answer `said` in Engram's own words; a later question can refer to them."""
        answer = Finished(text, "engram")
        return replace(answer, turn=self._turns.remember(said, answer, Question("", Kind.ANALYSIS)))
