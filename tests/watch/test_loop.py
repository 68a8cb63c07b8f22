"""Steps in the background."""

import threading

import pytest

from engram.core.clock import Clock
from engram.watch.loop import Loop
from tests.conftest import wait_until


class Patient(Clock):
    """A clock that keeps how long it was to wait, and waits for none of it."""

    def __init__(self):
        self.waited = []

    def wait(self, event, seconds):
        self.waited.append(seconds)
        return event.wait(0.001)


@pytest.fixture
def clock():
    return Patient()


@pytest.fixture
def begin(clock):
    """Starts loops, which end with the test."""
    begun = []

    def start(step, may=lambda: True, first=0.0):
        begun.append(Loop("a loop", step, 30.0, clock))
        begun[-1].start(may, first)
        return begun[-1]

    yield start
    for loop in begun:
        loop.stop()


def test_the_next_step_comes_when_it_is_due(begin, clock):
    """Exchanges would be asked all the time, or alerts be seen late."""
    steps = iter([5.0, 7.0])
    begin(lambda: next(steps, 60.0), first=3.0)
    wait_until(lambda: len(clock.waited) > 3, 20)
    assert clock.waited[:4] == [3.0, 5.0, 7.0, 60.0]


def test_a_step_that_fails_is_not_the_last(begin, clock, caplog):
    """One bad moment would end all watching until the next start."""
    steps = iter([0])
    begin(lambda: 5.0 / next(steps, 1))
    wait_until(lambda: 5.0 in clock.waited, 20)
    assert clock.waited[:2] == [0.0, 30.0]
    assert "a loop failed unexpectedly" in caplog.text


def test_nothing_is_done_while_it_may_not_be(begin, clock):
    """A terminal would look beside the bot, and both would tell."""
    allowed, taken = [], []
    begin(lambda: taken.append(1) or 5.0, lambda: bool(allowed))
    wait_until(lambda: len(clock.waited) > 3, 20)
    assert (taken, clock.waited[1]) == ([], 30.0)
    allowed.append(1)
    wait_until(lambda: taken, 20)


def test_it_ends_at_once(begin):
    """Stopping the bot would last as long as a pause."""
    loop = begin(lambda: 5.0)
    (thread,) = [one for one in threading.enumerate() if one.name == "a loop"]
    loop.stop()
    thread.join(20)
    assert loop.is_stopped
    assert not thread.is_alive()
