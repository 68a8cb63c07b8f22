"""How many calls to an exchange are in progress."""

import threading
import time

import pytest

from engram.market.exchanges import slots as slots_module
from engram.market.exchanges.slots import HANGS, Slots
from tests.machine_speed import LONG, within


@pytest.fixture
def clock(monkeypatch):
    """Turns the clock by so many seconds."""
    turned = [0.0]

    class Clock:
        @staticmethod
        def monotonic():
            return time.monotonic() + turned[0]

    monkeypatch.setattr(slots_module, "time", Clock)

    def turn(seconds):
        turned[0] += seconds

    return turn


def is_free(slots):
    """Whether a call could begin now."""
    slot = slots.take(0.0)
    if slot:
        slots.give_back(slot)
    return bool(slot)


def test_only_so_many_calls_are_in_progress():
    """A crowd would get the bot banned from an exchange."""
    slots = Slots(2)
    first, second = slots.take(0.0), slots.take(0.0)
    assert first != second
    assert not is_free(slots)
    slots.give_back(first)
    assert is_free(slots)


def test_calls_that_hang_keep_no_others_from_beginning(clock):
    """One market that an exchange does not answer would take all others with it."""
    slots = Slots(2, spare=3)
    hang = [slots.take(0.0) for _ in range(2)]
    assert not is_free(slots)
    clock(HANGS)
    others = [slots.take(0.0) for _ in range(2)]
    assert all(others)
    assert not is_free(slots)
    clock(HANGS)
    # No more of them pile up than that.
    assert slots.take(0.0)
    assert not is_free(slots)
    slots.give_back(hang[0])
    assert is_free(slots)


def test_who_waits_gets_the_next_slot_that_is_given_back():
    """A price would come in vain, because another one came at the same time."""
    slots, got = Slots(1), []
    slot = slots.take(0.0)
    waiting = threading.Thread(target=lambda: got.append(slots.take(time.monotonic() + LONG)))
    waiting.start()
    slots.give_back(slot)
    within(5, lambda seconds: waiting.join(seconds) or not waiting.is_alive())
    assert got == [slot + 1]


def test_who_waits_goes_on_once_the_others_seem_to_hang():
    """A price would come only after the calls that hang have been given up."""
    slots, got = Slots(1, spare=1), []
    slots.take(0.0)
    waiting = threading.Thread(target=lambda: got.append(slots.take(time.monotonic() + LONG)))
    waiting.start()
    within(5, lambda seconds: waiting.join(seconds) or not waiting.is_alive())
    assert got == [2]


def test_nobody_waits_longer_than_told():
    """A question would wait for a slot until all calls that hang are given up."""
    slots = Slots(1)
    slots.take(0.0)
    assert slots.take(time.monotonic() + 0.01) == 0
