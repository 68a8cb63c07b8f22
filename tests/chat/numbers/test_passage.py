"""A text and its numbers: what each is about."""

import pytest

from engram.chat.numbers.facts import facts_in
from engram.chat.numbers.passage import Passage
from engram.chat.numbers.reading import numbers_in

DATA = (
    "Price: 64,000.00\nSupport: 60,000.00\nResistance: 70,000.00\nATR 14: 800.00\nRSI 14: 46.3\n"
    "Change 24 h: +5.0 %\n"
    "2026-11-28T08:00 63000 63900 62100 63500 4707.9\n"
)


def passage(text, given=DATA, strict=None):
    return Passage(text, facts_in(given), list(numbers_in(text)), strict)


def number_in(found, written):
    (number,) = [one for one in found.numbers if one.text.strip() == written]
    return number


@pytest.mark.parametrize(
    ("text", "written", "given"),
    [
        ("It is at 64,000.00.", "64,000.00", 64000),
        ("It is at 70k.", "70k", 70000),
        ("It rose by 5 %.", "5 %", 5),
        ("It moved +5.0 today.", "5.0", 5),
        ("It moved 5.0 today.", "5.0", None),  # no sign: no percentage
        ("The RSI is 46.", "46", 46.3),
        ("The RSI is 60,000.", "60,000", None),  # a support is no RSI
        ("Its volume was 4,708.", "4,708", 4707.9),
        ("It pays $4k.", "$4k", None),  # money is no volume
        ("It rose by 64,000 %.", "64,000 %", None),
    ],
)
def test_what_was_given_is_known_by_its_kind(text, written, given):
    """A support would excuse an RSI of the same figures, and a volume a price."""
    found = passage(text)
    assert found.given(number_in(found, written)) == given


@pytest.mark.parametrize(
    ("text", "written", "says"),
    [
        ("It could reach 71,500.", "71,500", True),
        ("It rose by 7.3 %.", "7.3 %", True),
        ("The RSI is 71.", "71", True),
        ("An RSI above 70 is overbought.", "70", False),  # a textbook
        ("RSI 70 marks the overbought zone.", "70", False),
        ("RSI 71 marks the overbought zone.", "71", True),
        ("Risk 1 % of the account per trade.", "1 %", False),  # advice
        ("Risk 1.3 % of the account per trade.", "1.3 %", True),
        ("Risk 15 % of the account per trade.", "15 %", True),
        ("It is 100 % certain.", "100 %", False),
        ("For example a fall by 10 % would be normal.", "10 %", False),
        ("For example a fall by 11.7 % would be normal.", "11.7 %", True),
        ("A ratio of 1:3.5 is good.", "3.5", False),
        ("The stop is 1.5 ATR away.", "1.5", False),
        ("The 61.8 % retracement holds.", "61.8 %", False),
        ("Volume is 3.7 times the average.", "3.7 times", True),
        ("It was tested 3 times.", "3 times", False),
        ("65,000 is a psychological mark.", "65,000", False),
        ("Then 90,000 would be next.", "90,000", True),
        ("With a $10,000 account you may buy.", "$10,000", False),
        ("There are 12 candles.", "12", False),
        ("0.49 / 0.43 are its levels.", "0.43", True),
    ],
)
def test_whether_something_could_be_wrong_about_a_number(text, written, says):
    """Advice and textbooks would be called invented, or an invented price pass as advice."""
    found = passage(text)
    assert found.says_something(number_in(found, written)) is says


@pytest.mark.parametrize(
    ("text", "strict", "says"),
    [
        ("My garden is 71,500 cm long.", None, False),
        ("My garden is 71,500 cm long.", True, True),
        ("Bitcoin's price could reach $71,500.", None, True),
        ("The kettle costs $71,500.", None, False),
    ],
)
def test_without_market_data_only_talk_of_markets_says_something(text, strict, says):
    """Each number in small talk would be called invented."""
    found = passage(text, "hello", strict)
    (number,) = found.numbers
    assert found.says_something(number) is says


def test_near_are_the_numbers_that_can_be_relied_on():
    """An invented number would follow from another invented one."""
    found = passage("From 60,000 over 61,234.5 and 5 % to 70,000 it is far: 66,666.")
    last = len(found.numbers) - 1
    assert found.near(last, 4, 0) == [70000, 60000]
    assert found.near(1, 1, 1) == [60000, 70000]
    assert found.near(last, 1, 0) == [70000]


def test_what_a_rounded_number_stands_for_is_near_too():
    """57.4k would be computed with as 57,400, and the result be called invented."""
    found = passage("Between 70k and something.", DATA.replace("70,000.00", "70,012.34"))
    assert found.near(len(found.numbers), 1, 0) == [70000, 70012.34]


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("Resistance is far above 66,666.", [70000]),
        ("Unterstützung ist 66,666.", [60000]),
        ("Nothing is 66,666.", []),
    ],
)
def test_levels_are_known_by_their_names(text, levels):
    """The distance to "the resistance" would be called invented."""
    found = passage(text)
    assert found.named(number_in(found, "66,666")) == levels


@pytest.mark.parametrize(
    ("value", "is_price"),
    [
        (64000, True),
        (26000, True),
        (25000, False),
        (159_000, True),
        (161_000, False),
        (46.3, False),
    ],
)
def test_only_what_is_near_a_price_is_one(value, is_price):
    """An RSI would be taken for a price, and multiples of the ATR be looked for around it."""
    assert passage("").is_price(value) is is_price


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("It is at 64 000 now.", ["64 000"]),
        ("It moved by 2 800.00 a day.", ["2", "800.00"]),
    ],
)
def test_groups_with_spaces_are_one_number_or_two(text, numbers):
    """64 000 would be a 64 and a 0, both of them invented."""
    assert [one.text.strip() for one in passage(text).numbers] == numbers
