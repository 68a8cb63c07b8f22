"""Whether a number, as it was written, means a value."""

import pytest

from engram.chat.numbers import matching
from engram.chat.numbers.reading import numbers_in


def number(text):
    """The first number in `text`."""
    return next(iter(numbers_in(text)))


@pytest.mark.parametrize(
    ("text", "value", "fits"),
    [
        ("64,812.37", 64812.37, True),
        ("64,812", 64812.37, True),
        ("64.8k", 64812.37, True),
        ("65k", 64812.37, True),
        ("64k", 64812.37, True),  # cut off
        ("66k", 64812.37, False),
        ("63k", 64812.37, False),
        ("64,811", 64812.37, False),
        ("64,813", 64812.37, False),
        ("64,812.4", 64812.37, True),
        ("64,812.3", 64812.37, True),
        ("64,812.5", 64812.37, False),
        ("0.0000068", 0.00000684, True),
        ("0.0000068", 0.0000069, False),
        ("1.23 %", 1.234, True),
        ("1.2 %", 1.26, True),
        ("1.2 %", 1.31, False),
    ],
)
def test_a_number_is_a_value_rounded_or_cut_off(text, value, fits):
    """A right price would be called invented, or an invented one be let through."""
    assert matching.fits(number(text), value) is fits


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("64,812.4", 64812.37),
        ("65k", 64812.37),
        ("5.2 %", 5.2),
        ("0.00001", None),  # no price of 0.0000068
        ("70k", None),
        ("0.000007", 0.0000068),
    ],
)
def test_the_value_that_was_given_is_found(text, found):
    """A number would be excused by a value that is a third away from it."""
    assert matching.among(number(text), [0.0000068, 5.2, 64812.37]) == found


def test_nothing_is_exactly_nothing():
    """An RSI of 0.0 that was given would be called invented, or 0.0 be any small price."""
    assert matching.among(number("0.0"), [0.0, 5.0]) == 0.0
    assert matching.among(number("0.0"), [0.0000068]) is None


@pytest.mark.parametrize("values", [[], [1.0], [1e9]])
def test_a_number_that_was_not_given_is_found_nowhere(values):
    """The check would fail at the ends of what was given."""
    assert matching.among(number("64,812"), values) is None


@pytest.mark.parametrize(
    ("text", "value", "about"),
    [
        ("64,800", 64812.37, True),
        ("65,000", 64812.37, True),
        ("66,000", 64812.37, True),  # two digits: one unit is a thousand
        ("68,000", 64812.37, False),
        ("3 %", 4.1, True),
        ("3 %", 4.4, False),
    ],
)
def test_about_is_near_and_no_more(text, value, about):
    """ "About 60,000" would pass for 64,812, or "about 64,800" be called invented."""
    assert matching.is_about(number(text), value) is about


@pytest.mark.parametrize(
    ("text", "value", "less", "more"),
    [
        ("5 %", 6.0, True, False),  # more than 5 %
        ("5 %", 5.0, True, True),
        ("5 %", 7.6, False, False),  # true, and says nothing
        ("5 %", 4.0, False, True),  # less than 5 %
        ("5 %", 3.0, False, False),
    ],
)
def test_a_bound_says_something_about_what_is_near(text, value, less, more):
    """ "More than 1 %" would excuse any number, as everything is more."""
    assert matching.is_less(number(text), value) is less
    assert matching.is_more(number(text), value) is more


@pytest.mark.parametrize(
    ("text", "is_round", "is_coarse"),
    [
        ("60,000", True, True),
        ("65,000", True, True),
        ("65,100", False, False),
        ("64,812.37", False, False),
        ("0.06", True, True),
        ("0.0612", False, False),
        ("7", True, True),
    ],
)
def test_round_and_coarse_numbers(text, is_round, is_coarse):
    """A mark that everybody looks at would be called a price that was invented."""
    assert matching.is_round(number(text)) is is_round
    assert matching.is_coarse(number(text)) is is_coarse
