"""Runs the tasks of one chat in their order and chats side by side, on a limit of threads."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable
from typing import TypeAlias

log = logging.getLogger(__name__)

Task: TypeAlias = Callable[[], None]
IDLE_SECONDS = 30.0


class ChatLanes:
    """Runs the tasks of one lane one after the other, and those of different lanes side by side.

    It uses at most `threads` daemon threads, which start when they are needed and end after a while
    without work. A lane that has run a task goes to the end of the queue, so that no lane keeps the
    others waiting.
    """

    def __init__(self, threads: int, name: str) -> None:
        self._limit = threads
        self._name = name
        self._tasks: dict[Hashable, deque[Task]] = {}
        self._ready: deque[Hashable] = deque()
        self._changed = threading.Condition()
        self._threads = 0
        self._idle = 0

    @property
    def waiting(self) -> int:
        """How many tasks have not begun."""
        with self._changed:
            return sum(len(tasks) for tasks in self._tasks.values())

    def depth(self, lane: Hashable) -> int:
        """How many tasks of `lane` have not begun."""
        with self._changed:
            return len(self._tasks.get(lane, ()))

    def put(self, lane: Hashable, task: Task) -> None:
        """Run `task` after all that was put into `lane` before."""
        with self._changed:
            if lane in self._tasks:
                self._tasks[lane].append(task)
                return
            self._tasks[lane] = deque([task])
            self._ready.append(lane)
            if len(self._ready) > self._idle and self._threads < self._limit:
                # Counted once it runs: the machine may have no thread to give at the moment.
                threading.Thread(target=self._work, name=self._name, daemon=True).start()
                self._threads += 1
            self._changed.notify()

    def _work(self) -> None:
        while (lane := self._take()) is not None:
            # No other thread takes a task of this lane before it is put back.
            task = self._tasks[lane].popleft()
            thread = threading.current_thread()
            # In the log only a chat is worth a name, and not the address of an object.
            thread.name = f"{self._name} {lane}" if isinstance(lane, int | str) else self._name
            try:
                task()
            except Exception:
                log.exception("%s: failed unexpectedly", thread.name)
            self._put_back(lane)

    def _take(self) -> Hashable | None:
        """The next lane to work on; None after a long time without one: the thread may end."""
        with self._changed:
            self._idle += 1
            found = self._changed.wait_for(lambda: self._ready, timeout=IDLE_SECONDS)
            self._idle -= 1
            if not found:
                self._threads -= 1
                return None
            return self._ready.popleft()

    def _put_back(self, lane: Hashable) -> None:
        with self._changed:
            if self._tasks[lane]:
                self._ready.append(lane)
                self._changed.notify()
            else:
                del self._tasks[lane]
