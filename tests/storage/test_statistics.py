"""Who answered, and how fast."""

import time

import pytest

from engram.core.events import Kind
from engram.core.listener import Answered, Listener
from engram.core.usage import Usage
from engram.storage.statistics import LATEST, Pace, Rates, Statistics
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


def test_without_figures_there_is_no_pace(statistics):
    """/status would show a speed that nobody has measured."""
    assert statistics.pace(0) == Pace()
    note(statistics, "rules", fell_back=True, failed=True)
    assert statistics.pace(0) == Pace()


@pytest.mark.parametrize(
    ("speeds", "half"), [([41.0], 41.0), ([5.0, 0.0, 90.0, 41.0], 41.0), ([1.0, 2.0], 1.0)]
)
def test_the_pace_is_that_of_half_of_the_answers(statistics, speeds, half):
    """One answer of a model that was just being loaded would pass for the rule."""
    for speed in speeds:
        note(statistics, usage=Usage(speed=speed, first_token=speed / 10))
    pace = statistics.pace(0)
    assert (pace.speed, pace.first_token) == (half, half / 10)
    assert statistics.pace(time.time() + 1) == Pace()


@pytest.mark.parametrize(
    ("usages", "fullest"),
    [
        ([Usage(900, 100, context=4096), Usage(3000, 0, context=32_768)], (1000, 4096)),
        ([Usage(900, 100), Usage(3000, 5)], (3005, 0)),
        ([Usage(900, 100, context=4096), Usage(3000, 5)], (1000, 4096)),
        ([Usage(4000, 0, context=4096), *[Usage(9, 1, context=4096)] * LATEST], (10, 4096)),
    ],
    ids=["by its share", "unknown", "both", "only the latest"],
)
def test_the_fullest_context_of_the_latest_answers_is_known(statistics, usages, fullest):
    """The owner would see that answers are cut, and not that the context is too small."""
    for usage in usages:
        note(statistics, usage=usage)
    pace = statistics.pace(0)
    assert (pace.taken, pace.context) == fullest
