"""Who answered, and how fast."""

import time

import pytest

from engram.core.events import Kind
from engram.core.listener import Answered, Listener
from engram.storage.statistics import Rates, Statistics
from engram.storage.store import Store


@pytest.fixture
def statistics():
    return Statistics(Store(None))


def note(statistics, source="lmstudio", seconds=1.0, **how):
    statistics.note(Answered(source, Kind.CHAT, seconds, **how))


def test_without_answers_there_are_no_rates(statistics):
    """/status would fail on the first day."""
    assert statistics.rates(0) == Rates()


def test_rates_are_shares_of_all_answers(statistics):
    """The owner could not tell how often the model was missing."""
    for _ in range(6):
        note(statistics)
    for _ in range(3):
        note(statistics, "mock", fell_back=True)
    note(statistics, "rules", fell_back=True, failed=True)
    rates = statistics.rates(0)
    assert rates.total == 10
    assert rates.by_source == {"lmstudio": 6, "mock": 3, "rules": 1}
    assert (rates.fallback_rate, rates.error_rate) == (0.4, 0.1)


@pytest.mark.parametrize(
    ("times", "p50", "p95"),
    [
        ([3.0], 3.0, 3.0),
        ([1.0, 2.0], 1.0, 2.0),
        ([3.0, 1.0, 2.0], 2.0, 3.0),
        ([float(n) for n in range(100, 0, -1)], 50.0, 95.0),
        ([1.0] * 19 + [60.0], 1.0, 1.0),
        ([1.0] * 18 + [60.0] * 2, 1.0, 60.0),
    ],
)
def test_times_are_those_within_which_so_many_answers_came(statistics, times, p50, p95):
    """One hanging answer would pass for the rule, or be hidden."""
    for seconds in times:
        note(statistics, seconds=seconds)
    rates = statistics.rates(0)
    assert (rates.p50, rates.p95) == (p50, p95)


def test_only_what_is_new_enough_counts(statistics):
    """Last month's outage would be shown for ever."""
    note(statistics)
    assert statistics.rates(time.time() + 1) == Rates()
    assert statistics.rates(time.time() - 60).total == 1


def test_a_listener_is_told_of_each_answer():
    """The owner's dashboard would show no answers."""
    told = []

    class Counting(Listener):
        def answered(self, answer):
            told.append(answer)

    answer = Answered("mock", Kind.ANALYSIS, 0.5, 0.1, fell_back=True)
    Statistics(Store(None), Counting()).note(answer)
    assert told == [answer]
