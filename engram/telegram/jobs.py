"""One message -> its answer on screen; the inbox knows at every moment how far it is."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from functools import partial

from engram.chat import texts
from engram.chat.assistant import Assistant, command_of
from engram.chat.rules import RuleBasedFallback
from engram.chat.texts import BUTTON_BYTES, said
from engram.core.events import Event, Finished, Kind, Question
from engram.storage.conversations import Conversations
from engram.storage.inbox import Inbox
from engram.telegram.egress import ALL, Egress
from engram.telegram.incoming import Incoming, MessageKind
from engram.telegram.refusals import UndeliverableError
from engram.telegram.screen.live import LiveMessage
from engram.telegram.screen.painter import Painter
from engram.telegram.screen.text_messages import Destination

log = logging.getLogger(__name__)

# A message that was begun so often and never finished may be what ends the process.
TRIES = 3
DAY = 86_400.0
BUTTON_COMMANDS = {"analyze", "refresh", "models", "stop"}

LAST_RESORT = texts.LAST_RESORT[Kind.CHAT]
TEXT_ONLY = "I can read text only. Send me a question, or /analyze BTC."
TOO_OLD = "I was away for more than a day. If you still want to know, please ask again."
NOT_YOURS = "These buttons belong to somebody else's question. Send /analyze to get your own."
ONE_AT_A_TIME = "One at a time, please: I still have your other questions to answer."


@dataclass(slots=True)
class Job:
    """One message on its way to its answer; `panel` and `messages` are on screen for it."""

    incoming: Incoming
    inbox: Inbox
    panel: int | None = None
    messages: tuple[int, ...] = ()
    received: float = 0.0
    is_ending: bool = False

    def shown(self, panel: int | None, messages: tuple[int, ...]) -> None:
        """Note which messages are on screen."""
        self.panel, self.messages = panel, messages
        self.inbox.shown(self.incoming.update_id, panel, messages)

    def sending(self) -> None:
        """Note that the final text is about to be sent."""
        self.is_ending = True
        self.inbox.sending(self.incoming.update_id)

    def done(self) -> None:
        """Note that there is nothing left to do."""
        self.inbox.sent(self.incoming.update_id)


class JobRunner:
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
        # What is being answered, by the ids of the updates.
        self._jobs: dict[int, Job] = {}
        self._changed = threading.Condition()

    def is_answering(self, question: Incoming) -> bool:
        """Whether the answer to `question` is under way."""
        wanted = (question.chat_id, question.message_id)
        with self._changed:
            under_way = [job.incoming for job in self._jobs.values()]
        return wanted in [(one.chat_id, one.message_id) for one in under_way]

    def settle(self, seconds: float) -> None:
        """Wait until what was sent is noted as well; no longer than `seconds`."""
        with self._changed:
            self._changed.wait_for(
                lambda: not any(job.is_ending for job in self._jobs.values()), seconds
            )

    def work(self, job: Job, events: Generator[Event, None, None] | None = None) -> None:
        """Answer, whatever happens; what the end of the process interrupts stays in the inbox."""
        if self._egress.is_stopped():
            return
        with self._changed:
            self._jobs[job.incoming.update_id] = job
        try:
            self._work(job, events)
        finally:
            with self._changed:
                del self._jobs[job.incoming.update_id]
                self._changed.notify_all()

    def _work(self, job: Job, events: Generator[Event, None, None] | None) -> None:
        tries = self._inbox.begin(job.incoming.update_id)
        try:
            self._show(job, events or self._events(job, tries))
        except UndeliverableError as err:
            if self._egress.is_stopped():
                return
            log.warning("chat %d: %s", job.incoming.chat_id, err)
            if err.chat_gone:
                job.done()
            else:
                self._apologise(job)
        except Exception:
            log.exception("showing an answer failed unexpectedly: the last resort answers")
            self._apologise(job)
        else:
            job.done()

    def _apologise(self, job: Job) -> None:
        """The last resort, in place of whatever is on screen."""
        try:
            self._show(job, said(LAST_RESORT))
        except UndeliverableError as err:
            if self._egress.is_stopped():
                return
            log.warning("chat %d: %s", job.incoming.chat_id, err)
        job.done()

    def _events(self, job: Job, tries: int) -> Generator[Event, None, None]:
        """The answer to `job`, which is begun for the time `tries`."""
        incoming = job.incoming
        text = incoming.text
        if text is None:
            return said(TEXT_ONLY)
        if tries > TRIES:
            log.error(
                "update %d was begun %d times: the last resort answers", incoming.update_id, tries
            )
            return RuleBasedFallback().respond(Question(text))
        if time.time() - job.received > DAY:
            return said(TOO_OLD)
        chat, after = str(incoming.chat_id), self._after(incoming)
        return self._noted(incoming, self._assistant.reply(chat, text, after=after))

    def _noted(
        self, incoming: Incoming, events: Generator[Event, None, None]
    ) -> Generator[Event, None, None]:
        """`events`; before the last of them is shown, it is noted what the message asked for.

        So it follows the same turn when it has to be answered once more.
        """
        chat = str(incoming.chat_id)
        with contextlib.closing(events):
            for event in events:
                if (
                    isinstance(event, Finished)
                    and event.turn
                    and incoming.way is not MessageKind.PRESS
                ):
                    self._conversations.link(chat, incoming.message_id, event.turn, question=True)
                yield event

    def _after(self, incoming: Incoming) -> int | None:
        """The turn that a message follows which is a reply, or was asked before; None: the last."""
        chat = str(incoming.chat_id)
        if incoming.way is MessageKind.PRESS:
            return None
        if asked := self._conversations.asked(chat, incoming.message_id):
            return asked.parent
        if incoming.replies_to is not None:
            return self._conversations.at(chat, incoming.replies_to) or None
        return None

    def accepts_press(self, job: Job, *, crowded: bool) -> bool:
        """Answer the press itself, and say whether more is to be done.

        `crowded` tells that the chat's other presses have yet to be answered.
        """
        incoming = job.incoming
        text, note = incoming.text or "", None
        command = command_of(text)
        if command not in BUTTON_COMMANDS or len(text.encode()) > BUTTON_BYTES:
            note, command = "I don't know this button.", None
        elif incoming.asker is not None and incoming.asker != incoming.sender:
            note, command = NOT_YOURS, None
        elif command == "stop":
            stopped = self._assistant.stop(str(incoming.chat_id))
            note = "Stopped." if stopped else texts.NOTHING_TO_STOP
        elif crowded:
            note, command = ONE_AT_A_TIME, None
        answer = self._egress.bot.answer_callback_query
        # It is shown in no chat, and waits for no pause of one.
        self._egress.hint(ALL, lambda: answer(incoming.callback, text=note))
        if command in ("analyze", "refresh") and incoming.message_id and job.panel is None:
            job.panel = incoming.message_id
        if command == "models" and incoming.message_id:
            job.messages = (incoming.message_id,)
        return command not in (None, "stop")

    def _show(self, job: Job, events: Generator[Event, None, None]) -> None:
        incoming = job.incoming
        live = LiveMessage(self._egress, self._painter, place_of(incoming), self._stream, job)
        finished = live.show(events)
        if finished and finished.turn:
            for number in live.ids:
                chat = str(incoming.chat_id)
                self._conversations.link(chat, number, finished.turn, question=False)

    def say(self, place: Destination, text: str) -> None:
        """Send `text`, which nothing needs to be remembered of."""
        send = partial(self._egress.bot.send_message, place.chat_id, text, **place.options)
        try:
            self._egress.deliver(place.chat_id, send)
        except UndeliverableError as err:
            log.info("chat %d: %s", place.chat_id, err)


def place_of(incoming: Incoming) -> Destination:
    """In a group an answer is a reply, in the topic of its question."""
    if not incoming.is_group:
        return Destination(incoming.chat_id, topic=incoming.topic)
    return Destination(incoming.chat_id, incoming.message_id or None, incoming.topic)
