"""Numbers as people write them."""

import re

import pytest

from engram.market.words.digits import DIGITS, AmbiguousNumberError, amount, possible_values


@pytest.mark.parametrize(
    ("digits", "scale", "value"),
    [
        ("100", "k", "100000"),
        ("1.5", "m", "1500000"),
        ("2", "billion", "2000000000"),
        ("100,000", "", "100000"),
        ("100 000", "", "100000"),
        ("1.234,50", "", "1234.5"),
        (".5", "", "0.5"),
        ("0,5", "", "0.5"),
        ("0.123", "", "0.123"),
    ],
)
def test_a_number_has_the_value_that_was_meant(digits, scale, value):
    """An alert, or a size, would be for another price."""
    assert re.fullmatch(DIGITS, digits)
    assert f"{amount(digits, scale).normalize():f}" == value


@pytest.mark.parametrize("digits", ["10.000", "1.2.3", "1,2,3", "9" * 31])
def test_a_number_that_may_be_two_is_not_guessed(digits):
    """Ten thousand would be taken for ten."""
    with pytest.raises(AmbiguousNumberError):
        amount(digits)


def test_a_percentage_is_the_smaller_value():
    """Nobody risks 1,250 percent."""
    assert str(amount("1.250", is_percent=True)) == "1.25"


def test_both_values_are_known():
    """A figure of half of Europe would be called invented."""
    assert [one.value for one in possible_values("1.450")] == [1.45, 1450]
