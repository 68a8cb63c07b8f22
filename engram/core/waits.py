"""Waiting without a thread: work in steps says what it waits for, and goes on when that has come.

Such work is a generator that yields `Waits`. Whoever runs it may put it aside until then and have
its thread do something else; to one who just asks for the next step the generator blocks instead.
"""

import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

T = TypeVar("T")


def doubling(first: float = 1.0, most: float | None = None) -> Iterator[float]:
    """Yield how long to wait: `first`, twice as long, and so on, but never more than `most`."""
    # It brings asyncio, 2 MB that a bot need not spend before anything has failed.
    import backoff

    waits = backoff.expo(factor=first, max_value=most)
    next(waits)  # backoff's generators start with an empty value
    yield from waits


class Wakeup:
    """A flag that any thread can set, once and for good; it can be waited for, and calls back."""

    __slots__ = ("_call", "_event", "_is_set", "_lock")

    def __init__(self) -> None:
        self._is_set = False
        self._lock = threading.Lock()
        self._call: Callable[[], None] | None = None
        # Most are never waited for by a thread, and thousands of them may be open.
        self._event: threading.Event | None = None

    def is_set(self) -> bool:
        """Whether `set` was called."""
        return self._is_set

    def set(self) -> None:
        """Wake whoever waits for it."""
        with self._lock:
            self._is_set = True
            call, self._call = self._call, None
            if self._event:
                self._event.set()
        if call:
            call()

    def wait(self, seconds: float) -> bool:
        """Block until it is set, or `seconds` have passed; returns whether it is set."""
        with self._lock:
            if self._is_set or seconds <= 0:
                return self._is_set
            event = self._event = self._event or threading.Event()
        return event.wait(min(seconds, threading.TIMEOUT_MAX))

    def calls(self, call: Callable[[], None]) -> None:
        """Have `set` call `call`, and no earlier one; at once if it is set already."""
        with self._lock:
            if not self._is_set:
                self._call = call
                return
        call()


@dataclass(frozen=True, slots=True)
class Waits:
    """The work goes on once `woken` is set, at the latest at the time `until` (s, monotonic)."""

    woken: Wakeup
    until: float


#: Work that yields what it waits for, and returns a `T`.
Steps: TypeAlias = Generator[Waits, None, T]


class Held:
    """How many threads wait for others all the same; for several threads.

    with held:
        answer = call_that_may_take_seconds()
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.threads = 0

    def __enter__(self) -> None:
        with self._lock:
            self.threads += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.threads -= 1


def wait(woken: Wakeup, until: float) -> Steps[None]:
    """Wait until `woken` is set, or until the time `until` (seconds, monotonic)."""
    if not woken.is_set() and time.monotonic() < until:
        yield Waits(woken, until)
        # Only a reader that did not wait by itself is held up here.
        woken.wait(max(0.0, until - time.monotonic()))


def finished(steps: Steps[T]) -> T:
    """Take all `steps`, waiting in this thread, and return the result."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result


class Errand(Protocol):
    """What another thread does because somebody asked for it; for any thread."""

    @property
    def fraction(self) -> float | None:
        """How far it is, 0..1; None where that is not known."""

    @property
    def is_over(self) -> bool:
        """Whether it is done, or has failed."""

    def calls(self, wake: Callable[[], None]) -> None:
        """Have `wake` be called once it is over; at once if it is."""

    def result(self) -> float | None:
        """The seconds that it took, None if there was nothing to do; for one that is over.

        Raises what it failed of.
        """
