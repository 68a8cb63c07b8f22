"""One message on its way to its answer; the inbox knows at every moment how far it has come."""

import contextlib
import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engram.chat.commands import command_of
from engram.chat.texts import NOTHING_TO_STOP, STOPPED, STOPPING
from engram.storage.inbox import Entry, Inbox
from engram.telegram.incoming import Incoming, MessageKind, joined

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Job:
    """A message that is to be answered. It arrived at the time `received` (s, monotonic).

    `panel` and `messages` are the ids of what is on screen for it. If there is a `reply`, what it
    asks for is done, and that is all that remains to be said. `is_resumed` tells that an
    earlier process left it, `tries` how often it was begun, `has_begun` that it is being answered,
    `is_ending` that its final text is being sent, `is_panel_taken` that the panel shows another
    market or timeframe by now, `is_cut` that there was more of it than is read, `is_change` that it
    had other words or another file when it came first. `pieces` are the messages in which it was
    delivered; each of them has its row in the inbox.
    """

    incoming: Incoming
    inbox: Inbox
    received: float
    panel: int | None = None
    messages: tuple[int, ...] = ()
    reply: str | None = None
    is_resumed: bool = False
    tries: int = 0
    has_begun: bool = False
    is_ending: bool = False
    is_panel_taken: bool = False
    is_cut: bool = False
    is_change: bool = False
    #: Which conversation of the chat it was said in; None before it is known.
    began: int | None = None
    pieces: list[Incoming] = field(init=False)
    _rows: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.pieces = [self.incoming]
        self._rows = [self.incoming.update_id]

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows that it has in the inbox."""
        return tuple(self._rows)

    @property
    def on_screen(self) -> tuple[int, ...]:
        """The ids of all that is on screen for it."""
        return self.messages if self.panel is None else (self.panel, *self.messages)

    def has(self, incoming: Incoming) -> bool:
        """Whether `incoming` is one of the messages in which it was delivered, or an edit of it."""
        return any(piece.key == incoming.key for piece in self.pieces)

    def join(self, piece: "Job") -> None:
        """Have `piece` be a part of the message, and be done together with it."""
        self.answer_with(piece)
        self.pieces.append(piece.incoming)
        self.incoming = joined(self.pieces)

    def cut(self, piece: "Job") -> None:
        """Have `piece` be done together with the message, and not be read."""
        self.answer_with(piece)
        self.is_cut = True

    def correct(self, edit: "Job") -> None:
        """Have the new words of a message, and be done together with its `edit`."""
        self.answer_with(edit)
        if self.reply is not None:
            self.note(None)
        self.pieces = self.corrected(edit.incoming)
        self.incoming = joined(self.pieces)

    def corrected(self, edit: Incoming) -> list[Incoming]:
        """The pieces with the new words of one of them."""
        return [
            replace(edit, update_id=piece.update_id, kind=piece.kind)
            if piece.key == edit.key
            else piece
            for piece in self.pieces
        ]

    def ask_with(self, pieces: list[Incoming]) -> None:
        """Have the message be all of `pieces`, one of which is this edit's."""
        self.pieces = pieces
        self.incoming = replace(joined(pieces), kind=self.incoming.kind)

    def follow(self, chat: int) -> None:
        """Take note that the chat has the id `chat`; in another chat nothing is on screen yet."""
        if chat != self.incoming.chat_id:
            self.incoming, self.panel, self.messages = self.incoming.moved_to(chat), None, ()
            self.pieces = [piece.moved_to(chat) for piece in self.pieces]

    def begin(self, *, at_once: bool = False) -> int:
        """Record that work on the answer begins; returns the number of the attempt, from 1 on.

        An answer that is made `at_once` is recorded from the second attempt on.
        """
        self.tries += 1
        if self.is_resumed or not at_once:
            self.inbox.begin(*self._rows)
        return self.tries

    def shown(self, panel: int | None, messages: tuple[int, ...]) -> None:
        """Record which messages are on screen."""
        self.panel, self.messages = panel, messages
        self.inbox.shown(self._rows, panel, messages)

    def note(self, reply: str | None) -> None:
        """Record that what it asks for is done, and what there is to say; None: it is not done."""
        self.reply = reply
        self.inbox.note(self._rows, reply)

    def done(self) -> None:
        """Record that nothing is left to do."""
        self.inbox.sent(*self._rows)

    def answer_with(self, other: "Job") -> None:
        """Have the answer stand for `other`, too."""
        self._rows += other._rows
        other._rows = []
        if not self.on_screen:
            self.panel, self.messages = other.panel, other.messages
        self.is_resumed = self.is_resumed or other.is_resumed
        self.tries = max(self.tries, other.tries)


def resumed(
    inbox: Inbox, read: Callable[[dict[str, Any]], Incoming | None], now: float
) -> list[Job]:
    """The messages that an earlier process left in `inbox`, oldest first, with their latest words.

    `read` reads an update; what is None then is not answered. `now` is Telegram's time.
    """
    jobs: list[Job] = []
    for entry in inbox.unfinished():
        with skipping(entry.row):
            incoming = read(entry.update)
            if incoming is None:
                inbox.sent(entry.row)
                continue
            incoming = replace(incoming, update_id=entry.row)
            received = time.monotonic() - _age(entry, incoming, now)
            job = Job(incoming, inbox, received, entry.panel, entry.messages, entry.reply)
            job.is_resumed, job.has_begun, job.tries = True, entry.has_begun, entry.tries
            if _is_stop(incoming) and job.reply is None:
                _carry_out(job, jobs)
            asked = next((one for one in jobs if _is_corrected(one, job)), None)
            if asked:
                asked.correct(job)
            else:
                jobs.append(job)
    for job in jobs:
        job.has_begun = False
    return jobs


def _age(entry: Entry, incoming: Incoming, now: float) -> float:
    """How many seconds ago it came, by this machine's clock or by Telegram's: what is less.

    A clock that was set wrong in between closes no question as too old.
    """
    by_telegram = now - incoming.date if incoming.date else math.inf
    return max(0.0, min(time.time() - entry.at, by_telegram))


def _is_stop(incoming: Incoming) -> bool:
    return incoming.kind is MessageKind.STOP or command_of(incoming.text or "") == "stop"


def _carry_out(stop: Job, before: Sequence[Job]) -> None:
    """End the answers that were in progress when somebody asked for that.

    What was asked after it goes on, although the stop is read before that begins again.
    """
    by, ended = stop.incoming, False
    for job in before:
        is_here = job.incoming.conversation == by.conversation
        if is_here and job.has_begun and (job.incoming.sender == by.sender or not by.is_group):
            job.note(STOPPED if job.reply is None else job.reply)
            ended = True
    stop.note(STOPPING if ended else NOTHING_TO_STOP)


def _is_corrected(asked: Job, edit: Job) -> bool:
    """Whether `asked` is the question that `edit` has changed; not if it has an answer of its own.

    A question whose answer had not begun has the new words: they are all that is answered.
    """
    has_answer = edit.on_screen and edit.on_screen != asked.on_screen
    return edit.incoming.kind is MessageKind.EDIT and not has_answer and asked.has(edit.incoming)


@contextlib.contextmanager
def skipping(update_id: int) -> Iterator[None]:
    """Have an unexpected error cost that update alone, and not the poll loop."""
    try:
        yield
    except Exception:
        log.exception("update %d cannot be handled: skipped", update_id)
