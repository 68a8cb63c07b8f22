"""Who may send next: Telegram's limits for each chat and for all, and the pauses it asks for.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this states the limits;
edits count like messages.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from enum import IntEnum
from functools import partial

from engram.core.lru import LRUCache
from engram.core.waits import Wakeup
from engram.telegram.sending.pace import Bucket, Window
from engram.telegram.timer import Timer

# A private chat: three at once and one more every 1.2 s. A group: three at once and one every 4 s,
# which is never more than 18 a minute, where Telegram allows 20.
PRIVATE_PACE, GROUP_PACE = (3, 1.2), (3, 4.0)
CHATS = 20_000
NEVER = float("inf")


class Urgency(IntEnum):
    """What is sent before what, where not all can be sent at once."""

    ANSWER = 0
    FIRST_SIGN = 1
    PREVIEW = 2
    UNASKED = 3
    PLACE = 4


# A message counts from the time at which Telegram had it at the latest, for the limit of all chats:
# a machine or a network that is slow may send many at once. Here is how much later (s) that may be.
LATEST = 0.25
# How much of the limit for all chats each of these leaves free for what is more urgent. First signs
# leave nothing: with all 30 a second, the last of 1,000 who come at once sees one a second sooner.
KEPT_FREE = (0, 0, 5, 10, 12)


class Turn:
    """The right to send one message to `chat`, which is `granted` once `woken` is set.

    It leaves `reserve` messages of what the chat may be sent at once. `at` is when it was granted.
    """

    __slots__ = ("at", "chat", "granted", "reserve", "urgency", "woken")

    def __init__(self, chat: int, urgency: Urgency, reserve: int) -> None:
        self.chat, self.urgency, self.reserve = chat, urgency, reserve
        self.granted, self.at = False, NEVER
        self.woken = Wakeup()


class Turns:
    """Grants turns to all that is sent, the most urgent first and otherwise in its order.

    `per_second` is the limit for all chats together. A chat whose own limit is reached, or that
    Telegram wants left in peace, takes nothing of that until it may be sent something. `first`
    tells the first of the ids that a chat has had.
    """

    def __init__(
        self, per_second: int, timer: Timer, first: Callable[[int], int], pauses: dict[int, float]
    ) -> None:
        self._timer, self._first = timer, first
        self._lock = threading.Lock()
        self._all = Window(per_second, 1.0)
        self._paces: LRUCache[int, Bucket] = LRUCache(CHATS)
        # Until when (monotonic) nothing may be sent, by the chat's first id, as paces are.
        self._pauses = pauses
        self._queues: tuple[deque[Turn], ...] = tuple(deque() for _ in Urgency)
        # What waits for each chat, and when it is looked at next.
        self._waiting: dict[int, list[Turn]] = {}
        self._chat_looks: dict[int, float] = {}
        self._pending: set[Turn] = set()
        self._looks_at = NEVER
        self._stopped = False

    def ask(self, chat: int, urgency: Urgency, reserve: int = 0) -> Turn:
        """A turn for `chat`: granted already, or later, or never after `stop`."""
        turn = Turn(chat, urgency, reserve)
        with self._lock:
            if self._stopped:
                turn.woken.set()
                return turn
            self._pending.add(turn)
            if self._chat_free_at(chat, 0) <= time.monotonic():
                # What the chat has waited for so far comes first, if it is as urgent.
                self._requeue(chat)
            self._queue(turn)
            granted = self._grant()
        _wake(granted)
        return turn

    def is_free(self, chat: int, urgency: Urgency, reserve: int = 0) -> bool:
        """Whether a turn would be granted at once."""
        with self._lock:
            now = time.monotonic()
            overall = self._all.free_at(KEPT_FREE[urgency])
            return max(overall, self._chat_free_at(chat, reserve)) <= now

    def limit(self, per_second: int) -> None:
        """Have another limit for all chats together from now on."""
        with self._lock:
            self._all.resize(per_second)
            granted = self._grant()
        _wake(granted)

    def give_up(self, turn: Turn) -> None:
        """Want `turn` no more."""
        with self._lock:
            # What is still in a queue is passed over.
            self._pending.discard(turn)

    def sent(self, turn: Turn) -> None:
        """Know that Telegram has what was sent in `turn`, or that it never will."""
        with self._lock:
            self._all.move(turn.at, min(time.monotonic(), turn.at + LATEST))

    def stop(self) -> None:
        """Wake everybody who waits for a turn; they are granted none."""
        with self._lock:
            self._stopped = True
            pending, self._pending = self._pending, set()
        _wake(pending)

    def pause_left(self, chat: int) -> float:
        """How many seconds of a pause are left in `chat`; 0 or less without one."""
        with self._lock:
            return self._pauses.get(self._first(chat), 0.0) - time.monotonic()

    def pause(self, chat: int, seconds: float) -> float:
        """Send `chat` nothing for `seconds`; returns how many are left of the longest pause."""
        first, now = self._first(chat), time.monotonic()
        with self._lock:
            self._pauses[first] = until = max(self._pauses.get(first, 0.0), now + seconds)
            # Telegram found it too much: when the pause is over, one message goes first, alone.
            self._pace(chat).leave_one(until)
            self._pauses = {who: until for who, until in self._pauses.items() if until > now}
            return until - now

    def assume_spent(self, chat: int) -> None:
        """Assume that an earlier process has just sent `chat` all that may be sent at once."""
        with self._lock:
            self._pace(chat).drain(time.monotonic())

    def _queue(self, turn: Turn) -> None:
        """Have `turn` wait for its chat, or else for the limit of all chats."""
        at = self._chat_free_at(turn.chat, turn.reserve)
        if at <= time.monotonic():
            self._queues[turn.urgency].append(turn)
            return
        self._waiting.setdefault(turn.chat, []).append(turn)
        if at < self._chat_looks.get(turn.chat, NEVER):
            self._chat_looks[turn.chat] = at
            self._timer.at(at, partial(self._chat_is_free, turn.chat))

    def _chat_is_free(self, chat: int) -> None:
        """Look at all that waits for `chat` at once: the most urgent goes first."""
        with self._lock:
            if self._chat_looks.get(chat, NEVER) > time.monotonic():
                return  # it was looked at since, and will be again
            self._requeue(chat)
            granted = self._grant()
        _wake(granted)

    def _requeue(self, chat: int) -> None:
        self._chat_looks.pop(chat, None)
        for turn in self._waiting.pop(chat, ()):
            if turn in self._pending:
                self._queue(turn)

    def _grant(self) -> list[Turn]:
        """Grant all turns that can be granted now, and look again when there may be more."""
        granted: list[Turn] = []
        now = time.monotonic()
        for urgency, queue in enumerate(self._queues):
            while queue:
                free_at = self._all.free_at(KEPT_FREE[urgency])
                if free_at > now:
                    self._look_at(free_at)
                    return granted
                turn = queue.popleft()
                if turn not in self._pending:
                    continue
                if self._chat_free_at(turn.chat, turn.reserve) > now:
                    # Another turn of the same chat came first.
                    self._queue(turn)
                    continue
                self._all.take(now)
                self._pace(turn.chat).take(now)
                self._pending.discard(turn)
                turn.granted, turn.at = True, now
                granted.append(turn)
        return granted

    def _look_at(self, when: float) -> None:
        if when < self._looks_at:
            self._looks_at = when
            self._timer.at(when, self._look)

    def _look(self) -> None:
        with self._lock:
            self._looks_at = NEVER
            granted = self._grant()
        _wake(granted)

    def _chat_free_at(self, chat: int, reserve: int) -> float:
        paused_until = self._pauses.get(self._first(chat), 0.0)
        return max(paused_until, self._pace(chat).free_at(reserve))

    def _pace(self, chat: int) -> Bucket:
        first = self._first(chat)
        pace = self._paces.get(first)
        if pace is None:
            pace = Bucket(*(GROUP_PACE if first < 0 else PRIVATE_PACE))
            self._paces.put(first, pace)
        return pace


def _wake(turns: list[Turn] | set[Turn]) -> None:
    for turn in turns:
        turn.woken.set()
