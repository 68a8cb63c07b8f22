"""Ctrl-C in an answer: it ends the answer, and no work in the middle."""

import contextlib
import queue
import signal
import threading
import time
from collections.abc import Callable, Generator
from types import FrameType

from engram.core.events import Event

# Seconds between two looks whether Ctrl-C was pressed: Windows wakes nobody who waits.
LOOK = 0.1
# Seconds that a stopped answer has to end; nothing stops a request for market data.
GRACE = 2.0


def stoppable(
    events: Generator[Event, None, None], stop: Callable[[], bool]
) -> Generator[Event, None, None]:
    """`events`, made in a thread of their own, from the main thread.

    With Ctrl-C `stop` is called until it returns true, which it does once there is something to
    stop; then come the last events, or none when they are not there within two seconds. Should
    even that not happen, because the reader is busy, a later Ctrl-C raises `KeyboardInterrupt`.
    """
    # A `SimpleQueue` whose `get` a signal interrupts at its timeout waits for ever (CPython 3.11).
    made: queue.Queue[Event | None] = queue.Queue()
    pressed: list[float] = []

    def make() -> None:
        try:
            with contextlib.closing(events):
                for event in events:
                    made.put(event)
        finally:
            made.put(None)

    def press(_signum: int, _frame: FrameType | None) -> None:
        if pressed and time.monotonic() > pressed[0] + 2 * GRACE:
            raise KeyboardInterrupt
        pressed.append(time.monotonic())

    before, stopped = signal.signal(signal.SIGINT, press), False
    try:
        threading.Thread(target=make, name="console", daemon=True).start()
        while not pressed or time.monotonic() < pressed[0] + GRACE:
            stopped = stopped or (bool(pressed) and stop())
            try:
                event = made.get(timeout=LOOK)
            except queue.Empty:
                continue
            if event is None:
                return
            yield event
    finally:
        signal.signal(signal.SIGINT, before)
