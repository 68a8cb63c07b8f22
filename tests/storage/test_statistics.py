"""How it went."""

import time

import pytest

from engram.storage.statistics import Rates, Statistics
from engram.storage.store import Store


@pytest.fixture
def answers():
    return Statistics(Store(None))


def note(answers, source="lmstudio", seconds=1.0, *, fell_back=False, failed=False):
    answers.note(source, "chat", seconds, None, fell_back, failed)


def test_without_answers_there_are_no_figures(answers):
    """/status would fail on the first day."""
    assert answers.rates(0) == Rates()


def test_rates_are_shares_of_all_answers(answers):
    """The owner could not tell how often the model was missing."""
    for _ in range(6):
        note(answers)
    for _ in range(3):
        note(answers, "mock", fell_back=True)
    note(answers, "rules", fell_back=True, failed=True)
    figures = answers.rates(0)
    assert figures.total == 10
    assert figures.by_source == {"lmstudio": 6, "mock": 3, "rules": 1}
    assert (figures.fallback_rate, figures.error_rate) == (0.4, 0.1)


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
def test_times_are_those_within_which_so_many_answers_came(answers, times, p50, p95):
    """One hanging answer would pass for the rule, or be hidden."""
    for seconds in times:
        note(answers, seconds=seconds)
    figures = answers.rates(0)
    assert (figures.p50, figures.p95) == (p50, p95)


def test_only_what_is_new_enough_counts(answers):
    """Last month's outage would be shown for ever."""
    note(answers)
    assert answers.rates(time.time() + 1) == Rates()
    assert answers.rates(time.time() - 60).total == 1
