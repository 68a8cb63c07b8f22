"""How far back a model is told what was said."""

import random

import pytest

from engram.storage.window import CHARACTERS, TURNS, Windows


def told(windows, lengths):
    """How many of the turns with these `lengths`, oldest first, are told after the last one."""
    rows = [(length, float(number)) for number, length in enumerate(lengths)][::-1]
    return windows.told(*map(list, zip(*rows[: TURNS + 1], strict=True)))


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ([10], 1),
        ([10] * TURNS, TURNS),
        ([10] * (TURNS + 1), TURNS // 2),
        ([CHARACTERS + 1], 1),
        ([CHARACTERS - 10, 10], 2),
        ([CHARACTERS, 10], 1),
        ([10, CHARACTERS], 1),
        ([1000] * 17, 8),
    ],
)
def test_as_much_as_is_allowed_is_told(lengths, expected):
    """A model would not know the question before, or be told more than it can read."""
    assert told(Windows(), lengths) == expected


@pytest.mark.parametrize("seed", range(5))
def test_a_beginning_lasts_until_all_of_it_is_too_much(seed):
    """A server would read everything anew with each question."""
    chance, windows, lengths, begins = random.Random(seed), Windows(), [], []
    for number in range(200):
        lengths.append(chance.choice([20, 300, 900, 2500]))
        count = told(windows, lengths)
        assert count <= TURNS
        assert sum(lengths[-count:]) <= CHARACTERS or count == 1
        begins.append(number - count)
    assert begins == sorted(begins)
    assert len(set(begins)) < 50


def test_another_process_goes_on_with_a_beginning_of_its_own():
    """After a restart a long conversation would be read anew with each question."""
    windows, lengths = Windows(), [10] * 40
    first = told(windows, lengths)
    assert told(windows, [*lengths, 10]) == first + 1
