"""How time grows with the length of a text: for tests that something takes linear time.

None of them says how long anything may take: that depends on the machine and what else it does.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import TypeAlias

# The longer text has so many times the length of the shorter one.
TIMES = 4
# How much more time a character may take in the longer one: 1 is linear, 4 quadratic.
MOST = 3.0

# Makes the call for a text of a length.
Case: TypeAlias = Callable[[int], Callable[[], object]]


def growth(case: Case, length: int, tries: int = 5) -> float:
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


def is_in_proportion(case: Case, longest: int, seconds: float = 0.3, most: float = MOST) -> bool:
    """Whether the time that a call takes grows with the text alone, up to the `longest`.

    A character may take `most` times as much in the longer one. What takes less than `seconds` of
    the processor is taken for it: no text can take long then.
    """
    began = time.thread_time()
    case(longest)()
    # On a busy machine it takes more tries until one is undisturbed.
    return time.thread_time() - began < seconds or any(
        growth(case, longest // TIMES, tries) < most for tries in (2, 10)
    )
