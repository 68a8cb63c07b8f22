"""Draws everything on screen when it is due, with a few threads for all chats together."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Hashable
from functools import partial
from typing import Protocol

from engram.telegram.lanes import ChatLanes

# Telegram takes 30 messages a second and answers each within some tenths of one.
THREADS = 8


class Paintable(Hashable, Protocol):
    """Something on screen that is drawn again and again."""

    def paint(self) -> float | None:
        """Draw what is new; returns after how many seconds to do so again, None for never."""


class Painter:
    """Calls `paint` of each paintable when it is due, and never twice at once for the same one."""

    def __init__(self, threads: int = THREADS) -> None:
        self._lanes = ChatLanes(threads, "painter")
        self._changed = threading.Condition()
        self._due: dict[Paintable, float] = {}
        self._queue: list[tuple[float, int, Paintable]] = []
        self._number = itertools.count()
        self._is_running = False

    def soon(self, paintable: Paintable, seconds: float) -> None:
        """Paint `paintable` in so many seconds, or earlier if it is due earlier anyway."""
        when = time.monotonic() + seconds
        with self._changed:
            if self._due.get(paintable, when + 1) <= when:
                return
            self._due[paintable] = when
            heapq.heappush(self._queue, (when, next(self._number), paintable))
            if not self._is_running:
                threading.Thread(target=self._run, name="painter", daemon=True).start()
                self._is_running = True
            elif self._queue[0][2] is paintable:
                self._changed.notify()

    def forget(self, paintable: Paintable) -> None:
        """Do not paint `paintable` again, unless `soon` is called for it again."""
        with self._changed:
            self._due.pop(paintable, None)

    def _run(self) -> None:
        while True:
            paintable = self._take()
            # A paint that has not begun will draw the newest state as well.
            if not self._lanes.depth(paintable):
                self._lanes.put(paintable, partial(self._paint, paintable))

    def _paint(self, paintable: Paintable) -> None:
        if (again := paintable.paint()) is not None:
            self.soon(paintable, again)

    def _take(self) -> Paintable:
        """Wait until a paintable is due, and return it."""
        with self._changed:
            while True:
                now = time.monotonic()
                while self._queue and self._due.get(self._queue[0][2]) != self._queue[0][0]:
                    heapq.heappop(self._queue)  # forgotten, or due at another time
                if self._queue and self._queue[0][0] <= now:
                    _, _, paintable = heapq.heappop(self._queue)
                    del self._due[paintable]
                    return paintable
                self._changed.wait(self._queue[0][0] - now if self._queue else None)
