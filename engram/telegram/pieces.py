"""Joins what comes in pieces: an album, a paste that was cut, a picture and the words about it."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from engram.chat.commands import TYPED, command_of
from engram.core.lru import LRUCache
from engram.telegram.incoming import NO_QUOTATION, Author, Incoming, MessageKind
from engram.telegram.job import Job

log = logging.getLogger(__name__)

# Seconds in which the next piece follows, by our clock and by Telegram's, which counts whole ones.
WAIT, APART = 1.0, 2
# A text of this many UTF-16 units may have been cut: clients do that at 4,096, or at the end of a
# line or word before.
LONG = 4000
# While nothing can be read from Telegram they are awaited for so many seconds, at most.
LATEST = 60.0
# More pieces of one message are not read.
PIECES = 16
# So many albums are known, so that the late parts of one are no messages of their own.
ALBUMS = 1000


def may_go_on(incoming: Incoming) -> bool:
    """Whether the message may have another piece, which is worth waiting for.

    That of a picture or a file without a word is the question about it.
    """
    is_long = incoming.length >= LONG
    has_more = is_long or bool(incoming.album) or incoming.is_wordless
    return incoming.kind is MessageKind.MESSAGE and has_more


@dataclass(slots=True)
class _Held:
    """A message whose next piece is awaited until `until` (monotonic), or `latest` at most.

    `last` is its latest piece.
    """

    job: Job
    last: Incoming
    until: float = 0.0
    latest: float = 0.0
    is_released: bool = False


class Pieces:
    """Calls `release` with each message once it is complete.

    That is at once, unless a further piece of the same person may follow within a second. A thread
    that calls `watch` looks after those that wait, so that whoever puts a message in never does.
    `is_cut_off` tells that the next piece cannot be read from Telegram at the moment.
    """

    def __init__(
        self, release: Callable[[Job], None], is_cut_off: Callable[[], bool] = lambda: False
    ) -> None:
        self._release = release
        self._is_cut_off = is_cut_off
        self._albums: LRUCache[tuple[Author, str], bool] = LRUCache(ALBUMS)
        # What waits longest comes first.
        self._held: dict[Author, _Held] = {}
        self._changed = threading.Condition()
        self._stopped = False

    def awaits(self, author: Author) -> bool:
        """Whether what `author` says next may be a piece of a message."""
        with self._changed:
            return author in self._held

    def put(self, job: Job) -> None:
        """Take a message, or a piece of one."""
        incoming = job.incoming
        with self._changed:
            held = self._held.pop(incoming.author, None)
            if held and _goes_on(held, job):
                self._add(held, job)
            else:
                if held:
                    self._let_go(held)
                if incoming.text is None and self._albums.get((incoming.author, incoming.album)):
                    # The rest of what was answered already.
                    job.done()
                    return
                held = _Held(job, incoming)
            if not may_go_on(incoming):
                self._let_go(held)
                return
            now = time.monotonic()
            held.last, held.until, held.latest = incoming, now + WAIT, now + LATEST
            self._held[incoming.author] = held
            self._changed.notify()

    def correct(self, edit: Job) -> bool:
        """Whether `edit` is of a piece of a message that waits, which has the new words then."""
        with self._changed:
            held = self._held.get(edit.incoming.author)
            if not held or held.is_released or not held.job.has(edit.incoming):
                return False
            held.job.correct(edit)
            return True

    def watch(self) -> None:
        """Release what has waited long enough, until `stop`."""
        with self._changed:
            while not self._stopped:
                author, held = next(iter(self._held.items()), (None, None))
                now = time.monotonic()
                if held and now < held.latest and self._is_cut_off():
                    held.until = now + WAIT
                if author and held and held.until <= now:
                    del self._held[author]
                    self._let_go(held)
                else:
                    self._changed.wait(min(held.until - now, WAIT / 4) if held else None)

    def stop(self) -> None:
        """Release nothing more; what waits stays in the inbox."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _add(self, held: _Held, piece: Job) -> None:
        if held.is_released:
            piece.done()
        elif held.job.has(piece.incoming):
            # Telegram may deliver a message twice, even under two numbers.
            held.job.correct(piece)
        elif len(held.job.pieces) < PIECES:
            held.job.join(piece)
        else:
            # Its row stays with the message: after a crash it is known again that there was more.
            held.job.cut(piece)
            self._let_go(held)

    def _let_go(self, held: _Held) -> None:
        if held.is_released:
            return
        held.is_released = True
        # Words about an album are its last piece, and no part of it.
        whole = held.job.incoming
        if whole.album:
            self._albums.put((whole.author, whole.album), True)
        try:
            self._release(held.job)
        except Exception:
            log.exception("a message cannot be answered now: it stays in the inbox")


def _goes_on(held: _Held, job: Job) -> bool:
    """Whether `job` is the next piece of the message that is `held`."""
    whole, before, after = held.job.incoming, held.last, job.incoming
    has_answer_of_its_own = job.on_screen and job.on_screen != held.job.on_screen
    if has_answer_of_its_own:
        return False
    if after.album or (before.album and not whole.is_wordless):
        return after.album == before.album
    is_near = not (before.date and after.date) or abs(after.date - before.date) <= APART
    is_text = after.text is not None and not after.is_caption
    return (
        is_text
        and is_near
        and set(after.brings.attachments) <= set(whole.brings.attachments)
        and command_of(after.text or "") not in TYPED
        and after.replies_to in (None, whole.replies_to)
        and after.quotation in (NO_QUOTATION, whole.quotation)
    )
