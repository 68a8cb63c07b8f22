"""A few threads for what waits in a line."""

import threading

from engram.core.crew import Crew
from tests.conftest import wait_until


def test_so_many_work_and_no_more():
    """An exchange would be asked for thirty prices at the same time."""
    crew, let_go, done = Crew("crew of two", 2), threading.Event(), []

    def work():
        let_go.wait(60)
        done.append(threading.current_thread())

    for _ in range(7):
        crew.add(work)
    mine = [one for one in threading.enumerate() if one.name == "crew of two"]
    assert len(mine) == 2
    assert all(one.daemon for one in mine)
    let_go.set()
    wait_until(lambda: len(done) == 7, 10)
    assert set(done) <= set(mine)


def test_threads_end_and_begin_again():
    """A bot that runs for months would keep threads for what it did once."""
    crew, done = Crew("crew of one", 1), []
    for count in (1, 2):
        crew.add(lambda: done.append(1))
        wait_until(lambda count=count: len(done) == count, 10)
        wait_until(lambda: "crew of one" not in [one.name for one in threading.enumerate()], 10)


def test_what_fails_holds_up_nothing(caplog):
    """One price that cannot be read would end all that wait behind it."""
    crew, done = Crew("crew", 1), []
    crew.add(lambda: 1 // 0)
    crew.add(lambda: done.append(1))
    wait_until(lambda: done, 10)
    assert "crew failed unexpectedly" in caplog.text
