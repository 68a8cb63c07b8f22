"""A chat's text -> the events of its answer: from a command, an analysis, or the model."""

import contextlib
import logging
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from functools import partial

from engram.chat import model_texts, prompts, texts
from engram.chat.asking import Asking, Said
from engram.chat.framing import panel
from engram.chat.model_choice import models
from engram.chat.rules import RuleBasedFallback
from engram.chat.sizing.command import Sizing
from engram.chat.spoken import Spoken
from engram.core.events import Event, Finished, Kind, Progress, Question, Stage, TextReset
from engram.core.listener import Answered
from engram.core.model import ModelServers
from engram.core.person import Person
from engram.core.stop import Stops
from engram.market.analyst import MOST, Analyst
from engram.market.symbols import Topic
from engram.storage.conversations import Conversations
from engram.storage.inbox import with_reply
from engram.storage.statistics import Statistics

log = logging.getLogger(__name__)

DAY = 86_400.0


def command_of(text: str) -> str | None:
    """The command in `text`, without slash and bot name; None if `text` is not a command."""
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
        self._stops = Stops(conversations.key)
        self._spoken = Spoken(analyst, conversations)
        self._sizing = Sizing(analyst, asking, self._spoken)
        self._began = time.monotonic()
        self._commands: dict[str, Callable[[Said, str], Generator[Event, None, None]]] = {
            "analyze": self._analyze,
            "refresh": partial(self._analyze, fresh=True),
            "open": self._analyze,
            "size": self._sizing.answer,
            "models": partial(models, servers, conversations),
            "new": self._forget,
            "stop": self._stop,
            "status": self._show_status,
            "start": lambda *_: texts.own_words(texts.START),
            "help": lambda *_: texts.own_words(texts.HELP),
        }

    def reply(
        self,
        chat: str,
        text: str,
        *,
        after: int | None = None,
        message: int | None = None,
        quoted: str = "",
        by: Person | None = None,
        rows: tuple[int, ...] = (),
        began: int | None = None,
    ) -> Generator[Event, None, None]:
        """Stream the answer to `text` in the conversation `chat`; never raises.

        `after` is the number of the turn to continue from, by default the latest one. `message` is
        the id of what was said; the turn is known under it before the answer ends. `quoted` are
        somebody's words that the text refers to: no command is read from them. `by` is who says
        it in a chat of several people. `rows` are those of the inbox that it has. `began` is what
        `Conversations.began` was when the text came: what waited while its conversation was
        forgotten is no part of the next one.
        """
        start, command = time.monotonic(), command_of(text)
        log.info("question received: %s, %d characters", command or "text", len(text))
        log.debug("it says: %s", text)
        try:
            said = self._said(chat, text, after, began)
            said = replace(said, message=message, quoted=quoted, by=by, rows=rows)
            # These end at once; nobody needs to stop them.
            instant = command in texts.INSTANT
            asked = self._stops.of(chat, by.number if by else 0)
            with contextlib.nullcontext(said.stop) if instant else asked as stop:
                for event in self._answer(replace(said, stop=stop), command):
                    if isinstance(event, Finished):
                        log.info("answered by %s in %.2f s", event.source, time.monotonic() - start)
                        event = event if event.stopped else replace(event, stop=stop)
                    yield event
        except Exception:
            log.exception("answering failed unexpectedly: the last resort answers")
            yield TextReset()
            yield from self._last_resort(text, time.monotonic() - start)

    def stands_alone(self, text: str) -> bool:
        """Whether /size in `text` means the same whatever was said before it."""
        return self._sizing.stands_alone(text)

    def _said(self, chat: str, text: str, after: int | None, began: int | None) -> Said:
        """What somebody said, and the turn that it follows: 0 if that was forgotten since then."""
        parent = self._conversations.head(chat) if after is None else after
        now = self._conversations.began(chat)
        began = now if began is None else began
        parent = parent if began == now else 0
        return Said(chat, text, parent, began, is_reply=after is not None)

    def _last_resort(self, text: str, seconds: float) -> Generator[Event, None, None]:
        source = RuleBasedFallback.name
        self._statistics.note(Answered(source, Kind.CHAT, seconds, fell_back=True, failed=True))
        log.info("answered by %s in %.2f s", source, seconds)
        yield from RuleBasedFallback().respond(Question(text))

    def stop(self, chat: str, by: Person | None = None) -> bool:
        """End the answers in progress in `chat`, among several people those that `by` asked for.

        Returns whether there were any.
        """
        return self._stops.request(chat, by.number if by else None)

    def stop_for(self, chat: str, by: Person | None) -> str:
        """End what `by` may end: the own answers, and everybody's if `by` leads.

        Returns what to say about it.
        """
        ended = self.stop(chat, by)
        if by and self._stops.any_left(chat):
            leads = by.leads()
            if leads:
                ended = self._stops.request(chat)
            elif not ended:
                return texts.ADMINISTRATORS_UNKNOWN if leads is None else texts.NOT_YOURS_TO_STOP
        return texts.STOPPING if ended else texts.NOTHING_TO_STOP

    def move(self, chat: str, to: str) -> None:
        """Note that the answers in progress in `chat` are shown in `to` from now on."""
        self._stops.move(chat, to)

    def _answer(self, said: Said, command: str | None) -> Generator[Event, None, None]:
        if not said.text.strip() and not said.quoted:
            # In a group: the bot's name, and nothing else.
            return texts.own_words(texts.START)
        if command is None:
            return self._chat(said)
        if command not in self._commands:
            return texts.own_words(texts.UNKNOWN_COMMAND)
        _, *argument = said.text.split(maxsplit=1)
        return self._commands[command](said, "".join(argument).strip())

    def _chat(self, said: Said) -> Generator[Event, None, None]:
        """Answer a message; one about markets is asked with what is known of them."""
        topic = self._analyst.topic_of(said.text, partial(self._spoken.before, said))
        if not topic and said.quoted and "?" in said.text:
            # "Is he right?" asks about the words that it refers to.
            topic = self._analyst.topic_of(said.quoted, Topic)
        said = self._spoken.noted(said, topic)
        if topic.requests:
            yield Progress(Stage.FETCHING)
        findings = self._analyst.look(topic)
        asked = prompts.quoting(said.text, said.quoted)
        few = prompts.FEW_CANDLES
        question = Question(
            said.text,
            prompt=prompts.question(asked, findings),
            system=prompts.CHAT,
            model=self._conversations.model(said.chat),
            panel=findings.panel,
            brief=prompts.question(asked, findings, candles=few) if findings.measured else "",
        )
        yield from self._asking.ask(said, question, findings)

    def _analyze(
        self, said: Said, argument: str, *, fresh: bool = False
    ) -> Generator[Event, None, None]:
        """Show the rules' panel as soon as it is ready, then what the model makes of it."""
        topic = self._analyst.topic_of_command(argument, partial(self._spoken.before, said))
        if not topic:
            yield from texts.own_words(texts.WHICH_MARKET)
            return
        if len(topic.requests) > MOST:
            yield from texts.own_words(texts.too_many(topic.requests))
            return
        said = self._spoken.noted(said, topic)
        if topic.requests:
            yield Progress(Stage.FETCHING)
        findings = self._analyst.look(topic, fresh=fresh)
        asked = ", ".join(str(report.request) for report in findings.reports)
        # With the numbers, so that a model that is asked about them later knows them.
        text = f"/analyze {asked}\n\n{findings.panel}" if asked else said.text
        said = replace(said, text=text, quoted="")
        if not findings.measured:
            # Without figures there is nothing that a model could add.
            yield self._asking.say(said, texts.without_figures(findings))
            return
        draw = partial(self._analyst.chart, findings.reports[0])
        yield panel(findings, self._asking.as_known_now(findings.panel), draw)
        question = Question(
            asked,
            Kind.ANALYSIS,
            prompts.analysis(findings),
            prompts.ANALYST,
            self._conversations.model(said.chat),
            findings.panel,
            prompts.analysis(findings, candles=prompts.FEW_CANDLES),
        )
        model = question.model or self._servers.model()
        yield from self._asking.analyse(said, question, findings, model=model, fresh=fresh)

    def _forget(self, said: Said, _argument: str) -> Generator[Event, None, None]:
        if refused := texts.objection(said.by):
            return texts.own_words(refused)
        done = texts.done_by(said.by, texts.FORGOTTEN)
        forgotten = self._conversations.begin_anew(said.chat, with_reply(said.rows, done))
        return texts.own_words(done if forgotten else texts.NOT_FORGOTTEN)

    def _stop(self, said: Said, _argument: str) -> Generator[Event, None, None]:
        return texts.own_words(self.stop_for(said.chat, said.by))

    def _show_status(self, _said: Said, _argument: str) -> Generator[Event, None, None]:
        rates = self._statistics.rates(time.time() - DAY)
        up = time.monotonic() - self._began
        return texts.own_words(
            model_texts.status(self._servers.status(), rates, up, self._waiting())
        )
