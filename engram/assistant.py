"""A chat's text -> the events of its answer: commands, memory, analysis, chat."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Generator
from dataclasses import replace

from engram import prompts
from engram.chain import FallbackChain
from engram.events import Event, FellBack, Finished, Kind, Question, TextDelta, TextReset
from engram.health import Status
from engram.rules import RuleBasedFallback
from engram.symbols import parse_request

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
TITLES = {"lmstudio": "LMStudio", "openai": "OpenAI", "anthropic": "Anthropic"}
WHICH_COIN = (
    "Which market? Send a symbol and, if you like, a timeframe: /analyze BTC, /analyze ETH 4h, "
    "/analyze SOL/USDT 1d."
)
CONVERSATIONS = 10_000


def command_of(text: str) -> str | None:
    """The command that `text` is, without slash and bot name; None for any other text."""
    word = text.split(maxsplit=1)[0] if text.strip() else ""
    return word[1:].partition("@")[0].lower() if word.startswith("/") and len(word) > 1 else None


class Assistant:
    """Answers the texts of any number of chats; every answer ends with one `Finished`.

    `status` tells how it stands with the model server, `waiting` how many questions wait in line.
    """

    def __init__(
        self,
        chain: FallbackChain,
        status: Callable[[], tuple[Status, str]],
        *,
        quote: str = "USDT",
        timeframe: str = "1h",
        waiting: Callable[[], int] = lambda: 0,
    ) -> None:
        self.waiting = waiting
        self._chain = chain
        self._status = status
        self._quote = quote
        self._timeframe = timeframe
        self._threads: OrderedDict[str, str] = OrderedDict()
        self._answers: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._began = time.monotonic()

    def reply(self, chat: str, text: str) -> Generator[Event, None, None]:
        """Stream the answer to `text` in the conversation `chat`; never raises."""
        began = time.monotonic()
        log.info("question received: %s, %d characters", command_of(text) or "text", len(text))
        log.debug("it says: %s", text)
        try:
            source = yield from self._answer(chat, text)
        except Exception:
            log.exception("answering failed unexpectedly: the last resort answers")
            yield TextReset()
            source = yield from _pass_on(RuleBasedFallback().respond(Question(text)))
        log.info("answered by %s in %.2f s", source, time.monotonic() - began)

    def _answer(self, chat: str, text: str) -> Generator[Event, None, str]:
        command = command_of(text)
        argument = text.partition(" ")[2].strip()
        if command == "analyze":
            return (yield from self._analyze(chat, argument))
        if command is None:
            question = Question(text, prompt=text, system=prompts.CHAT)
            return (yield from self._ask(chat, question, header=""))
        texts = {"start": self._start, "help": self._help, "status": self._show_status}
        if command == "new":
            self._forget(chat)
            reply = "Forgotten. We start afresh."
        else:
            reply = texts.get(command, self._unknown)()
        yield Finished(reply, "engram")
        return "engram"

    def _analyze(self, chat: str, argument: str) -> Generator[Event, None, str]:
        request = parse_request(argument, self._quote, self._timeframe)
        if request is None:
            yield Finished(WHICH_COIN, "engram")
            return "engram"
        prompt = prompts.analysis_without_data(request)
        question = Question(str(request), Kind.ANALYSIS, prompt, prompts.ANALYST)
        header = f"🤖 AI Analysis for {request.symbol}\n\n"
        return (yield from self._ask(chat, question, header))

    def _ask(self, chat: str, question: Question, header: str) -> Generator[Event, None, str]:
        """Ask the chain; a model's text gets `header` before it and its origin below it."""
        thread = self._threads.get(chat, "")
        fell_back, started = False, False
        for event in self._chain.respond(replace(question, thread=thread)):
            if isinstance(event, TextDelta) and not started:
                started = True
                event = TextDelta(header + event.text)
            elif isinstance(event, TextReset):
                started = False
            elif isinstance(event, FellBack):
                fell_back = True
            elif isinstance(event, Finished):
                self._remember(chat, event)
                event = replace(event, text=_framed(event, header, question.kind, fell_back))
                yield event
                return event.source
            yield event
        raise AssertionError("a chain ends with an answer or an error")

    def _remember(self, chat: str, answer: Finished) -> None:
        with self._lock:
            self._answers[answer.source] += 1
            if answer.thread:
                self._threads[chat] = answer.thread
                self._threads.move_to_end(chat)
                if len(self._threads) > CONVERSATIONS:
                    self._threads.popitem(last=False)

    def _forget(self, chat: str) -> None:
        with self._lock:
            self._threads.pop(chat, None)

    def _start(self) -> str:
        return (
            "👋 I'm Engram: your own language model, in Telegram. Ask me anything, or send "
            "/analyze BTC for an analysis. If the model is not there, I still answer, by stated "
            "rules.\n\nNothing I say is financial advice. /help shows all commands."
        )

    def _help(self) -> str:
        lines = [f"/{name} - {what}" for name, what in COMMANDS.items()]
        return "\n".join(["What I can do:", *lines, "", "Any other text is a question."])

    def _unknown(self) -> str:
        return f"I don't know that command.\n\n{self._help()}"

    def _show_status(self) -> str:
        status, detail = self._status()
        with self._lock:
            answers = dict(self._answers)
        total = sum(answers.values())
        models = sum(answers.get(name, 0) for name in TITLES)
        lines = [status.value, detail]
        lines.append(f"Answers since the start: {total}")
        if total:
            by_source = ", ".join(f"{name} {count}" for name, count in sorted(answers.items()))
            lines.append(f"By source: {by_source} (fallback {1 - models / total:.0%})")
        lines.append(f"Up for {_duration(time.monotonic() - self._began)}")
        lines.append(f"Waiting questions: {self.waiting()}")
        return "\n".join(filter(None, lines))


def _pass_on(events: Generator[Event, None, None]) -> Generator[Event, None, str]:
    source = ""
    for event in events:
        source = event.source if isinstance(event, Finished) else source
        yield event
    return source


def _framed(answer: Finished, header: str, kind: Kind, fell_back: bool) -> str:
    """The text of `answer` with its origin: the model's name, or that no model wrote it."""
    text = answer.text
    if answer.cut_short:
        text += "\n\n✂️ The answer broke off here."
    if answer.source in TITLES:
        return f"{header}{text}\n\n💡 Powered by {TITLES[answer.source]} {answer.model}"
    what = "analysis" if kind is Kind.ANALYSIS else "answers"
    why = " (LMStudio unavailable)" if fell_back else ""
    return f"{text}\n\n⚠️ Note: Using rule-based {what}{why}"


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    shown = [f"{value} {unit}" for value, unit in parts if value][:2]
    return " ".join(shown) or "0 s"
