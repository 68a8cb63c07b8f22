"""What a message is answered with: by the assistant, or at once by what is known of the message."""

import contextlib
import logging
import time
from collections.abc import Generator
from dataclasses import replace
from functools import partial

from engram.chat.assistant import Assistant
from engram.chat.commands import command_of
from engram.chat.rules import RuleBasedFallback
from engram.chat.texts import own_words
from engram.core.attachments import Files, Sent
from engram.core.events import Event, Finished, Question
from engram.storage.conversations import Conversations
from engram.telegram import texts
from engram.telegram.groups import Groups
from engram.telegram.incoming import Incoming, MessageKind
from engram.telegram.job import Job

log = logging.getLogger(__name__)

# A message that was begun this often and never finished may be what brings the process down.
TRIES = 3
DAY = 86_400.0


class Answers:
    """Has `assistant` answer messages; `groups` tells what people may do in them.

    What people send beside words is had from `files`.
    """

    def __init__(
        self, assistant: Assistant, conversations: Conversations, groups: Groups, files: Files
    ) -> None:
        self._assistant, self._conversations, self._groups = assistant, conversations, groups
        self._files = files

    def stop(self, incoming: Incoming) -> str:
        """End the answers in progress that this person may end; returns what to say about it."""
        return self._assistant.stop_for(incoming.conversation, self._groups.person(incoming))

    def objection(self, press: Incoming) -> str:
        """Why this person may not press that button; "" for those who may. May take a request."""
        by, is_owner = self._groups.person(press), self._groups.owns(press)
        text = press.text or ""
        return self._assistant.objection(press.conversation, text, by, is_owner=is_owner)

    def to(self, job: Job, attempt: int) -> Generator[Event, None, None]:
        """The answer to `job`, which is begun for the `attempt`-th time, from 1 on."""
        incoming = job.incoming
        if job.reply is not None:
            return own_words(job.reply)
        if incoming.text is None and not incoming.is_wordless:
            return own_words(texts.UNREADABLE)
        text = incoming.text or ""
        if attempt > TRIES:
            what = "update %d was begun %d times: the last resort answers"
            log.error(what, incoming.update_id, attempt)
            return RuleBasedFallback().respond(Question(text))
        if time.monotonic() - job.received > DAY:
            return own_words(texts.TOO_OLD)
        chat, message = incoming.conversation, incoming.message_id
        if command_of(text) == "stop":
            job.note(self.stop(incoming))
            return self.to(job, attempt)
        ask = partial(
            self._assistant.reply,
            chat,
            text,
            by=self._groups.person(incoming),
            rows=job.rows,
            began=job.began,
            sent=Sent(incoming.brings.attachments, self._files),
            is_owner=self._groups.owns(incoming),
        )
        if incoming.kind is MessageKind.PRESS:
            return ask()
        after, quoted = self.follows(incoming)
        events = _noting_stops(job, ask(after=after, message=message, quoted=quoted))
        if job.is_cut:
            return _with_note(events, texts.CUT.format(characters=len(text)))
        if incoming.brings.has_unread and command_of(text) is None:
            return _with_note(events, texts.NOT_READ)
        return events

    def follows(self, incoming: Incoming) -> tuple[int | None, str]:
        """The turn to continue from, None for the latest one, and the words that are referred to.

        A message that was asked before follows the same turn again, and a reply follows the message
        it replies to. The words of that turn are known without being quoted.
        """
        chat, replies_to = incoming.conversation, incoming.replies_to
        asked = self._conversations.messages.at(chat, incoming.message_id)
        replied = self._conversations.messages.at(chat, replies_to) if replies_to else None
        is_known = replied is not None and not incoming.quotation.is_part
        quoted = "" if is_known else incoming.quotation.words
        if asked:
            return asked.parent, quoted
        return replied.turn if replied else None, quoted


def _noting_stops(job: Job, events: Generator[Event, None, None]) -> Generator[Event, None, None]:
    """`events`; when somebody has stopped the answer a crash does not begin it again."""
    with contextlib.closing(events):
        for event in events:
            if isinstance(event, Finished) and event.stopped:
                job.note(event.text)
            yield event


def _with_note(events: Generator[Event, None, None], note: str) -> Generator[Event, None, None]:
    """`events`, with `note` below the answer."""
    with contextlib.closing(events):
        for event in events:
            if isinstance(event, Finished):
                event = replace(event, text=f"{event.text}\n\n{note}")
            yield event
