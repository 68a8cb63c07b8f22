"""Draws what is due, when it is due, on a few threads for all chats together."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from typing import Protocol

log = logging.getLogger(__name__)

# Telegram takes 30 messages a second and answers each within some tenths of one.
THREADS = 8


class Canvas(Protocol):
    """Something that is drawn again and again."""

    def paint(self) -> float | None:
        """Draw what is new; returns after how many seconds to come back, None for not by itself."""


class Painter:
    """Calls `paint` of each canvas when it is due, never twice at a time for the same one."""

    def __init__(self, threads: int = THREADS) -> None:
        self._limit = threads
        self._threads = 0
        self._idle = 0
        self._changed = threading.Condition()
        self._due: dict[Canvas, float] = {}
        self._painting: set[Canvas] = set()
        self._queue: list[tuple[float, int, Canvas]] = []
        self._number = itertools.count()

    def soon(self, canvas: Canvas, seconds: float) -> None:
        """Have `canvas` painted in so many seconds, or earlier if it is due earlier anyway."""
        when = time.monotonic() + seconds
        with self._changed:
            if self._due.get(canvas, when + 1) <= when:
                return
            self._due[canvas] = when
            if canvas not in self._painting:
                self._push(canvas)

    def forget(self, canvas: Canvas) -> None:
        """Do not paint `canvas` again, unless it is asked for anew."""
        with self._changed:
            self._due.pop(canvas, None)

    def _push(self, canvas: Canvas) -> None:
        heapq.heappush(self._queue, (self._due[canvas], next(self._number), canvas))
        if not self._idle and self._threads < self._limit:
            threading.Thread(target=self._run, name="painter", daemon=True).start()
            self._threads += 1
        if self._queue[0][2] is canvas:
            # Otherwise whoever waits for the first one will see it in time.
            self._changed.notify()

    def _run(self) -> None:
        while True:
            canvas = self._take()
            try:
                again = canvas.paint()
            except Exception:
                log.exception("painting failed unexpectedly")
                again = None
            with self._changed:
                self._painting.discard(canvas)
                if again is not None:
                    when = time.monotonic() + again
                    self._due[canvas] = min(when, self._due.get(canvas, when))
                if canvas in self._due:
                    self._push(canvas)

    def _take(self) -> Canvas:
        """The next canvas, once it is due."""
        with self._changed:
            self._idle += 1
            while True:
                now = time.monotonic()
                while self._queue and self._due.get(self._queue[0][2]) != self._queue[0][0]:
                    heapq.heappop(self._queue)  # it was forgotten, or is due at another time
                if self._queue and self._queue[0][0] <= now:
                    _, _, canvas = heapq.heappop(self._queue)
                    del self._due[canvas]
                    self._painting.add(canvas)
                    self._idle -= 1
                    return canvas
                self._changed.wait(self._queue[0][0] - now if self._queue else None)
