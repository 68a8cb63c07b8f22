"""One thread that knows when things are due."""

import threading
import time

from engram.telegram.timer import Timer
from tests.machine_speed import LONG, within


def test_what_is_due_is_called_in_the_order_of_its_times():
    """A pause would end before the one that was shorter."""
    timer, order, done = Timer(), [], threading.Event()
    now = time.monotonic()
    timer.at(now + 0.15, done.set)
    timer.at(now + 0.1, lambda: order.append(("late", time.monotonic() - now >= 0.1)))
    timer.at(now + 0.05, lambda: order.append(("early", time.monotonic() - now >= 0.05)))
    timer.at(float("inf"), lambda: order.append("never"))
    assert within(5, done.wait)
    assert order == [("early", True), ("late", True)]


def test_what_is_not_wanted_any_more_is_not_called_and_holds_up_nothing():
    """A twentieth of an instant answer would be spent on what was to be done had it taken long."""
    timer, called, looked = Timer(), [], threading.Event()
    done, now = threading.Event(), time.monotonic()
    timer.at(now + 0.05, lambda: called.append("early"), lambda: False)
    timer.at(now + LONG, lambda: called.append("late"), lambda: bool(looked.set()))
    timer.at(now + 0.1, done.set)
    assert within(5, done.wait)
    assert within(5, looked.wait)
    assert called == []


def test_a_bug_in_one_call_ends_nothing(caplog):
    """After one odd message no chat would ever be sent anything again."""
    timer, done = Timer(), threading.Event()
    timer.at(0.0, lambda: 1 / 0)
    timer.at(0.0, done.set)
    assert within(5, done.wait)
    assert "failed unexpectedly" in caplog.text


def test_all_share_one_thread():
    """Each of a thousand waits would have a thread of its own again."""
    timer, threads, left = Timer(), set(), threading.Semaphore(0)

    def note():
        threads.add(threading.current_thread())
        left.release()

    for _ in range(100):
        timer.at(0.0, note)
    for _ in range(100):
        assert within(5, lambda moment: left.acquire(timeout=moment))
    assert [thread.name for thread in threads] == ["timer"]
