"""What the bounds of all other tests rest on."""

import threading
import time

import pytest

from tests import machine_speed
from tests.machine_speed import IdleClock, completed, slowness, within


@pytest.fixture
def speed(monkeypatch):
    """Say how slow the machine is from now on."""

    def be(*times):
        found = list(times)
        monkeypatch.setattr(
            machine_speed, "slowness", lambda: found.pop(0) if len(found) > 1 else found[0]
        )

    return be


def test_a_machine_with_more_to_do_is_slower():
    """Tests would fail beside other work."""
    busy = [threading.Event() for _ in range(4)]

    def work(done):
        while not done.is_set():
            sum(range(1000))

    threads = [threading.Thread(target=work, args=(done,)) for done in busy]
    for thread in threads:
        thread.start()
    # Where others work as well, the threads may not have begun in the first moments.
    measured = max(slowness() for _ in range(10))
    for done, thread in zip(busy, threads, strict=True):
        done.set()
        thread.join()
    assert measured > 2


@pytest.fixture
def waited(monkeypatch):
    """How long something waits in vain for `seconds`, by a clock that only waiting turns."""
    moments = []
    monkeypatch.setattr(machine_speed, "monotonic", lambda: sum(moments))

    def wait_in_vain(seconds):
        assert not within(seconds, lambda moment: moments.append(moment))
        return sum(moments)

    return wait_in_vain


@pytest.mark.parametrize(("slow", "expected"), [(1.0, 20), (3.0, 60)])
def test_a_wait_in_vain_lasts_as_long_as_the_machine_is_slow(speed, waited, slow, expected):
    """A bound would be too narrow beside other work, or too wide on an idle machine."""
    speed(slow)
    assert waited(20) == pytest.approx(expected, abs=0.1)


def test_a_machine_that_becomes_slow_during_a_wait_is_seen(speed, waited):
    """Other work that begins a moment later would fail the test."""
    speed(1.0, 1.0, 4.0)
    fast = 2 * machine_speed.LOOK
    assert waited(20) == pytest.approx(fast + (20 - fast) * 4, abs=0.1)


def test_what_happens_ends_the_wait():
    """Every test would take as long as its longest wait."""
    event = threading.Event()
    threading.Timer(0.05, event.set).start()
    began = time.monotonic()
    assert within(30, event.wait)
    assert time.monotonic() - began < 15


def test_a_clock_counts_what_a_slow_machine_does_as_less(speed):
    """A bot that is as fast as ever would be called too slow."""
    speed(4.0)
    with IdleClock() as clock:
        began = time.monotonic()
        time.sleep(0.5)
        ended = time.monotonic()
        assert clock.between(began, ended) == pytest.approx((ended - began) / 4)


def test_a_program_that_does_not_end_is_told_with_what_it_said():
    """Nobody would see why a program hangs."""
    with pytest.raises(AssertionError, match=r"did not end within 1 s: \('begun\\n"):
        completed(["bash", "-c", "echo begun; exec sleep 60"], 1)
    assert completed(["cat"], 10, "text").stdout == "text"
