"""Which numbers of a model's text are in nothing that it was given."""

import random
from functools import partial

import pytest

from engram.chat.number_check import NAMED, SHOWN, not_in_data
from tests.growth import is_in_proportion

GIVEN = (
    "Price: 64,812.37 (+2.31 % in 24 h) EMA 20/50/200: 64,100.20 / 63,900.10 / 61,000.00 "
    "RSI 62.3 Support 62,150.00, resistance 65,980.50 ATR 540.12 (0.83 %) "
    "right 31 of 52 times (60 %); by chance 51 %"
)


@pytest.mark.parametrize(
    "text",
    [
        "BTC trades near 64,812 with the RSI at 62.",
        "The price hovers around 65k.",
        "$65,000 is in sight, and 64.8k is the price.",
        "a range of 62,150-65,980.5",
        "between $62k–$66k",
        "up 2.3% today, or 2.31 percent",
        "down -2.3%",
        "support at 62150 USDT",
        "The signal was right in 60 % of the cases.",
        "In 2026 the price rose.",
        "1. First\n2) Second\n10. Tenth",
        "An RSI above 70 is overbought, below 30 oversold.",
        "over the last 24h, and 24 hours before",
        "on 2026-11-22 at 14:00, or 22.11.2026, or 11/22/26",
        "EMA 200, MACD (12, 26, 9), Bollinger (20, 2)",
        "risk 1-2% of your account, never 5 %",
        "the 61.8% Fibonacci retracement",
        "4h candles, a 15m chart, Q3, v2.5, BTC3L",
        "the 200-period average",
        "3 of 5 votes",
        "",
        "The ATR is less than 1 % of the price, which is up more than 2 %.",
        "Fibonacci: the 0.618 level from 62,150.00 to 65,980.50 is 63,613.25.",
        "Fibonacci: 63,613.25 (61.8 %), between 62,150.00 and 65,980.50",
        "R:R 1:2 with entry 64,812.37 and stop 62,150.00 needs 70,137.11",
        "Between 62,150.00 and 65,980.50 are 3,830.50, or 5.9 %.",
        "1.5 ATR below is 64,002.19",
        "le cours de 64 812,37 est sous 65 980,50",
        "Kurs 64.812,37, Unterstützung 62'150",
        "The RSI (14) is around 60, ADX > 25 would be a trend.",
        "The price was higher than 64,800.",
    ],
)
def test_usual_phrasings_raise_no_false_alarm(text):
    """A warning below every answer would be read by nobody."""
    assert not_in_data(text, GIVEN) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("It could rise to 123,000 soon.", ["123,000"]),
        ("Target: $70000", ["$70000"]),
        ("a target of 70000", ["70000"]),
        ("It fell 15% today.", ["15%"]),
        ("a move of 15 percent", ["15 percent"]),
        ("stop at 61.5k", ["61.5k"]),
        ("65,980.5–66,500", ["66,500"]),
        ("support at 62,151.00", ["62,151.00"]),
        ("$1.5M changed hands", ["$1.5M"]),
        ("123,000 and again 123,000", ["123,000"]),
        ("98 USDT", ["98 USDT"]),
    ],
)
def test_what_was_not_given_is_named_as_it_was_written(text, named):
    """An invented price would pass for a measured one."""
    assert not_in_data(text, GIVEN) == named


def test_small_prices_are_checked_as_well():
    """For cheap coins every number could be invented."""
    given = "Price: 0.00001234, support 0.00001198"
    assert not_in_data("support at 0.0000120, price 0.00001234", given) == []
    assert not_in_data("resistance at 0.00001301", given) == ["0.00001301"]


def test_not_more_than_a_line_is_filled():
    """A model that invents everything would fill the screen with warnings."""
    text = " ".join(f"{number},000" for number in range(100, 200))
    assert len(not_in_data(text, GIVEN)) == NAMED


LONG = {
    "digits": "1" * 50_000 + " " + "1," * 50_000,
    "lines": "\n" * 65_536,
    "ones": "1 " * 32_768,
    "known": "64,812.37 " * 6_500,
    "risks": "risk 1 % " * 7_000,
    "multiples": "1.5 ATR " * 8_000,
    "thousands": "64 812 " * 9_000,
    "differences": "65,788.25 65,763.07 25.18 " * 2_500,
    "invented": " ".join(f"{i * 7.77:,.2f}" for i in range(8_000)),
    "claims": "RSI is at " * 6_000,
    "blanks": "RSI" + " " * 65_000,
    "powers": "1 x 10^" * 9_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_long_text_is_checked_in_no_time(text):
    """One long answer would stop the bot for minutes: the work must grow with the text only."""
    day = "\n".join(
        f"2026-11-{day:02}T{hour:02}:00 {64_000 + day} {64_900 + hour} 63_900 64_{day}{hour:02} 7"
        for day in range(10, 22)
        for hour in range(24)
    )
    given = f"{GIVEN}\n{day.replace('_', '')}"
    assert is_in_proportion(lambda length: partial(not_in_data, text[:length], given), len(text))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Bitcoin trades at $43,512.80, up 2.3 %.", ["$43,512.80", "2.3 %"]),
        ("The next support is at 0.4712.", ["0.4712"]),
        ("The RSI is at 71.", ["71"]),
        ("17 * 23.5 is 399.5, and Everest is 8,848.86 m high.", []),
        ("A stop limits what you can lose. RSI above 70 is overbought.", []),
        ("You bought at 58,200; a stop, say, 5 % below is at 55,290.", []),
    ],
)
def test_without_data_only_what_is_said_about_a_market_is_named(text, named):
    """A price from the model's memory would pass for today's, or any sum be called invented."""
    assert not_in_data(text, "I bought at 58,200. What now? And what is 17 * 23.5?") == named


@pytest.mark.parametrize("digits", ["7" * 310, "0." + "7" * 310])
def test_a_number_of_too_many_digits_is_named_in_part(digits):
    """It would overflow, and the whole answer be lost; or the warning fill the screen."""
    assert not_in_data(f"It is {digits}.", GIVEN) == [f"{digits[:SHOWN]}…"]


@pytest.mark.parametrize("strict", [True, False])
def test_an_answer_about_something_else_is_left_alone(strict):
    """In a chat about markets every sum would be called an invention."""
    text = "Everest is 8,848.86 m high, and pi is 3.14159."
    assert bool(not_in_data(text, GIVEN, strict=strict)) is strict
    assert not_in_data("The price is 8,848.86", GIVEN, strict=strict) == ["8,848.86"]


PIECES = [
    *"0123456789.,'’ %$€kMx×-−/:()*e^⁻⁶\n٫٤५万", "RSI ", "ATR", "EMA 50 ", " is at ", "1.5 ATR",
    "61.8 %", "risk ", "R:R 1:2", "Price: ", "volume ", "10^", "2*10", "e-06", "million", "000",
    "fib ", "about ", "12:00", "10 March", "Price: 0 ", "Support ", "resistance ", "less than ",
    "\n2026-11-21T04:00 1 2 3 4 5\n", "\n2026-11-21T04:00 0 0 0.0 0 5\n",
    "\n2026-11-21T04:00 1e99 2.5e-5 3 4 1.2.3\n", "64,812.37", "(0.83 %)",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(10))
def test_no_text_is_too_odd(seed):
    """A text that nobody has thought of would cost the whole answer."""
    chance = random.Random(seed)
    for _ in range(25):
        text, given = (
            "".join(chance.choices(PIECES, k=chance.randrange(1, 120))) for _ in range(2)
        )
        for strict in (True, False, None):
            odd = not_in_data(text, f"{GIVEN}\n{given}", strict=strict)
            assert len(odd) <= NAMED
            assert all(len(number) <= SHOWN + 1 for number in odd)
