"""A chat's text -> the events of its answer: commands, analysis, chat."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from functools import partial

from engram.chat import prompts, texts
from engram.chat.asking import Asking, Said
from engram.chat.rules import RuleBasedFallback
from engram.core.errors import MarketError
from engram.core.events import (
    Button,
    Buttons,
    Event,
    Finished,
    Kind,
    Panel,
    Progress,
    Question,
    Stage,
    TextReset,
)
from engram.core.listener import Answered
from engram.core.model import ModelServers
from engram.core.stop import Stop, Stops
from engram.market.analyst import Analyst
from engram.market.symbols import Request, find_coin
from engram.storage.conversations import Conversations
from engram.storage.statistics import Statistics

log = logging.getLogger(__name__)

DAY = 86_400.0
TIMEFRAMES = ("15m", "1h", "4h", "1d")


def command_of(text: str) -> str | None:
    """The command that `text` is, without slash and bot name; None for any other text."""
    word = text.split(maxsplit=1)[0] if text.strip() else ""
    return word[1:].partition("@")[0].lower() if word.startswith("/") and len(word) > 1 else None


class Assistant:
    """Answers the texts of any number of chats; every answer ends with one `Finished`.

    `waiting` tells how many messages the front end holds whose answers have not begun.
    """

    def __init__(
        self,
        asking: Asking,
        analyst: Analyst,
        servers: ModelServers,
        conversations: Conversations,
        statistics: Statistics,
        waiting: Callable[[], int],
    ) -> None:
        self._asking = asking
        self._analyst = analyst
        self._servers = servers
        self._conversations = conversations
        self._statistics = statistics
        self._waiting = waiting
        self._stops = Stops()
        self._began = time.monotonic()
        self._commands: dict[str, Callable[[Said, str], Generator[Event, None, None]]] = {
            "analyze": self._analyze,
            "refresh": partial(self._analyze, fresh=True),
            "models": self._show_models,
            "new": self._forget,
            "stop": self._stop,
            "status": self._show_status,
            "start": lambda *_: texts.said(texts.START),
            "help": lambda *_: texts.said(texts.HELP),
        }

    def reply(
        self, chat: str, text: str, *, after: int | None = None
    ) -> Generator[Event, None, None]:
        """Stream the answer to `text` in the conversation `chat`; never raises.

        `after` is the number of the turn that it follows, by default the last one.
        """
        began = time.monotonic()
        log.info("question received: %s, %d characters", command_of(text) or "text", len(text))
        log.debug("it says: %s", text)
        try:
            head = self._conversations.head(chat)
            parent = head if after is None else after
            # What is over at once anyway is not stopped.
            instant = command_of(text) in texts.INSTANT
            with contextlib.nullcontext(Stop()) if instant else self._stops.of(chat) as stop:
                for event in self._answer(Said(chat, text, parent, head, stop)):
                    if isinstance(event, Finished):
                        seconds = time.monotonic() - began
                        log.info("answered by %s in %.2f s", event.source, seconds)
                    yield event
        except Exception:
            log.exception("answering failed unexpectedly: the last resort answers")
            by, seconds = RuleBasedFallback.name, time.monotonic() - began
            self._statistics.note(Answered(by, Kind.CHAT, seconds, fell_back=True, failed=True))
            log.info("answered by %s in %.2f s", by, seconds)
            yield TextReset()
            yield from RuleBasedFallback().respond(Question(text))

    def stop(self, chat: str) -> bool:
        """End the answers under way in `chat`; whether there were any."""
        return self._stops.request(chat)

    def _answer(self, said: Said) -> Generator[Event, None, None]:
        command = command_of(said.text)
        if not said.text.strip():
            # Somebody in a group has said the bot's name, and nothing else.
            yield from texts.said(texts.START)
            return
        if command is None:
            yield from self._chat(said)
            return
        if command not in self._commands:
            yield from texts.said(texts.UNKNOWN_COMMAND)
            return
        argument = said.text.strip().partition(" ")[2].strip()
        yield from self._commands[command](said, argument)

    def _chat(self, said: Said) -> Generator[Event, None, None]:
        """Answer a message; one that names a coin gets the coin's data."""
        question = Question(
            said.text,
            prompt=said.text,
            system=prompts.CHAT,
            model=self._conversations.model(said.chat),
        )
        coin = find_coin(said.text)
        request = self._analyst.understand(coin) if coin and self._analyst.enabled else None
        if request is None:
            yield from self._asking.ask(said, question)
            return
        yield Progress(Stage.FETCHING)
        try:
            report = self._analyst.report(request)
        except MarketError:
            yield from self._asking.ask(said, question)
            return
        prompt = prompts.question(said.text, report)
        question = replace(question, prompt=prompt, panel=report.panel)
        yield from self._asking.ask(said, question, report)

    def _analyze(
        self, said: Said, argument: str, *, fresh: bool = False
    ) -> Generator[Event, None, None]:
        """Show the rules' panel as soon as it is there, then what the model makes of it."""
        request = self._analyst.understand(argument)
        if request is None:
            yield from texts.said(texts.WHICH_MARKET)
            return
        yield Progress(Stage.FETCHING)
        try:
            report = self._analyst.report(request, fresh=fresh)
        except MarketError as err:
            yield from texts.said(str(err))
            return
        shown = report.analysis is not None
        if shown:
            yield Panel(
                report.symbol,
                request.timeframe,
                self._asking.as_known_now(report.panel),
                partial(self._analyst.chart, report),
                _timeframes(request),
            )
        question = Question(
            str(request),
            Kind.ANALYSIS,
            prompts.analysis(report),
            prompts.ANALYST,
            self._conversations.model(said.chat),
            report.panel,
        )
        # With the figures, so that a model that is asked about them later knows them.
        said = replace(said, text=f"/analyze {request}\n\n{report.panel}")
        by = question.model or self._servers.model()
        yield from self._asking.analyse(said, question, report, shown, by, fresh=fresh)

    def _show_models(self, said: Said, argument: str) -> Generator[Event, None, None]:
        """List the models, or choose one for this chat."""
        models = self._servers.models()
        if not argument or not models:
            chosen = self._conversations.model(said.chat)
            text = texts.models(models, chosen or self._servers.model())
            yield from texts.said(text, texts.model_buttons(models, chosen))
            return
        if argument == texts.AS_CONFIGURED:
            self._conversations.choose_model(said.chat, "")
            yield from texts.said(texts.CONFIGURED_MODEL.format(model=self._servers.model()))
            return
        model = self._servers.find(argument)
        if model is None:
            text = texts.NO_SUCH_MODEL.format(name=argument, models=texts.models(models, ""))
            yield from texts.said(text, texts.model_buttons(models, ""))
            return
        self._conversations.choose_model(said.chat, model.key)
        yield from texts.said(texts.CHOSEN_MODEL.format(model=model.name))

    def _forget(self, said: Said, _argument: str) -> Generator[Event, None, None]:
        self._conversations.begin_anew(said.chat)
        yield from texts.said(texts.FORGOTTEN)

    def _stop(self, said: Said, _argument: str) -> Generator[Event, None, None]:
        stopped = self.stop(said.chat)
        yield from texts.said(texts.STOPPED if stopped else texts.NOTHING_TO_STOP)

    def _show_status(self, _said: Said, _argument: str) -> Generator[Event, None, None]:
        rates = self._statistics.rates(time.time() - DAY)
        up = time.monotonic() - self._began
        yield from texts.said(texts.status(self._servers.status(), rates, up, self._waiting()))


def _timeframes(request: Request) -> Buttons:
    """The same market on other timeframes, and once more."""
    others = [Button(name, f"/analyze {request.symbol} {name}") for name in TIMEFRAMES]
    return ((*others, Button("🔄", f"/refresh {request}")),)
