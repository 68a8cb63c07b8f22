"""How time grows with the length of a text: for tests that something takes linear time."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

# The longer text has so many times the length of the shorter one.
TIMES = 4


def growth(case: Callable[[int], Callable[[], object]], length: int, tries: int = 5) -> float:
    """How many times more time a character takes in a text that is 4 times as long.

    `case` makes the call for a text of a `length`, which is that of the shorter one. About 1 is
    linear, 4 quadratic. Each is measured several times in turn, in time of this thread's processor,
    and the least counts, which a busy machine changes little.
    """
    short, long = case(length), case(TIMES * length)
    least = [float("inf")] * 2
    gc.disable()
    try:
        for _ in range(tries):
            for which, call in enumerate((short, long)):
                # So often that a clock of coarse steps sees it.
                began, calls = time.thread_time(), 0
                while calls == 0 or (time.thread_time() - began < 0.002 and calls < 10_000):
                    call()
                    calls += 1
                least[which] = min(least[which], (time.thread_time() - began) / calls)
    finally:
        gc.enable()
    return least[1] / least[0] / TIMES
