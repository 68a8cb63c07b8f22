"""The line before a model server."""

import threading

import pytest

from engram.core.errors import UnavailableError
from engram.llm.waiting_line import WaitingLine
from tests.machine_speed import LONG, ends


class Parked:
    """A question in a line that notes how often it is woken; no thread waits with it."""

    def __init__(self, line):
        self._line = line
        self.woken = 0
        self.ticket = line.join(self._wake)

    def _wake(self):
        self.woken += 1

    @property
    def place(self):
        return self._line.place(self.ticket)

    def leave(self):
        self._line.leave(self.ticket)


@pytest.fixture
def line():
    """The line before a server that works on one question at a time."""
    return WaitingLine(1)


def test_a_free_server_is_asked_at_once(line):
    """A person alone with the model would read about a line."""
    assert Parked(line).place == 0
    assert line.waiting == 0


def test_the_first_to_come_is_the_first_to_be_served(line):
    """Newcomers could keep a question in line for ever."""
    asked = [Parked(line) for _ in range(4)]
    assert line.waiting == 3
    for number, served in enumerate(asked):
        assert [one.place for one in asked[number:]] == list(range(len(asked) - number))
        served.leave()
        newcomer = Parked(line)
        assert newcomer.place == max(len(asked) - number - 1, 0)
        newcomer.leave()
    assert line.waiting == 0


def test_leaving_the_line_lets_the_others_move_up(line):
    """A place given up would stay taken for ever."""
    first, second, third, fourth = (Parked(line) for _ in range(4))
    third.leave()
    assert [one.place for one in (first, second, fourth)] == [0, 1, 2]
    second.leave()
    first.leave()
    assert fourth.place == 0


def test_a_place_that_came_while_nobody_looked_is_given_back(line):
    """An answer stopped between two looks would block the server for good."""
    first, second, third = (Parked(line) for _ in range(3))
    first.leave()  # now it is the turn of the second, which has not looked
    second.leave()
    assert third.place == 0


def test_leaving_twice_gives_one_place_back(line):
    """One question too many would be at the server after each answer."""
    first, second, third = (Parked(line) for _ in range(3))
    first.leave()
    first.leave()
    assert (second.place, third.place) == (0, 1)
    third.leave()
    third.leave()
    assert (second.place, line.waiting) == (0, 0)


def test_only_those_whose_turn_it_is_are_woken():
    """With a thousand people in line each answer would cost a thousand wake-ups."""
    line = WaitingLine(2)
    served, waiting = [Parked(line), Parked(line)], [Parked(line) for _ in range(1000)]
    waiting[500].leave()
    for one in served:
        one.leave()
    assert [one.woken for one in (*served, *waiting)] == [0, 0, 1, 1, *[0] * 998]


def test_a_wake_up_may_use_the_line(line):
    """A question that is handed on instead of waited for would lock up the line."""
    places = []

    def wake():
        places.append(line.place(second))
        line.leave(second)

    first, second = Parked(line), line.join(wake)
    third = Parked(line)
    first.leave()
    assert (places, third.place) == ([0], 0)


def test_those_in_line_leave_a_server_that_is_gone(line):
    """Each question would have to find out for itself, one after the other."""
    first, second, third = (Parked(line) for _ in range(3))
    line.turn_away("connection refused")
    for one in (second, third):
        assert one.woken == 1
        with pytest.raises(UnavailableError, match="connection refused"):
            _ = one.place
        one.leave()
    assert line.waiting == 0
    newcomer = Parked(line)
    assert (first.place, newcomer.place) == (0, 1)
    first.leave()
    assert newcomer.place == 0


def test_a_place_is_never_lost_between_threads():
    """Once in a thousand answers a question would wait until it is given up."""
    line, lock, now, most = WaitingLine(3), threading.Lock(), 0, 0
    three = threading.Barrier(3)  # nobody is done before three are at the server

    def ask():
        nonlocal now, most
        woken = threading.Event()
        ticket = line.join(woken.set)
        while line.place(ticket):
            assert woken.wait(LONG)
        with lock:
            now += 1
            most = max(most, now)
        three.wait(LONG)
        with lock:
            now -= 1
        line.leave(ticket)

    threads = [threading.Thread(target=ask) for _ in range(300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        assert ends(thread, LONG)
    assert (now, most, line.waiting) == (0, 3, 0)
