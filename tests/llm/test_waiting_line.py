"""Waiting in line for a model server."""

import threading
import time
from contextlib import closing

import pytest

from engram.core.errors import GiveUpError, StoppedError, UnavailableError
from engram.core.events import Finished, Progress, Stage, TextDelta
from engram.core.stop import Stop
from engram.llm.waiting_line import WaitingLine
from tests.machine_speed import ends

LONG = 30.0


class Asked:
    """Questions to a line in which the test says when each answer ends.

    `served` names them in the order in which they came to the server.
    """

    def __init__(self, parallel):
        self.line = WaitingLine(parallel)
        self.served = []

    def ask(self, chat, name="", stop=None, patience=LONG):
        """An answer that has got as far as it gets without the others."""

        def answer():
            self.served.append(name or chat)
            yield TextDelta("...")
            yield Finished(name or chat, "double")

        until = time.monotonic() + patience
        return self.line.through(chat, stop or Stop(), until, answer)


def answered(chat):
    """The events of an answer, once it is this chat's turn."""
    return [TextDelta("..."), Finished(chat, "double")]


def place(number):
    return Progress(Stage.WAITING, place=number)


def test_a_free_server_is_asked_at_once():
    """A person alone with the model would read about a line."""
    asked = Asked(1)
    assert list(asked.ask("a")) == answered("a")


def test_no_more_are_at_the_server_than_it_can_take():
    """The model server would queue in silence, and the silence be taken for a failure."""
    lock, now, most = threading.Lock(), 0, 0
    three = threading.Barrier(3)  # nobody is answered before three are asked

    def answer():
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        three.wait(LONG)
        with lock:
            now -= 1
        yield Finished("hi", "double")

    line = WaitingLine(3)
    threads = [
        threading.Thread(
            target=lambda chat: list(line.through(chat, Stop(), time.monotonic() + LONG, answer)),
            args=(str(number),),
        )
        for number in range(39)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        assert ends(thread, LONG)
    assert (now, line.waiting) == (0, 0)
    assert most == 3


def test_each_change_of_place_is_told():
    """Whoever waits would not know whether the line moves."""
    asked = Asked(1)
    (first, second, third) = (asked.ask(chat) for chat in "abc")
    next(first)
    assert (next(second), next(third)) == (place(1), place(2))
    assert asked.line.waiting == 2
    first.close()
    assert next(third) == place(1)
    assert list(second) == answered("b")
    assert list(third) == answered("c")


def test_a_chat_with_many_questions_does_not_hold_up_the_others():
    """One person could keep everybody else from the model."""
    asked = Asked(1)
    arriving = ["a1", "a2", "a3", "b1", "b2", "c1"]
    first, *waiting = [(asked.ask(name[0], name)) for name in arriving]
    next(first)
    for events in waiting:
        assert next(events).stage is Stage.WAITING
    first.close()
    _finish(waiting)
    assert asked.served == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_a_newcomer_stands_behind_those_of_the_same_round():
    """A line that lets newcomers in front would never let some through."""
    asked = Asked(1)
    first, *waiting = [asked.ask(name[0], name) for name in ("a1", "a2", "b1")]
    next(first)
    for events in waiting:
        next(events)
    first.close()  # b1 is at the server
    late = [asked.ask(name[0], name) for name in ("c1", "d1", "b2")]
    for events in late:
        next(events)
    _finish([*waiting, *late])
    assert asked.served == ["a1", "b1", "c1", "d1", "a2", "b2"]


def test_leaving_the_line_lets_the_others_move_up():
    """A place given up would stay taken for ever."""
    asked = Asked(1)
    (first, second, third) = (asked.ask(chat) for chat in "abc")
    next(first), next(second), next(third)
    second.close()
    assert next(third) == place(1)
    first.close()
    assert list(third) == answered("c")
    assert asked.served == ["a", "c"]


def test_a_place_that_came_while_nobody_looked_is_given_back():
    """An answer stopped between two looks would block the server for good."""
    asked = Asked(1)
    (first, second, third) = (asked.ask(chat) for chat in "abc")
    next(first), next(second), next(third)
    first.close()  # now it is the turn of the second, which does not know it yet
    second.close()
    assert list(third)[-1] == Finished("c", "double")


def test_a_slow_reader_does_not_keep_the_place():
    """The model would idle while an answer is being sent to its chat."""
    asked = Asked(1)
    with closing(asked.ask("a")) as first:
        assert [next(first), next(first)] == answered("a")
        assert list(asked.ask("b")) == answered("b")


def test_the_place_is_free_after_the_request_is_over():
    """One request too many would be at the server while the stopped one is being ended."""
    line, waiting = WaitingLine(1), []

    def answer():
        try:
            yield TextDelta("...")
        finally:
            waiting.append(line.waiting)

    until = time.monotonic() + LONG
    first, second = (line.through(chat, Stop(), until, answer) for chat in "ab")
    next(first), next(second)
    first.close()
    assert waiting == [1]
    second.close()


def test_a_failing_question_gives_its_place_back():
    """After four failures nobody would get through any more."""

    def fail():
        raise GiveUpError("401")
        yield

    line = WaitingLine(1)
    for _ in range(3):
        with pytest.raises(GiveUpError, match="401"):
            list(line.through("a", Stop(), time.monotonic() + LONG, fail))


def test_stopping_ends_the_wait_at_once():
    """/stop would do nothing until the place comes."""
    asked, stop = Asked(1), Stop()
    with closing(asked.ask("a")) as first:
        next(first)
        second = asked.ask("b", stop=stop)
        next(second)
        threading.Timer(0.05, stop.request).start()
        began = time.monotonic()
        with pytest.raises(StoppedError):
            next(second)
        assert time.monotonic() - began < LONG / 2
        assert asked.line.waiting == 0


def test_nobody_waits_for_ever():
    """Two hundred people would wait hours for a server that hangs."""
    asked = Asked(1)
    with closing(asked.ask("a")) as first:
        next(first)
        with pytest.raises(GiveUpError, match="too many ask it at once; 0 still stood in front"):
            list(asked.ask("b", patience=0.05))
        assert asked.line.waiting == 0


def test_those_in_line_leave_a_server_that_is_gone():
    """Each of them would have to find out for himself, one after the other."""
    asked = Asked(1)
    with closing(asked.ask("a")) as first:
        next(first)
        others = [asked.ask(chat) for chat in "bc"]
        for events in others:
            next(events)
        asked.line.turn_away("connection refused")
        for events in others:
            with pytest.raises(UnavailableError, match="connection refused"):
                next(events)
        newcomer = asked.ask("d")
        assert next(newcomer) == place(1)
    assert list(newcomer) == answered("d")


def _finish(answers):
    """Let all these answers come to their end, whichever is next."""
    threads = [threading.Thread(target=list, args=(events,)) for events in answers]
    for thread in threads:
        thread.start()
    for thread in threads:
        assert ends(thread, LONG)
