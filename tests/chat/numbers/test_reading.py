"""Which numbers are read from a text, however they are written."""

import pytest

from engram.chat.numbers.reading import numbers_in


def values(text):
    """The likeliest value of each number in `text`."""
    return [number.value for number in numbers_in(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("64,812.37", 64_812.37),
        ("64.812,37", 64_812.37),
        ("64'812.37", 64_812.37),
        ("64’812", 64_812),
        ("1,00,000", 100_000),
        ("1.234.567", 1_234_567),
        ("6.82e-06", 6.82e-6),
        ("6,82e-06", 6.82e-6),
        ("6.82 × 10⁻⁶", 6.82e-6),
        ("6.82 x 10^-6", 6.82e-6),
        ("6.82·10⁻⁶", 6.82e-6),
        ("5·10¹⁰", 5e10),
        ("6.8E+03", 6800),
        ("0.00000682", 6.82e-6),
        ("65k", 65_000),
        ("$1.5M", 1.5e6),
        ("28.9 billion", 28.9e9),
        ("1,27 Mrd.", 1.27e9),
        ("51.4 million", 51.4e6),
        ("6.5万", 65_000),
        ("2.7 cents", 0.027),
        ("٦٤٬٨١٢٫٣٧", 64_812.37),
        ("1.45", 1.45),
        ("54.2", 54.2),
    ],
)
def test_a_number_in_any_notation(text, value):
    """A price of a model that writes for Zurich or Mumbai would be called an invention."""
    assert values(f"It is {text} now.")[-1] == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [("64 812,37", 64, 812.37), ("64\u202f812", 64, 812), ("1 234 567", 1, 234)],
)
def test_spaces_may_group_or_separate(text, first, second):
    """French prices would be read as two numbers each, or "EMA 50 151.32" as one."""
    found = list(numbers_in(text))
    assert [found[0].value, found[1].value] == [first, second]
    assert found[-1].value == pytest.approx(
        float(text.replace("\u202f", " ").replace(" ", "").replace(",", "."))
    )
    assert found[-1].parts


@pytest.mark.parametrize(
    ("text", "certain"),
    [("1 000 XRP", True), ("RSI 46,3, 64 812", True), ("EMA 50 812,3", False), ("64 812", False)],
)
def test_what_is_certainly_one_number(text, certain):
    """A thousand would be a one and a zero."""
    (joined,) = [number for number in numbers_in(text) if number.parts]
    assert joined.certain is certain


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.450 und 46,3", 1450), ("1.450 and 46.3", 1.45), ("1,450", 1450), ("46,3 und 1,450", 1.45)],
)
def test_the_marks_of_other_numbers_decide(text, value):
    """1.450 would be less than two for a Spaniard, or more than a thousand for an American."""
    assert value in values(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22", "22.11.2026", "11/22/26", "14:00", "14:00:05", "12.03. um", "16.03 Uhr",
        "1. First", "in 2026", "24h", "15m", "v2", "BTC3L", "3rd", "1.2.3", "1,2,3,4",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_number(text):
    """A date would be named as an invented price."""
    assert values(text) == []


@pytest.mark.parametrize("digits", ["7" * 310, "0." + "3" * 310, "9" * 310 + ".5"])
def test_too_many_digits_are_no_value(digits):
    """A number of 310 digits would overflow, and the whole answer be lost."""
    (number,) = numbers_in(f"It is {digits} now.")
    assert (number.readings, number.value) == ((), float("inf"))


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("2.3 %", "percent decimal"),
        ("2 Prozent", "percent"),
        ("3.2x", "times decimal"),
        ("0,45-fache", "times decimal"),
        ("3 times", "times"),
        ("61 times in 100", "percent"),
        ("61 in 100", "percent"),
        ("54 of 100 cases", "percent"),
        ("61 von 100", "percent"),
        ("61 fois sur 100", "percent"),
        ("4 percentage points", "percent"),
        ("4 Prozentpunkte", "percent"),
        ("4 points above chance", "percent"),
        ("4 points above", ""),
        ("$5", "money"),
        ("5 USDT", "money"),
        ("5 €", "money"),
        ("€ 5", "money"),
        ("5", ""),
    ],
)
def test_what_stands_beside_it(text, flags):
    """A percentage would be compared with prices."""
    number = next(numbers_in(text))
    names = ("percent", "money", "times", "decimal")
    assert " ".join(name for name in names if getattr(number, name)) == flags
    assert text.startswith(number.text)


@pytest.mark.parametrize("text", ["3 in 100 days", "5 of 100 USDT", "61 in 1000", "5 of 100 coins"])
def test_a_part_of_something_else_is_no_percentage(text):
    """A count of days would be compared with percentages, and named as invented."""
    assert not any(number.percent for number in numbers_in(text))


def test_a_product_is_no_power():
    """2*10 would be read as 2, and 2*100 as well."""
    assert values("2*100 and 2*10 and 2 x 10") == [2, 100, 2, 10, 2, 10]
