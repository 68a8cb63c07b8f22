"""The clock of tests that take days."""

import threading
import time

import pytest

from tests.adjustable_clock import AdjustableClock
from tests.machine_speed import within

NOW = 1_795_339_800.0


@pytest.fixture
def clock(tmp_path):
    """One that stands still."""
    made = AdjustableClock(tmp_path / "clock.json", NOW)
    made.run(0)
    made.set(NOW)
    return made


def test_it_runs_as_fast_as_it_is_told(clock):
    """Tests that take days would take days."""
    assert clock.now() == clock.now() == NOW
    clock.run(1e6)
    assert within(10, lambda _: clock.now() > NOW + 1000)


def test_only_wall_time_jumps(clock):
    """What lasts would end when somebody sets the clock."""
    elapsed = clock.monotonic()
    clock.jump(hours=-3)
    assert (clock.now(), clock.monotonic()) == (NOW - 3 * 3600, elapsed)


def test_another_process_sees_the_same(clock, tmp_path):
    """The exchange's candles would be of another day than the bot's."""
    other = AdjustableClock(tmp_path / "clock.json")
    clock.jump(hours=5)
    assert other.now() == clock.now() == NOW + 5 * 3600
    assert other.monotonic() == clock.monotonic()


def test_a_wait_goes_by_it(clock):
    """Rounds would be an hour apart while candles are made each second."""
    ended = threading.Event()
    event = threading.Event()

    def wait():
        clock.wait(event, 3600)
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    assert not ended.wait(0.1)
    clock.run(1e6)
    assert within(10, ended.wait)


def test_a_wait_ends_with_its_event(clock):
    """Stopping the bot would last as long as its rounds are apart."""
    event = threading.Event()
    threading.Timer(0.05, event.set).start()
    before = time.monotonic()
    assert clock.wait(event, 3600)
    assert time.monotonic() > before
