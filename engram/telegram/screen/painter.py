"""Draws everything on screen when it is due, with a few threads for all chats together."""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from engram.telegram.lanes import ChatLanes
from engram.telegram.timer import Timer

# Telegram takes 30 messages a second and answers each within some tenths of one.
THREADS = 6
# In place of those that Telegram keeps waiting.
SPARE = 12
# What is due so soon (s) after something else is due together with it.
SAME = 0.001

#: Draws what is new; returns after how many seconds to do so again, None for never.
Paint: TypeAlias = Callable[[], float | None]


class Painter:
    """Calls each `paint` when it is due by `timer`, and never twice at once."""

    def __init__(self, timer: Timer | None = None, threads: int = THREADS) -> None:
        self._timer = timer or Timer()
        self._lanes = ChatLanes(threads, "painter", self._timer, spare=SPARE)
        self._lock = threading.Lock()
        self._due: dict[Paint, float] = {}

    def soon(self, paint: Paint, seconds: float) -> None:
        """Call `paint` in `seconds`, or earlier if it is due earlier anyway."""
        when = time.monotonic() + seconds
        with self._lock:
            if self._due.get(paint, when + 1) < when + SAME:
                return
            self._due[paint] = when
        call, is_due = partial(self._call, paint, when), lambda: self._due.get(paint) == when
        self._timer.at(when, call, is_due)

    def forget(self, paint: Paint) -> None:
        """Do not call `paint` again, unless `soon` is called for it again."""
        with self._lock:
            self._due.pop(paint, None)

    def _call(self, paint: Paint, when: float) -> None:
        with self._lock:
            if self._due.get(paint) != when:
                return  # forgotten, or due at another time
            del self._due[paint]
        # One that waits for a thread will draw the newest state as well.
        if not self._lanes.depth(paint):
            self._lanes.put(paint, partial(self._paint, paint))

    def _paint(self, paint: Paint) -> None:
        if (again := paint()) is not None:
            self.soon(paint, again)
