"""One message -> its answer on screen; the inbox knows at every moment how far it is."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator
from dataclasses import dataclass
from functools import partial

from engram.assistant import Assistant, command_of
from engram.conversations import Conversations
from engram.events import Event, Finished, Kind, Question
from engram.inbox import Inbox
from engram.replies import BUTTON_BYTES
from engram.rules import ANSWERS, RuleBasedFallback
from engram.telegram.egress import Egress, UndeliverableError
from engram.telegram.incoming import Incoming, Way
from engram.telegram.live import LiveMessage
from engram.telegram.painter import Painter
from engram.telegram.sheet import Place

log = logging.getLogger(__name__)

# A message that was begun so often and never finished may be what ends the process.
TRIES = 3
DAY = 86_400.0
BUTTON_COMMANDS = {"analyze", "refresh", "models", "stop"}

LAST_RESORT = ANSWERS[Kind.CHAT]
TEXT_ONLY = "I can read text only. Send me a question, or /analyze BTC."
TOO_OLD = "I was away for more than a day. If you still want to know, please ask again."
NOT_YOURS = "These buttons belong to somebody else's question. Send /analyze to get your own."


@dataclass(slots=True)
class Job:
    """One message on its way to its answer; `panel` and `messages` are on screen for it."""

    incoming: Incoming
    inbox: Inbox
    panel: int | None = None
    messages: tuple[int, ...] = ()
    received: float = 0.0

    def shown(self, panel: int | None, messages: tuple[int, ...]) -> None:
        """Note which messages are on screen."""
        self.panel, self.messages = panel, messages
        self.inbox.shown(self.incoming.update_id, panel, messages)

    def sending(self) -> None:
        """Note that the final text is about to be sent."""
        self.inbox.sending(self.incoming.update_id)

    def done(self) -> None:
        """Note that there is nothing left to do."""
        self.inbox.sent(self.incoming.update_id)


class Answerer:
    """Answers messages with `assistant`, one at a time in each thread that calls `work`."""

    def __init__(
        self,
        egress: Egress,
        assistant: Assistant,
        inbox: Inbox,
        conversations: Conversations,
        stream: str,
    ) -> None:
        self._egress = egress
        self._assistant = assistant
        self._inbox = inbox
        self._conversations = conversations
        self._stream = stream
        self._painter = Painter()
        # The question that is being answered in each chat, by the ids of chat and message.
        self._current: dict[int, int] = {}

    def is_answering(self, question: Incoming) -> bool:
        """Whether the answer to `question` is under way."""
        return self._current.get(question.chat_id) == question.message_id

    def work(self, job: Job, events: Generator[Event, None, None] | None = None) -> None:
        """Answer, whatever happens; what the end of the process interrupts stays in the inbox."""
        if self._egress.is_stopped():
            return
        incoming = job.incoming
        tries = self._inbox.begin(incoming.update_id)
        try:
            if events is None:
                events = self._events(job, tries)
            if events is not None:
                self._show(job, events)
        except UndeliverableError as err:
            if self._egress.is_stopped():
                return
            log.warning("chat %d: %s", incoming.chat_id, err)
            if not err.chat_gone:
                self.say(place_of(incoming), LAST_RESORT)
        except Exception:
            log.exception("showing an answer failed unexpectedly: the last resort answers")
            self.say(place_of(incoming), LAST_RESORT)
        if not self._egress.is_stopped():
            job.done()

    def _events(self, job: Job, tries: int) -> Generator[Event, None, None] | None:
        """The answer to `job`; None when it needs no message."""
        incoming = job.incoming
        chat, text = str(incoming.chat_id), incoming.text
        if incoming.way is Way.STOP:
            self._assistant.stop(chat)
            return None
        if incoming.way is Way.PRESS and not self._accepts_press(job):
            return None
        if text is None:
            return said(TEXT_ONLY)
        if tries > TRIES:
            log.error(
                "update %d was begun %d times: the last resort answers", incoming.update_id, tries
            )
            return RuleBasedFallback().respond(Question(text))
        if time.time() - job.received > DAY:
            return said(TOO_OLD)
        return self._assistant.reply(chat, text, after=self._after(incoming))

    def _after(self, incoming: Incoming) -> int | None:
        """The turn that a reply or an edited question follows; None: the last one."""
        chat = str(incoming.chat_id)
        if incoming.way is Way.EDIT:
            asked = self._conversations.asked(chat, incoming.message_id)
            return asked[1] if asked else None
        if incoming.replies_to is not None:
            return self._conversations.at(chat, incoming.replies_to) or None
        return None

    def _accepts_press(self, job: Job) -> bool:
        """Answer the press itself, and say whether more is to be done."""
        incoming = job.incoming
        text, note = incoming.text or "", None
        command = command_of(text)
        if command not in BUTTON_COMMANDS or len(text.encode()) > BUTTON_BYTES:
            note, command = "I don't know this button.", None
        elif incoming.asker is not None and incoming.asker != incoming.sender:
            note, command = NOT_YOURS, None
        elif command == "stop":
            stopped = self._assistant.stop(str(incoming.chat_id))
            note = "Stopped." if stopped else "There is no answer under way."
        answer = self._egress.bot.answer_callback_query
        self._egress.hint(incoming.chat_id, lambda: answer(incoming.callback, text=note))
        if command in ("analyze", "refresh") and incoming.message_id and job.panel is None:
            job.panel = incoming.message_id
        if command == "models" and incoming.message_id:
            job.messages = (incoming.message_id,)
        return command not in (None, "stop")

    def _show(self, job: Job, events: Generator[Event, None, None]) -> None:
        incoming = job.incoming
        self._current[incoming.chat_id] = incoming.message_id
        live = LiveMessage(self._egress, self._painter, place_of(incoming), self._stream, job)
        try:
            finished = live.show(events)
        finally:
            self._current.pop(incoming.chat_id, None)
        if finished and finished.turn:
            chat, turn = str(incoming.chat_id), finished.turn
            for number in live.ids:
                self._conversations.link(chat, number, turn, question=False)
            if incoming.way is not Way.PRESS:
                self._conversations.link(chat, incoming.message_id, turn, question=True)

    def say(self, place: Place, text: str) -> None:
        """Send `text`, which nothing needs to be remembered of."""
        send = partial(self._egress.bot.send_message, place.chat_id, text, **place.options)
        try:
            self._egress.deliver(place.chat_id, send)
        except UndeliverableError as err:
            log.info("chat %d: %s", place.chat_id, err)


def said(text: str) -> Generator[Event, None, None]:
    """An answer that is a text of the bot's own."""
    yield Finished(text, "engram")


def place_of(incoming: Incoming) -> Place:
    """In a group an answer is a reply, in the topic of its question."""
    if not incoming.is_group:
        return Place(incoming.chat_id, topic=incoming.topic)
    return Place(incoming.chat_id, incoming.message_id or None, incoming.topic)
