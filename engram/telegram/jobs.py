"""Answers one message after another, from its job to the last word of its answer on screen."""

import logging
import threading
from collections.abc import Callable, Generator
from functools import partial

from engram.chat.assistant import Assistant
from engram.chat.commands import Need
from engram.chat.reading_order import ReadingOrder
from engram.chat.rules import RuleBasedFallback
from engram.core.events import Event, Question
from engram.core.waits import Steps
from engram.storage.conversations import Conversations
from engram.storage.messages import Piece
from engram.telegram.answers import Answers
from engram.telegram.files.download import TelegramFiles
from engram.telegram.groups import Groups
from engram.telegram.incoming import Incoming, edited_piece
from engram.telegram.job import Job
from engram.telegram.screen.live import LiveMessage
from engram.telegram.screen.painter import Painter
from engram.telegram.sending.egress import Egress
from engram.telegram.sending.refusals import UndeliverableError

log = logging.getLogger(__name__)


class JobRunner:
    """Answers messages with `assistant`, each in the steps of `work`.

    `groups` tells what people may do in them, and `answers` what each is answered with. `stream` is
    how previews are shown: "edit", "draft" or "off"; it may change. `answered` is called with the
    conversation in which somebody has got an answer.
    """

    def __init__(
        self,
        egress: Egress,
        assistant: Assistant,
        conversations: Conversations,
        groups: Groups,
        stream: str,
        answered: Callable[[str], None] = lambda _conversation: None,
    ) -> None:
        self._egress = egress
        self._groups = groups
        self._assistant = assistant
        self.answers = Answers(assistant, conversations, groups, TelegramFiles(egress))
        self._conversations = conversations
        self.stream = stream
        self._answered = answered
        self._painter = Painter(egress.timer)
        # The jobs that are expected or in progress; those in a lane with their screens, in order.
        self._jobs: set[Job] = set()
        self._lanes: dict[str, dict[Job, LiveMessage]] = {}
        self._order = ReadingOrder()
        self._changed = threading.Condition()

    def expect(self, job: Job, lane: str) -> None:
        """Know of `job` before `work` begins it, after the others of its `lane`.

        An edit can change its question meanwhile, and its place is on screen.
        """
        live, conversation = self._live(job), job.incoming.conversation
        job.began = self._conversations.began(conversation)
        self._order.come(job, conversation, goes_on=self.goes_on(job))
        with self._changed:
            self._jobs.add(job)
            others = self._lanes.setdefault(lane, {})
            live.expect(len(others))
            others[job] = live

    def goes_on(self, job: Job) -> bool:
        """Whether `job` means the market of what was said before it, whenever that is read."""
        return self._assistant.goes_on(job.incoming.text or "")

    def lane_of(self, job: Job) -> str:
        """The lane of the job whose message `job` edits; "" if there is none in a lane."""
        with self._changed:
            lanes = self._lanes.items()
            found = (lane for lane, jobs in lanes if any(one.has(job.incoming) for one in jobs))
            return next(found, "")

    def needs(self, job: Job) -> Need:
        """What the answer to `job` waits for, as far as that is known without any waiting."""
        return self._assistant.needs(job.incoming.text or "")

    def asks_again(self, edit: Job) -> bool:
        """Whether an edited message is to be answered again; stops its answer if in progress.

        It is if its answer is in progress, is the latest one, or is part of no conversation, and if
        it arms an alert or has armed one: then another one is meant. If the answer has not begun,
        the question is changed and nothing more. Whoever takes the bot's name out of a message asks
        nothing.
        """
        incoming, chat = edit.incoming, edit.incoming.conversation
        with self._changed:
            for job in self._jobs:
                self._follow(job)
            same = [job for job in self._jobs if job.has(incoming)]
            jobs = [job for job in same if incoming.is_addressed or len(job.pieces) > 1]
            for job in jobs:
                if not job.has_begun:
                    job.correct(edit)
                    return False
        if jobs:
            edit.ask_with(jobs[-1].corrected(incoming))
            self._assistant.stop(chat, self._groups.person(incoming))
            return True
        asked = self._conversations.messages.at(chat, incoming.message_id)
        kept = self._conversations.messages.pieces(asked.turn) if asked else []
        if kept:
            edit.ask_with([edited_piece(incoming, one) for one in kept])
        # The process that left an edit had found that it asks again.
        if edit.is_resumed or not edit.incoming.is_addressed:
            return edit.incoming.is_addressed
        if self._assistant.arms(chat, incoming.message_id, incoming.text or ""):
            return True
        if asked is None or asked.turn != self._conversations.head(chat):
            return asked is None
        if edit.is_change:
            return True
        # What an earlier version answered has no checksum by which a mere reaction is known.
        known = self._conversations.recall(asked.turn).turns[-1:]
        return [turn.question for turn in known] != [edit.incoming.text]

    def _follow(self, job: Job) -> None:
        """Have `job` name its chat by the id that it has now."""
        job.follow(self._egress.moves.now(job.incoming.chat_id))

    def flush(self, seconds: float) -> None:
        """Wait until each answer that was sent is recorded as sent; no longer than `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: not any(job.is_ending for job in self._jobs), seconds)

    def work(
        self, job: Job, lane: str = "", events: Generator[Event, None, None] | None = None
    ) -> Steps[None]:
        """Answer `job`, by `events` if given; whatever happens, the person gets an answer.

        A job that the end of the process interrupts stays in the inbox. What is in no `lane` is
        answered at once.
        """
        if self._egress.is_stopped():
            return
        with self._changed:
            self._jobs.add(job)
            live = self._lanes.get(lane, {}).get(job) or self._live(job)
            job.has_begun = True
            self._follow(job)
        try:
            yield from self._work(job, live, events, at_once=not lane)
        finally:
            live.end()
            self._order.end(job)
            with self._changed:
                self._jobs.discard(job)
                self._move_up(job, lane)
                self._changed.notify_all()

    def _move_up(self, job: Job, lane: str) -> None:
        """Show those that wait behind `job` that it is done."""
        others = self._lanes.get(lane, {})
        others.pop(job, None)
        for place, live in enumerate(others.values()):
            if place:
                live.expect(place)
        if not others:
            self._lanes.pop(lane, None)

    def _work(
        self,
        job: Job,
        live: LiveMessage,
        events: Generator[Event, None, None] | None,
        *,
        at_once: bool,
    ) -> Steps[None]:
        attempt, is_there = job.begin(at_once=at_once), True
        try:
            try:
                answer = self._order.read(job, events or self.answers.to(job, attempt))
                yield from self._show(job, live, answer)
            except UndeliverableError as err:
                if err.chat_gone or self._egress.is_stopped():
                    raise
                log.warning("chat %d: %s", job.incoming.chat_id, err)
                yield from self._show_last_resort(job)
            except Exception:
                log.exception("showing an answer failed unexpectedly: the last resort answers")
                yield from self._show_last_resort(job)
        except UndeliverableError as err:
            if self._egress.is_stopped():
                return
            log.warning("chat %d: %s", job.incoming.chat_id, err)
            is_there = False
        job.done()
        if is_there:
            self._answered(job.incoming.conversation)

    def take_panel(self, job: Job, panel: int) -> None:
        """Have `job` change the `panel`; no other job whose panel it was changes it afterwards."""
        with self._changed:
            for other in self._jobs:
                if (other.incoming.chat_id, other.panel) == (job.incoming.chat_id, panel):
                    other.is_panel_taken = True
            job.panel = panel

    def _live(self, job: Job) -> LiveMessage:
        """The screen of `job`."""
        incoming = job.incoming
        moved = partial(self._assistant.move, incoming.conversation, str(incoming.chat_id))
        return LiveMessage(self._egress, self._painter, job, self.stream, moved)

    def _show_last_resort(self, job: Job) -> Steps[None]:
        yield from self._show(job, self._live(job), RuleBasedFallback().respond(Question("")))

    def _show(
        self, job: Job, live: LiveMessage, events: Generator[Event, None, None]
    ) -> Steps[None]:
        finished = yield from live.show(events)
        if finished and finished.turn:
            messages, turn = self._conversations.messages, finished.turn
            for number in live.ids:
                messages.link(live.conversation, number, turn, question=False)
            if len(job.pieces) > 1:
                _, quoted = self.answers.follows(job.incoming)
                first, *others = sorted(job.pieces, key=lambda piece: abs(piece.message_id))
                pieces = [_kept(first, quoted), *map(_kept, others)]
                messages.keep_pieces(job.incoming.conversation, pieces, turn)


def _kept(piece: Incoming, quoted: str = "") -> Piece:
    """A piece of a message as it is kept for an edit of one of them."""
    return Piece(piece.message_id, piece.text or "", quoted, piece.brings.attachments)
