"""Calls that put no message on screen: questions to Telegram, "typing", the answers to presses."""

import logging
import time
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from engram.core.lru import LRUCache
from engram.core.waits import Steps, wait
from engram.storage.moves import Moves
from engram.telegram.lanes import ChatLanes
from engram.telegram.sending.contact import Contact
from engram.telegram.sending.refusals import PRESS_GONE, NotNowError, Tries, UndeliverableError
from engram.telegram.sending.turns import CHATS, Turns
from engram.telegram.timer import Timer

log = logging.getLogger(__name__)

T = TypeVar("T")
# For so long (s) the answer to a press is tried.
PRESS_FOR = 15.0
# How many such calls may wait for a thread.
MOST_WAITING = 200


class Call(Enum):
    """What is asked of Telegram or shown, and is no message; each has limits of its own."""

    QUESTION = "question"
    ACTION = "action"
    PRESS = "press"


# How many threads make them: however long "typing" takes, who presses is answered.
THREADS = {Call.ACTION: 2, Call.PRESS: 3}


class Calls:
    """Makes such calls by `contact`, without a turn and unless `turns` knows of a pause.

    A pause that Telegram asks for here is one of calls of the same kind, and holds up no message.
    """

    def __init__(self, contact: Contact, turns: Turns, moves: Moves, timer: Timer) -> None:
        self._contact, self._turns, self._moves = contact, turns, moves
        # Until when (monotonic) Telegram wants no more of these calls.
        self._pauses: LRUCache[tuple[int, Call], float] = LRUCache(CHATS)
        self._lanes = {
            what: ChatLanes(threads, what.value, timer, spare=threads)
            for what, threads in THREADS.items()
        }

    def ask(self, chat: int, call: Callable[[], T]) -> T | None:
        """The result of `call`, now and once; None during a pause and when Telegram gives none."""
        found: list[T] = []
        self._made(chat, lambda: found.append(call()), Call.QUESTION, Tries(refused_for=0))
        return found[0] if found else None

    def best_effort(self, chat: int, call: Callable[[], Any], what: Call) -> None:
        """Make `call` soon and once, unless a pause forbids it: for what may be missed.

        The answer to a press is tried a little longer, also after a pause. It returns at once,
        however long Telegram takes.
        """
        if self._lanes[what].waiting < MOST_WAITING:
            self._lanes[what].put(object(), lambda: self._show(chat, call, what))

    def _show(self, chat: int, call: Callable[[], Any], what: Call) -> Steps[None]:
        until = time.monotonic() + (PRESS_FOR if what is Call.PRESS else 0.0)
        tries = Tries(mends=lambda refusal: PRESS_GONE in refusal.description)
        while (pause := self._made(chat, call, what, tries)) is not None:
            if time.monotonic() + pause > until:
                return
            yield from wait(self._contact.stopped, time.monotonic() + pause)

    def _made(self, chat: int, call: Callable[[], Any], what: Call, tries: Tries) -> float | None:
        """Make `call` once; returns after how many seconds to try it again."""
        key, now = (self._moves.first(chat), what), time.monotonic()
        left = (self._pauses.get(key) or 0.0) - now
        # The answer to a press appears in no chat, so that no chat's pause holds it up.
        if what is not Call.PRESS:
            left = max(left, self._turns.pause_left(chat))
        if left > 0:
            return left
        try:
            self._contact.call(chat, call)
            return None
        except (UndeliverableError, NotNowError) as err:
            level = logging.WARNING if what is Call.QUESTION else logging.DEBUG
            log.log(level, "Telegram gives no answer about %d (%s): %s", chat, what.value, err)
            if isinstance(err, UndeliverableError):
                return tries.refused(err)
            if err.reason:
                return tries.failed()
            self._pauses.put(key, now + err.wait)
            return err.wait
