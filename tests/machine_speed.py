"""How much slower than idle this machine is at the moment: the one place that measures it.

What tests allow is written in seconds of an idle machine. `within` waits, and `IdleClock` tells how
long something took, in such seconds: those of the clock divided by how slow the machine was during
them. Beside other work a bound grows as the machine slows down, on an idle machine it is what it
says.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Sequence
from itertools import pairwise

# Bound here, so that a test that turns the clock of all others does not turn this one.
from time import monotonic, perf_counter
from typing import Any, TypeVar

# One measurement is so many pieces of work, each short enough to run now and then undisturbed. It
# takes a hundredth of a second on an idle machine, and a suite measures a thousand times.
PIECES = 40
ROUNDS = 15_000
# An idle machine is never quite steady; and beyond so much nobody waits any longer.
STEADY, SLOWEST = 1.3, 25.0
# For deadlines that a test must not meet, however slow the machine is; seconds.
LONG = 120.0
# How often a wait, and a clock, looks how slow the machine has become; seconds.
LOOK, SHORTEST = 2.0, 0.05
LOOK_WHILE_TIMING = 0.4

Result = TypeVar("Result")

_undisturbed = float("inf")


def slowness() -> float:
    """How many times as long as on this machine when idle a small piece of work takes now.

    What it takes undisturbed is the shortest time that any piece has taken so far.
    """
    global _undisturbed
    times = [_piece() for _ in range(PIECES)]
    _undisturbed = min(_undisturbed, *times)
    found = sum(times) / PIECES / _undisturbed
    return 1.0 if found < STEADY else min(found, SLOWEST)


def _piece() -> float:
    began = perf_counter()
    for _ in range(ROUNDS):
        pass
    return perf_counter() - began


def within(seconds: float, wait: Callable[[float], Result]) -> Result:
    """Wait `seconds` of an idle machine at most; what `wait` returns, as soon as that is true.

    `wait` is given how long it may wait before the speed of the machine is measured again.
    """
    spent = 0.0
    while True:
        began = monotonic()
        found = wait(min(LOOK, max(seconds - spent, SHORTEST)))
        if found:
            return found
        spent += (monotonic() - began) / slowness()
        if spent >= seconds:
            return found


def ends(thread: threading.Thread, seconds: float) -> bool:
    """Whether the thread ends within `seconds` of an idle machine."""

    def wait(moment: float) -> bool:
        thread.join(moment)
        return not thread.is_alive()

    return within(seconds, wait)


def exit_code(process: subprocess.Popen[str] | subprocess.Popen[bytes], seconds: float) -> int:
    """The exit code of a process, which must end within `seconds` of an idle machine."""

    def wait(moment: float) -> bool:
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            return False
        return True

    assert within(seconds, wait), f"{process.args!r} did not end within {seconds:g} s"
    return int(process.returncode)


def completed(
    command: Sequence[str], seconds: float, text: str = "", **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run `command`, with `text` as its standard input, to its end within `seconds`."""
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process = subprocess.Popen(command, **pipes, encoding="utf-8", **options)  # type: ignore[call-overload]
    sent: list[str | None] = [text]

    def wait(moment: float) -> tuple[str, str] | None:
        try:
            return process.communicate(sent.pop() if sent else None, moment)
        except subprocess.TimeoutExpired:
            return None

    with process:
        found = within(seconds, wait)
        if found is None:
            process.kill()
            said = process.communicate()
            raise AssertionError(f"{command!r} did not end within {seconds:g} s: {said}")
    return subprocess.CompletedProcess(command, process.returncode, *found)


class IdleClock:
    """Tells how long something took in seconds of an idle machine; measures while it is open."""

    def __init__(self) -> None:
        # Monotonic times, and how slow the machine was from the time before to this one.
        self._marks = [(monotonic(), 1.0)]
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._measure, name="idle clock", daemon=True)

    def __enter__(self) -> IdleClock:
        self._mark()
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._closed.set()
        self._thread.join()

    def between(self, began: float, ended: float) -> float:
        """The seconds of an idle machine between two monotonic times."""
        if ended > self._marks[-1][0]:
            self._mark()
        marks = list(self._marks)
        total = 0.0
        for (start, _), (end, slow) in pairwise(marks):
            total += max(0.0, min(end, ended) - max(start, began)) / slow
        return total

    def since(self, began: float) -> float:
        """The seconds of an idle machine from a monotonic time until now."""
        return self.between(began, monotonic())

    def _measure(self) -> None:
        while not self._closed.wait(LOOK_WHILE_TIMING):
            self._mark()

    def _mark(self) -> None:
        slow = slowness()
        self._marks.append((monotonic(), slow))
