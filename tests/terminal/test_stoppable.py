"""Ctrl-C in an answer."""

import signal
import threading
import time

import pytest

from engram.core.events import Finished, TextDelta
from engram.terminal.stoppable import GRACE, LOOK, stoppable
from tests.machine_speed import LONG


def press():
    signal.raise_signal(signal.SIGINT)


def test_ctrl_c_stops_as_soon_as_there_is_something_to_stop():
    """A key that is pressed a moment too early would do nothing."""
    stopped = threading.Event()
    answers = iter([False, False, True])

    def events():
        yield TextDelta("Half")
        stopped.wait()
        yield Finished("Half", "engram", stopped=True)

    def stop():
        found = next(answers)
        if found:
            stopped.set()
        return found

    before = signal.getsignal(signal.SIGINT)
    seen = []
    for event in stoppable(events(), stop):
        seen.append(event)
        if isinstance(event, TextDelta):
            press()
    assert seen == [TextDelta("Half"), Finished("Half", "engram", stopped=True)]
    assert list(answers) == []
    assert signal.getsignal(signal.SIGINT) is before


@pytest.fixture
def endless():
    """An answer that no stop ends."""
    never = threading.Event()

    def events():
        yield TextDelta("Half")
        never.wait()

    before = signal.getsignal(signal.SIGINT)
    yield stoppable(events(), lambda: True)
    never.set()
    assert signal.getsignal(signal.SIGINT) is before


def test_an_answer_that_cannot_stop_is_left_alone(endless):
    """Whoever presses again, because nothing happens, would leave the chat."""
    next(endless)
    press()
    press()
    assert list(endless) == []


def test_ctrl_c_is_seen_however_busy_the_machine_is():
    """A person would press Ctrl-C, and look at a spinner until the exchange answers."""
    told = threading.Event()

    def events():
        yield TextDelta("Half")
        # By then the main thread looks, which it does nearly always.
        time.sleep(LOOK / 2)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        # One step of Python, longer than a look lasts: no other thread goes on meanwhile.
        max(range(20_000_000))
        told.wait(LONG)
        yield TextDelta("late")

    assert list(stoppable(events(), lambda: True)) == [TextDelta("Half")]
    told.set()


def test_a_later_one_ends_what_keeps_the_screen_busy(endless):
    """A person would have to close the window."""
    next(endless)
    press()
    time.sleep(2 * GRACE + 0.1)
    with pytest.raises(KeyboardInterrupt):
        press()
    endless.close()


def test_an_answer_that_fails_ends(monkeypatch):
    """The chat would wait for ever for the rest of it."""
    told = threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda _: told.set())

    def events():
        yield TextDelta("Half")
        raise OSError

    assert list(stoppable(events(), lambda: False)) == [TextDelta("Half")]
    assert told.wait(10)
