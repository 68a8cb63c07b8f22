"""A chat's text -> the events of its answer: commands, memory, analysis, chat."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Hashable
from dataclasses import replace
from functools import partial

from engram import prompts
from engram.analyst import Analyst, Report
from engram.chain import FallbackChain
from engram.errors import MarketError
from engram.events import (
    Event,
    FellBack,
    Finished,
    Kind,
    Panel,
    Progress,
    Question,
    Stage,
    TextDelta,
    TextReset,
)
from engram.framing import TITLES, aged, duration, framed, header
from engram.health import Status
from engram.memory import Memory
from engram.mock_ai import WHICH_MARKET
from engram.rules import RuleBasedFallback
from engram.symbols import find_coin

log = logging.getLogger(__name__)

# The menu of the chat, in its order.
COMMANDS = {
    "analyze": "Analyse a market: /analyze BTC 4h",
    "status": "Is the language model there?",
    "new": "Forget this conversation",
    "help": "What I can do",
    "start": "Say hello",
}
# These are answered at once, whatever else a chat waits for.
INSTANT = {"status", "new", "help", "start"}


def command_of(text: str) -> str | None:
    """The command that `text` is, without slash and bot name; None for any other text."""
    word = text.split(maxsplit=1)[0] if text.strip() else ""
    return word[1:].partition("@")[0].lower() if word.startswith("/") and len(word) > 1 else None


class Assistant:
    """Answers the texts of any number of chats; every answer ends with one `Finished`.

    `status` tells how it stands with the model server, `model` which model would answer, `waiting`
    how many questions wait in line.
    """

    def __init__(
        self,
        chain: FallbackChain,
        analyst: Analyst,
        status: Callable[[], tuple[Status, str]],
        *,
        model: Callable[[], str] = lambda: "",
        waiting: Callable[[], int] = lambda: 0,
    ) -> None:
        self.waiting = waiting
        self._chain = chain
        self._analyst = analyst
        self._status = status
        self._model = model
        self._memory = Memory()
        self._answers: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._began = time.monotonic()

    def reply(self, chat: str, text: str, *, fresh: bool = False) -> Generator[Event, None, None]:
        """Stream the answer to `text` in the conversation `chat`; never raises.

        `fresh` asks for a new analysis where one of the same candle is at hand.
        """
        began = time.monotonic()
        log.info("question received: %s, %d characters", command_of(text) or "text", len(text))
        log.debug("it says: %s", text)
        try:
            source = yield from self._answer(chat, text, fresh)
        except Exception:
            log.exception("answering failed unexpectedly: the last resort answers")
            yield TextReset()
            yield from RuleBasedFallback().respond(Question(text))
            source = RuleBasedFallback.name
        log.info("answered by %s in %.2f s", source, time.monotonic() - began)

    def _answer(self, chat: str, text: str, fresh: bool) -> Generator[Event, None, str]:
        command = command_of(text)
        if command is None:
            return (yield from self._chat(chat, text))
        if command == "analyze":
            argument = text.strip().partition(" ")[2]
            return (yield from self._analyze(chat, argument, fresh))
        texts = {"start": _start, "help": _help, "status": self._show_status}
        if command == "new":
            self._memory.forget(chat)
            return (yield from _say("Forgotten. We start afresh."))
        return (yield from _say(texts.get(command, _unknown)()))

    def _chat(self, chat: str, text: str) -> Generator[Event, None, str]:
        """Answer a message; one that names a coin gets the coin's data."""
        question = Question(text, prompt=text, system=prompts.CHAT)
        coin = find_coin(text)
        request = self._analyst.understand(coin) if coin and self._analyst.enabled else None
        if request is None:
            return (yield from self._ask(chat, question, None))
        yield Progress(Stage.FETCHING)
        try:
            report = self._analyst.report(request)
        except MarketError:
            return (yield from self._ask(chat, question, None))
        prompt = prompts.question(text, report)
        return (
            yield from self._ask(chat, replace(question, prompt=prompt, panel=report.panel), report)
        )

    def _analyze(self, chat: str, argument: str, fresh: bool) -> Generator[Event, None, str]:
        """Show the rules' panel as soon as it is there, then what the model makes of it."""
        request = self._analyst.understand(argument)
        if request is None:
            return (yield from _say(WHICH_MARKET))
        yield Progress(Stage.FETCHING)
        try:
            report = self._analyst.report(request, fresh=fresh)
        except MarketError as err:
            return (yield from _say(str(err)))
        if report.analysis:
            yield Panel(report.panel, partial(self._analyst.chart, report))
        key = (report.symbol, request.timeframe, report.last_candle, self._model())
        kept = self._memory.analysis(key) if report.analysis and not fresh else None
        if kept:
            answer, age = kept
            yield replace(answer, text=aged(answer.text, age))
            return answer.source
        question = Question(
            str(request), Kind.ANALYSIS, prompts.analysis(report), prompts.ANALYST, report.panel
        )
        return (yield from self._ask(chat, question, report, key))

    def _ask(
        self, chat: str, question: Question, report: Report | None, key: Hashable = None
    ) -> Generator[Event, None, str]:
        """Ask the chain, and frame what it answers; a model's analysis is kept under `key`."""
        question = replace(question, thread=self._memory.thread(chat))
        above, fell_back, started = header(question, report), False, False
        for event in self._chain.respond(question):
            if isinstance(event, TextDelta) and not started:
                started = True
                event = TextDelta(above + event.text)
            elif isinstance(event, TextReset):
                started = False
            elif isinstance(event, FellBack):
                fell_back = True
            elif isinstance(event, Finished):
                self._note(chat, event)
                text = framed(event, question, report, fell_back=fell_back)
                by_model = event.source in TITLES
                shown = bool(report and report.analysis) and question.kind is Kind.ANALYSIS
                final = replace(event, text=text, completes_panel=shown and not by_model)
                if key and by_model and not event.cut_short:
                    self._memory.keep_analysis(key, final)
                yield final
                return event.source
            yield event
        raise AssertionError("a chain ends with an answer or an error")

    def _note(self, chat: str, answer: Finished) -> None:
        self._memory.remember(chat, answer)
        with self._lock:
            self._answers[answer.source] += 1

    def _show_status(self) -> str:
        status, detail = self._status()
        with self._lock:
            answers = dict(self._answers)
        total = sum(answers.values())
        models = sum(answers.get(name, 0) for name in TITLES)
        lines = [status.value, detail, f"Answers since the start: {total}"]
        if total:
            by_source = ", ".join(f"{name} {count}" for name, count in sorted(answers.items()))
            lines.append(f"By source: {by_source} (fallback {1 - models / total:.0%})")
        lines.append(f"Up for {duration(time.monotonic() - self._began)}")
        lines.append(f"Waiting questions: {self.waiting()}")
        return "\n".join(filter(None, lines))


def _say(text: str) -> Generator[Event, None, str]:
    """Answer with a text of Engram's own."""
    yield Finished(text, "engram")
    return "engram"


def _start() -> str:
    return (
        "👋 I'm Engram: your own language model, in Telegram. Ask me anything, or send "
        "/analyze BTC for an analysis. If the model is not there, I still answer, by stated "
        "rules.\n\nNothing I say is financial advice. /help shows all commands."
    )


def _help() -> str:
    lines = [f"/{name} - {what}" for name, what in COMMANDS.items()]
    return "\n".join(["What I can do:", *lines, "", "Any other text is a question."])


def _unknown() -> str:
    return f"I don't know that command.\n\n{_help()}"
