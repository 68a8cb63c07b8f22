"""Deadlines, which end what takes too long."""

import threading
import time

import pytest

from engram.core.http import deadlines
from engram.core.http.deadlines import Deadline, Deadlines
from tests.machine_speed import within

SOON = 0.05


@pytest.fixture
def watch():
    return Deadlines()


def made(watch):
    """A deadline, and the event that tells that it is past."""
    ended = threading.Event()
    return Deadline(ended.set, watch), ended


def threads(*but):
    return [one for one in threading.enumerate() if one.name == "deadlines" and one not in but]


def test_what_takes_too_long_is_ended(watch):
    """A call would be waited for for ever."""
    deadline, ended = made(watch)
    deadline.extend(SOON)
    deadline.check()
    assert within(5, ended.wait)
    assert deadline.is_past
    with pytest.raises(TimeoutError):
        deadline.check()
    # Too late.
    deadline.extend(10)
    assert deadline.is_past


def test_what_is_ended_now_is_ended_here_and_once(watch):
    """Whoever presses stop would wait for another thread, or hang up on what comes next."""
    ended = []
    deadline = Deadline(lambda: ended.append(threading.current_thread()), watch)
    deadline.extend(SOON)
    deadline.end_now()
    deadline.end_now()
    assert deadline.is_past
    other, is_other = made(watch)
    other.extend(2 * SOON)
    assert within(5, is_other.wait)
    assert ended == [threading.current_thread()]


def test_the_earliest_comes_first_whenever_it_was_set(watch):
    """A short deadline would wait for the end of a long one."""
    (late, is_late), (early, is_early) = made(watch), made(watch)
    late.extend(60)
    early.extend(SOON)
    assert within(5, is_early.wait)
    late.extend(SOON)
    assert within(5, is_late.wait)


@pytest.mark.parametrize("seconds", [60, float("inf")])
def test_a_deadline_that_was_moved_is_not_met_before(watch, seconds):
    """A stream would be cut off although it goes on."""
    (moved, is_moved), (other, is_other) = made(watch), made(watch)
    moved.extend(SOON)
    moved.extend(seconds)
    other.extend(2 * SOON)
    assert within(5, is_other.wait)
    assert not is_moved.is_set()
    moved.extend(float("inf"))


def test_all_are_watched_by_one_thread_and_none_when_there_is_nothing_to_watch(watch, monkeypatch):
    """Each call would cost a thread."""
    monkeypatch.setattr(deadlines, "LINGER", SOON)
    others = threads()
    some = [made(watch)[0] for _ in range(20)]
    for one in some:
        one.extend(60)
    assert len(threads(*others)) == 1
    some[0].extend(0)
    for one in some:
        one.extend(float("inf"))
    assert within(5, lambda moment: time.sleep(SOON) or not threads(*others))
    some[1].extend(SOON)
    assert within(5, lambda moment: time.sleep(SOON) or some[1].is_past)
