"""The threads that look at the markets of one exchange."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from engram.storage.watch.armed import Job, Place
from engram.watch.rounds.lookout import AT_ONCE, NAP, ROUND, Looked, Lookout
from tests.machine_speed import within
from tests.watch.rounds.conftest import HandClock

JOBS = [Job(Place("binance", f"C{number}/USDT", "1m"), is_closed=False) for number in range(5)]
CLOSED = Job(Place("binance", "BTC/USDT", "4h"), is_closed=True)


class Looks:
    """Counts the looks at each job; those of `held` jobs last until `let_go`.

    Looks at `silent` jobs are not answered.
    """

    def __init__(self, clock: HandClock) -> None:
        self.clock, self.count, self.held = clock, Counter[Job](), set[Job]()
        self.silent = set[Job]()
        self.let_go, self.changed = threading.Event(), threading.Condition()
        self.at_once = self.most_at_once = 0
        self.seconds = dict.fromkeys(JOBS, ROUND)
        self.threads = set[threading.Thread]()

    def __call__(self, job: Job, _stillness: object) -> Looked:
        """Make a look."""
        with self.changed:
            self.count[job] += 1
            self.threads.add(threading.current_thread())
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            self.changed.notify_all()
        try:
            if job in self.held:
                self.let_go.wait()
            return Looked(self.seconds.get(job, ROUND), job not in self.silent)
        finally:
            with self.changed:
                self.at_once -= 1

    def reach(self, *counts: int, jobs=tuple(JOBS)) -> bool:
        """Whether soon there were exactly so many looks at each of `jobs`."""
        wanted = dict(zip(jobs, counts, strict=True))

        def wait(seconds: float) -> bool:
            with self.changed:
                here = lambda: {one: self.count[one] for one in wanted} == wanted  # noqa: E731
                return self.changed.wait_for(here, seconds)

        return within(10.0, wait)


@pytest.fixture
def clock():
    """A clock that is turned by hand."""
    return HandClock(1_795_305_600.0)


@pytest.fixture
def looks(clock):
    """Looks that are counted."""
    looks = Looks(clock)
    yield looks
    looks.let_go.set()


@pytest.fixture
def lookout(clock, looks):
    """The threads of one exchange, which end with the test."""
    lookout = Lookout("binance", clock, looks, lambda job: 100.0 if job.is_closed else 0.0)
    yield lookout
    looks.let_go.set()
    lookout.assign(set())
    clock.advance(2 * NAP)
    for thread in looks.threads:
        assert within(10.0, lambda seconds, one=thread: one.join(seconds) or not one.is_alive())


def test_each_market_is_looked_at_once_a_minute(clock, looks, lookout):
    """A price would be seen late, or an exchange be asked too often."""
    lookout.assign({*JOBS})
    for minute in range(1, 4):
        assert looks.reach(*[minute] * 5)
        lookout.assign({*JOBS})
        clock.advance(ROUND - 1)
        lookout.assign({*JOBS})
        assert looks.reach(*[minute] * 5)
        clock.advance(1)
    assert len(looks.threads) <= AT_ONCE
    assert looks.most_at_once <= AT_ONCE


def test_a_look_that_hangs_holds_up_no_other(clock, looks, lookout):
    """One market whose server never answers would be the end of all alerts there."""
    looks.held = {JOBS[0]}
    lookout.assign({*JOBS})
    for minute in range(1, 5):
        assert looks.reach(1, *[minute] * 4)
        clock.advance(ROUND)
    looks.let_go.set()
    assert looks.reach(2, *[5] * 4)


def test_a_bug_in_one_look_ends_no_thread(clock, looks, lookout):
    """An unexpected answer would silence all alerts until a restart."""
    del looks.seconds[JOBS[0]]
    lookout.assign({*JOBS})
    assert looks.reach(*[1] * 5)
    clock.advance(ROUND)
    assert looks.reach(*[2] * 5)


def test_what_is_no_more_armed_is_no_more_looked_at(clock, looks, lookout):
    """Requests, and threads, would stay for ever."""
    lookout.assign({*JOBS})
    assert looks.reach(*[1] * 5)
    lookout.assign({JOBS[0]})
    clock.advance(ROUND)
    assert looks.reach(2, 1, 1, 1, 1)
    lookout.assign(set())
    clock.advance(2 * NAP)
    alive = lambda: [one for one in looks.threads if one.is_alive()]  # noqa: E731
    assert within(10.0, lambda seconds: not alive() or bool(threading.Event().wait(0.01)))
    lookout.assign({JOBS[0]})
    assert looks.reach(3, 1, 1, 1, 1)


def test_a_candle_s_close_is_waited_for_by_either_clock(clock, looks, lookout):
    """A laptop that slept over a close, or whose clock was set back, would be hours late."""
    looks.seconds[CLOSED] = 3600.0
    lookout.assign({CLOSED})
    clock.advance(60)
    assert looks.reach(0, jobs=[CLOSED])
    # While the machine sleeps only wall time goes on.
    clock.ahead += 30
    clock.advance(NAP)
    assert looks.reach(1, jobs=[CLOSED])
    # Somebody sets the wall clock back by hours.
    clock.ahead -= 7200
    clock.advance(3500)
    assert looks.reach(1, jobs=[CLOSED])
    clock.advance(101)
    assert looks.reach(2, jobs=[CLOSED])


def test_how_long_a_round_takes_is_known(clock, looks, lookout):
    """/alerts would not say that looks are late."""
    assert lookout.round_takes == 0.0
    lookout.assign({*JOBS})
    assert looks.reach(*[1] * 5)
    clock.advance(ROUND)
    assert looks.reach(*[2] * 5)
    assert lookout.round_takes <= ROUND
    looks.held = {*JOBS}
    clock.advance(ROUND)
    assert within(10.0, lambda seconds: looks.at_once == 2)
    clock.advance(ROUND + 30)
    assert lookout.round_takes == 2 * ROUND + 30


def test_an_exchange_that_does_not_answer_ages(clock, looks, lookout):
    """The operator would not hear that alerts are not looked at."""
    assert lookout.age is None
    looks.silent = {JOBS[0]}
    lookout.assign({JOBS[0]})
    clock.advance(60 * ROUND)
    assert lookout.age == 61 * ROUND
    looks.silent = set()
    clock.advance(ROUND)
    assert within(10.0, lambda seconds: lookout.age == 0.0)
    clock.advance(30)
    assert lookout.age == 30.0


def test_the_market_that_waits_for_the_longest_counts(clock, looks, lookout):
    """One market that answers would hide all others that do not."""
    looks.silent = {JOBS[0]}
    lookout.assign({*JOBS[:2]})
    assert looks.reach(1, 1, 0, 0, 0)
    clock.advance(10 * ROUND)
    assert looks.reach(2, 2, 0, 0, 0)
    assert lookout.age == 11 * ROUND


def test_a_candle_that_has_not_closed_is_no_delay(clock, looks, lookout):
    """An alarm would ring four hours long while all is well."""
    looks.silent = {CLOSED}
    lookout.assign({CLOSED})
    clock.advance(100 - ROUND)
    assert lookout.age == 0.0
    clock.advance(6 * ROUND)
    assert lookout.age == 6 * ROUND


def test_what_is_armed_no_more_does_not_age(clock, looks, lookout):
    """An alarm would ring about an exchange at which nobody has to look."""
    looks.silent = {JOBS[0], CLOSED}
    lookout.assign({JOBS[0], CLOSED})
    clock.advance(60 * ROUND)
    lookout.assign({CLOSED})
    assert lookout.age == 61 * ROUND - 100
    lookout.assign(set())
    assert lookout.age is None
