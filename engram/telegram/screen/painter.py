"""Draws everything on screen when it is due, with a few threads for all chats together."""

import contextlib
import heapq
import itertools
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from engram.telegram.lanes import ChatLanes

# Telegram takes 30 messages a second and answers each within some tenths of one.
THREADS = 8

#: Draws what is new; returns after how many seconds to do so again, None for never.
Paint: TypeAlias = Callable[[], float | None]


class Painter:
    """Calls each `paint` when it is due, and never twice at once."""

    def __init__(self, threads: int = THREADS) -> None:
        self._lanes = ChatLanes(threads, "painter")
        self._changed = threading.Condition()
        self._due: dict[Paint, float] = {}
        self._queue: list[tuple[float, int, Paint]] = []
        self._number = itertools.count()
        self._is_running = False

    def soon(self, paint: Paint, seconds: float) -> None:
        """Call `paint` in `seconds`, or earlier if it is due earlier anyway."""
        when = time.monotonic() + seconds
        with self._changed:
            if self._due.get(paint, when + 1) <= when:
                return
            self._due[paint] = when
            heapq.heappush(self._queue, (when, next(self._number), paint))
            if not self._is_running:
                threading.Thread(target=self._run, name="painter", daemon=True).start()
                self._is_running = True
            elif self._queue[0][2] == paint:
                self._changed.notify()

    def forget(self, paint: Paint) -> None:
        """Do not call `paint` again, unless `soon` is called for it again."""
        with self._changed:
            self._due.pop(paint, None)

    def _run(self) -> None:
        while True:
            paint = self._take()
            # One that waits for a thread will draw the newest state as well.
            if not self._lanes.depth(paint):
                # Without a thread to be had, it waits for the next one that starts.
                with contextlib.suppress(RuntimeError):
                    self._lanes.put(paint, partial(self._paint, paint))

    def _paint(self, paint: Paint) -> None:
        if (again := paint()) is not None:
            self.soon(paint, again)

    def _take(self) -> Paint:
        """Wait until one is due, and return it."""
        with self._changed:
            while True:
                now = time.monotonic()
                while self._queue and self._due.get(self._queue[0][2]) != self._queue[0][0]:
                    heapq.heappop(self._queue)  # forgotten, or due at another time
                if self._queue and self._queue[0][0] <= now:
                    _, _, paint = heapq.heappop(self._queue)
                    del self._due[paint]
                    return paint
                self._changed.wait(self._queue[0][0] - now if self._queue else None)
