"""Runs the tasks of one chat in their order and chats side by side, on a limit of threads."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from functools import partial
from typing import TypeAlias

from engram.core.waits import Steps, Waits
from engram.telegram.timer import Timer

log = logging.getLogger(__name__)

#: What is run: a call, whose result may be steps that remain to be taken.
Task: TypeAlias = Callable[[], Steps[None] | None]
IDLE_SECONDS = 30.0
# Where all threads are busy: how soon (s) it is looked whether there may be more of them.
LOOK_AGAIN = 0.2
# A thread that is kept for so long (s) by one step, such as a call without a reply, is held up.
HELD_UP = 1.0


class ChatLanes:
    """Runs the tasks of one lane one after the other, and those of different lanes side by side.

    A task that waits keeps its lane and no thread. There are at most `threads` daemon threads,
    which start when they are needed and end after a while without work. A lane that has run a task
    goes to the end of the queue, so that no lane keeps the others waiting. `timer` knows when a
    wait is over. For threads that are held up there are others, up to `spare`.
    """

    def __init__(
        self,
        threads: int | Callable[[], int],
        name: str,
        timer: Timer | None = None,
        spare: int = 0,
    ) -> None:
        self._limit = threads if callable(threads) else lambda: threads
        self._spare = spare
        # Since when (monotonic) a thread has been at work on each lane.
        self._since: dict[Hashable, float] = {}
        self._name = name
        self._timer = timer or Timer()
        # In short lists: there may be thousands of lanes, and an empty deque takes 600 bytes.
        self._tasks: dict[Hashable, list[Task]] = {}
        # The task that each lane is in the middle of; another number tells each wait apart.
        self._begun: dict[Hashable, Steps[None]] = {}
        self._waits: dict[Hashable, int] = {}
        self._number = 0
        # Lanes whose wait is over go first: Telegram has given them their turn.
        self._resumed: deque[Hashable] = deque()
        self._ready: deque[Hashable] = deque()
        self._changed = threading.Condition()
        self._threads = self._idle = 0
        self._looks_again = False

    @property
    def waiting(self) -> int:
        """How many tasks have not begun."""
        with self._changed:
            return sum(len(tasks) for tasks in self._tasks.values())

    @property
    def open(self) -> int:
        """How many lanes have a task that is not at its end."""
        with self._changed:
            return len(self._tasks)

    def depth(self, lane: Hashable) -> int:
        """How many tasks of `lane` have not begun."""
        with self._changed:
            return len(self._tasks.get(lane, ()))

    def length(self, lane: Hashable) -> int:
        """How many tasks of `lane` are not at their end."""
        with self._changed:
            return len(self._tasks[lane]) + 1 if lane in self._tasks else 0

    def put(self, lane: Hashable, task: Task) -> None:
        """Run `task` after all that was put into `lane` before."""
        with self._changed:
            if lane in self._tasks:
                self._tasks[lane].append(task)
                return
            self._tasks[lane] = [task]
            self._ready.append(lane)
            self._hire()

    def _hire(self) -> None:
        """Have a thread for what is ready, if there may be one more."""
        backlog = len(self._ready) + len(self._resumed)
        if backlog > self._idle and not self._starts() and not self._looks_again:
            self._looks_again = True
            self._timer.at(time.monotonic() + LOOK_AGAIN, self._look_again)
        self._changed.notify()

    def _starts(self) -> bool:
        """Start one more thread; False where there may be no more, or the machine has none."""
        if self._threads >= self._limit() + self._held_up():
            return False
        try:
            threading.Thread(target=self._work, name=self._name, daemon=True).start()
        except RuntimeError as err:
            log.warning("%s: %s", self._name, err)
            return False
        self._threads += 1
        return True

    def _held_up(self) -> int:
        """For how many threads there may be another one."""
        now = time.monotonic()
        return min(self._spare, sum(now - since > HELD_UP for since in self._since.values()))

    def _look_again(self) -> None:
        with self._changed:
            self._looks_again = False
            for _ in range(len(self._ready) + len(self._resumed)):
                self._hire()

    def _work(self) -> None:
        while (lane := self._take()) is not None:
            thread = threading.current_thread()
            # In the log only a chat is worth a name, and not the address of an object.
            thread.name = f"{self._name} {lane}" if isinstance(lane, int | str) else self._name
            try:
                waits = self._go_on(lane)
            except Exception:
                log.exception("%s: failed unexpectedly", thread.name)
                waits = None
            if waits:
                self._park(lane, waits)
            else:
                self._put_back(lane)

    def _go_on(self, lane: Hashable) -> Waits | None:
        """Take the next steps of the lane's task; returns what it waits for, None at its end."""
        # No other thread takes a task of this lane before it is put back.
        steps = self._begun.pop(lane, None)
        if steps is None:
            steps = self._tasks[lane].pop(0)()
        if steps is not None and (waits := next(steps, None)):
            self._begun[lane] = steps
            return waits
        return None

    def _park(self, lane: Hashable, waits: Waits) -> None:
        with self._changed:
            self._since.pop(lane, None)
            self._number += 1
            number = self._waits[lane] = self._number
        resume = partial(self._resume, lane, number)
        waits.woken.calls(resume)
        if waits.until < float("inf"):
            self._timer.at(waits.until, resume)

    def _resume(self, lane: Hashable, number: int) -> None:
        with self._changed:
            if self._waits.get(lane) == number:
                del self._waits[lane]
                self._resumed.append(lane)
                self._hire()

    def _take(self) -> Hashable | None:
        """The next lane to work on; None after a long time without one: the thread may end."""
        with self._changed:
            self._idle += 1
            found = self._changed.wait_for(
                lambda: self._resumed or self._ready, timeout=IDLE_SECONDS
            )
            self._idle -= 1
            if not found:
                self._threads -= 1
                return None
            lane = (self._resumed or self._ready).popleft()
            self._since[lane] = time.monotonic()
            return lane

    def _put_back(self, lane: Hashable) -> None:
        with self._changed:
            self._since.pop(lane, None)
            if self._tasks[lane]:
                self._ready.append(lane)
                self._changed.notify()
            else:
                del self._tasks[lane]
