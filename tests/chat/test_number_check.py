"""Which numbers of a model's text are in nothing that it was given."""

import time

import pytest

from engram.chat.number_check import NAMED, not_in_data

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


@pytest.mark.parametrize("text", ["1" * 50_000 + " " + "1," * 50_000, "\n" * 65_536])
def test_a_long_text_is_checked_in_no_time(idle_clock, text):
    """One long answer would stop the bot for minutes: the work must grow with the text only."""
    began = time.monotonic()
    assert not_in_data(text, GIVEN) is not None
    assert idle_clock.since(began) < 10
