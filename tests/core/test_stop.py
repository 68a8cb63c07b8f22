"""Stop signals."""

import threading

import pytest

from engram.core.errors import StoppedError
from engram.core.stop import Stop, Stops
from engram.core.waits import finished


def test_a_wait_ends_at_once():
    """A person who stops an answer would have to wait for its next attempt all the same."""
    stop = Stop()
    threading.Timer(0.05, stop.request).start()
    with pytest.raises(StoppedError):
        finished(stop.wait(30))


def test_what_was_registered_is_called_and_nothing_after_it():
    """The model would go on generating, or another answer's connection be closed."""
    stop, called = Stop(), []
    with stop.calls(lambda: called.append("old")):
        pass
    with stop.calls(lambda: called.append("now")):
        stop.request()
    assert called == ["now"]
    with pytest.raises(StoppedError), stop.calls(lambda: called.append("late")):
        pass


def test_an_answer_that_nobody_stops_goes_on():
    """Answers would end by themselves."""
    stop = Stop()
    finished(stop.wait(0))
    stop.check()


def test_all_answers_of_one_chat_are_stopped_and_no_others():
    """/stop would end somebody else's answer, or leave one running."""
    stops, first, second, other = Stops(), Stop(), Stop(), Stop()
    with stops.of("1", 0, first), stops.of("1", 0, second), stops.of("2", 0, other):
        assert stops.request("1")
        for one in (first, second):
            with pytest.raises(StoppedError):
                one.check()
        other.check()
    assert not stops.request("1")
    assert not stops.request("2")
    assert stops._asked == {}


def test_an_answer_that_moved_is_stopped_where_it_is():
    """The answer to a topic that is gone could not be stopped in the chat."""
    stops, moved = Stops(), Stop()
    with stops.of("-5/3", 0, moved), stops.of("-5/4", 0, Stop()):
        stops.move("-5/3", "-5")
        assert not stops.request("-5/3")
        assert stops.request("-5")
        with pytest.raises(StoppedError):
            moved.check()
