"""Waiting without a thread."""

import contextlib
import threading
import time
from itertools import islice

from engram.core.waits import Held, Waits, Wakeup, doubling, finished, wait
from tests.machine_speed import ends

LONG = 1000.0


def test_waits_double_up_to_a_bound():
    """A server that comes back would be flooded, or not be asked again for hours."""
    assert [*islice(doubling(2.0, 9.0), 5)] == [2, 4, 8, 9, 9]
    assert [*islice(doubling(), 4)] == [1, 2, 4, 8]


def test_a_wakeup_wakes_all_who_wait_and_calls_back_once():
    """An answer whose turn has come would go on waiting, or be made by two threads."""
    woken, calls = Wakeup(), []
    waiting = threading.Thread(target=woken.wait, args=[LONG])
    waiting.start()
    woken.calls(lambda: calls.append("earlier"))
    woken.calls(lambda: calls.append("later"))
    assert not woken.is_set()
    woken.set()
    woken.set()
    assert ends(waiting, 5)
    assert calls == ["later"]
    woken.calls(lambda: calls.append("at once"))
    assert calls == ["later", "at once"]


def test_who_can_wait_elsewhere_is_told_what_for():
    """A thousand questions in line would cost a thousand threads."""
    woken, until = Wakeup(), time.monotonic() + LONG
    steps = wait(woken, until)
    assert next(steps) == Waits(woken, until)
    woken.set()
    assert list(steps) == []


def test_who_asks_on_is_held_up_until_it_is_over():
    """The terminal would ask the server again and again as fast as it can."""
    woken = Wakeup()
    steps = wait(woken, time.monotonic() + LONG)
    reading = threading.Thread(target=finished, args=[steps])
    reading.start()
    assert reading.is_alive()
    woken.set()
    assert ends(reading, 5)
    began = time.monotonic()
    finished(wait(Wakeup(), began + 0.05))
    assert time.monotonic() - began >= 0.05


def test_what_is_over_is_not_waited_for():
    """A wait that comes too late would cost a round through the threads."""
    woken = Wakeup()
    assert list(wait(woken, time.monotonic())) == []
    woken.set()
    assert list(wait(woken, time.monotonic() + LONG)) == []


def test_the_result_of_steps_is_returned():
    """Whether a message could be edited would be lost on the way."""

    def steps():
        yield from wait(Wakeup(), 0.0)
        yield Waits(Wakeup(), 0.0)
        return "done"

    assert finished(steps()) == "done"


def test_threads_that_wait_all_the_same_are_counted():
    """For a thread that an error has freed there would be another one for ever."""
    held = Held()
    with held, held:
        assert held.threads == 2
    with contextlib.suppress(RuntimeError), held:
        raise RuntimeError
    assert held.threads == 0
