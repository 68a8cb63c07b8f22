"""A chat's text -> the events of its answer: from a command, an analysis, or the model."""

import contextlib
import logging
import time
from collections.abc import Generator
from dataclasses import replace

from engram.chat import texts
from engram.chat.commands import (
    COMMANDS,
    May,
    Need,
    argument_of,
    command_of,
    known,
    needs,
    unknown,
)
from engram.chat.handlers.conversation import stop_for
from engram.chat.handlers.parts import Events, Parts
from engram.chat.handlers.question import question
from engram.chat.handlers.table import HANDLERS, STANDS_ALONE
from engram.chat.rules import RuleBasedFallback
from engram.chat.turns.said import Said
from engram.chat.watching import rights
from engram.chat.watching.alert import arm, with_what_stays
from engram.chat.watching.sentence import asks_to_be_told, wanted
from engram.core.attachments import NOTHING_SENT, Sent
from engram.core.errors import StoppedError
from engram.core.events import Event, Finished, Kind, Question, TextReset
from engram.core.listener import Answered
from engram.core.person import Person
from engram.core.usage import Usage

log = logging.getLogger(__name__)


class Assistant:
    """Answers the texts of any number of chats; every answer ends with one `Finished`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

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
        sent: Sent = NOTHING_SENT,
        is_owner: bool = False,
    ) -> Generator[Event, None, None]:
        """Stream the answer to `text` in the conversation `chat`; never raises.

        `after` is the number of the turn to continue from, by default the latest one. `message` is
        the id of what was said; the turn is known under it before the answer ends. `quoted` are
        somebody's words that the text refers to: no command is read from them. `by` is who says
        it in a chat of several people. `rows` are those of the inbox that it has. `began` is what
        `Conversations.began` was when the text came: what waited while its conversation was
        forgotten is no part of the next one. `sent` is what came with the text. `is_owner` tells
        whether who says it owns the bot.
        """
        start, command = time.monotonic(), known(text)
        # Whatever looks like a command and is none may be anything.
        kind = command.name if command else "text"
        log.info("question received: %s, %d characters", kind, len(text))
        log.debug("it says: %s", text)
        try:
            said = self._said(chat, text, after, began)
            said = replace(said, message=message, quoted=quoted, by=by, rows=rows)
            yield from self._stoppable(replace(said, sent=sent, is_owner=is_owner), start)
        except StoppedError:
            # Whatever it waited for, such as a download.
            yield Finished(texts.STOPPED, "engram", stopped=True)
        except Exception:
            log.exception("answering failed unexpectedly: the last resort answers")
            yield TextReset()
            yield from self._last_resort(text, time.monotonic() - start)

    def _stoppable(self, said: Said, start: float) -> Events:
        """The answer to `said`, which somebody can end as long as it is in progress."""
        # These end at once; nobody needs to stop them.
        instant = needs(said.text) is Need.NOTHING
        asked = self._parts.stops.of(said.chat, said.person, said.stop)
        with contextlib.nullcontext() if instant else asked:
            for event in self._answer(said):
                if isinstance(event, Finished):
                    took = time.monotonic() - start
                    # What was written for somebody else has cost nothing.
                    cost = f" ({event.model}: {event.usage})" if event.usage != Usage() else ""
                    log.info("answered by %s in %.2f s%s", event.source, took, cost)
                    stop = event.stop or (None if event.stopped else said.stop)
                    event = replace(event, stop=stop)
                yield event

    def goes_on(self, text: str) -> bool:
        """Whether the command in `text` means the market that was spoken of before it."""
        command = known(text)
        stands_alone = STANDS_ALONE.get(command.name) if command else None
        return stands_alone is not None and not stands_alone(self._parts.analyst, argument_of(text))

    def needs(self, text: str) -> Need:
        """What the answer to `text` waits for, as far as that is known without any waiting.

        A sentence that asks for an alert needs no model.
        """
        needed = needs(text)
        if command_of(text) is None and asks_to_be_told(self._parts.analyst, text):
            return Need.MARKET
        return needed

    def _said(self, chat: str, text: str, after: int | None, began: int | None) -> Said:
        """What somebody said, and the turn that it follows: 0 if that was forgotten since then."""
        parent = self._parts.conversations.head(chat) if after is None else after
        now = self._parts.conversations.began(chat)
        began = now if began is None else began
        parent = parent if began == now else 0
        return Said(chat, text, parent, began, is_reply=after is not None)

    def _last_resort(self, text: str, seconds: float) -> Generator[Event, None, None]:
        source = RuleBasedFallback.name
        self._parts.statistics.note(
            Answered(source, Kind.CHAT, seconds, fell_back=True, failed=True)
        )
        log.info("answered by %s in %.2f s", source, seconds)
        yield from RuleBasedFallback().respond(Question(text))

    def stop(self, chat: str, by: Person | None = None) -> bool:
        """End the answers in progress in `chat`, among several people those that `by` asked for.

        Returns whether there were any.
        """
        return self._parts.stops.request(chat, by.number if by else None)

    def stop_for(self, chat: str, by: Person | None) -> str:
        """End what `by` may end: the own answers, and everybody's if `by` leads.

        Returns what to say about it.
        """
        return stop_for(self._parts.stops, chat, by)

    def objection(self, chat: str, text: str, by: Person | None, *, is_owner: bool = False) -> str:
        """Why `by` may not have the command in `text` carried out; "" for those who may.

        `is_owner` tells whether that is the bot's owner. May take a request.
        """
        command = known(text)
        if command is None:
            return ""
        if command.may is May.WHO_ARMED:
            return rights.objection(self._parts, chat, by, argument_of(text))
        return command.objection(by, argument_of(text), is_owner=is_owner)

    def arms(self, chat: str, message: int, text: str) -> bool:
        """Whether an edit of a message to `text` arms an alert, or changes what it has armed."""
        is_alert = command_of(text) == "alert" or asks_to_be_told(self._parts.analyst, text)
        return is_alert or self._parts.desk.alerts.has_armed(chat, message)

    def move(self, chat: str, to: str) -> None:
        """Note that the answers in progress in `chat` are shown in `to` from now on."""
        self._parts.stops.move(chat, to)

    def _answer(self, said: Said) -> Events:
        if not (said.text.strip() or said.quoted or said.sent.attachments):
            # In a group: the bot's name, and nothing else.
            return texts.own_words(texts.START)
        if command_of(said.text) is None:
            return self._chat(said)
        command, argument = known(said.text), argument_of(said.text)
        if command is None:
            return texts.own_words(unknown(said.text))
        if refused := self.objection(said.chat, said.text, said.by, is_owner=said.is_owner):
            return texts.own_words(refused)
        return HANDLERS[command.name](self._parts, said, argument)

    def _chat(self, said: Said) -> Events:
        """Arm what a sentence asks to be told, and ask a model anything else."""
        asked = wanted(self._parts, said.text)
        if asked is None:
            return with_what_stays(self._parts, said, question(self._parts, said))
        if refused := COMMANDS["alert"].objection(said.by, said.text):
            return texts.own_words(refused)
        return arm(self._parts, said, asked)
