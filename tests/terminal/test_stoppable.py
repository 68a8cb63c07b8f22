"""Ctrl-C in an answer."""

import signal
import threading
import time

import pytest

from engram.core.events import Finished, TextDelta
from engram.terminal.stoppable import GRACE, stoppable


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
