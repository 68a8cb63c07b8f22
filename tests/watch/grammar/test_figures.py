"""The numbers and averages in the text of an alert."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.market.words.fold import fold
from engram.watch.grammar.figures import UnclearError, averages, figures, written


def read(text, *operators):
    folded = fold(text)
    return [
        f"{one.sign}{one.value.normalize():f}{'%' * one.is_percent} {one.money}".strip()
        for one in figures(folded.low, folded, operators)
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("100k", ["100000"]),
        ("100,000", ["100000"]),
        ("100 000", ["100000"]),
        ("$1m", ["1000000 USD"]),
        ("1.5m", ["1500000"]),
        ("100m", ["100000000"]),
        ("90k eur", ["90000 EUR"]),
        ("5€", ["5 EUR"]),
        ("+5%", ["+5%"]),
        ("- 3 %", ["-3%"]),
        ("−3%", ["-3%"]),
        ("5 percent", ["5%"]),
        ("3x", ["3"]),
        ("4h", []),
        ("4h 5", ["5"]),
        ("btc 240 5", ["5"]),
        ("1000pepe", []),
        ("5-6", []),
        ("5pm", []),
        ("17:00", []),
        (".5", ["0.5"]),
    ],
)
def test_numbers_are_read_as_people_write_them(text, found):
    """An alert would wait for another price."""
    assert read(text) == found


@pytest.mark.parametrize("text", ["1.234", "10.000", "5%%", "btc-5%"])
def test_what_can_be_read_in_two_ways_is_asked_back(text):
    """An alert at ten would be armed for ten thousand."""
    with pytest.raises(UnclearError):
        read(text)


def test_a_million_is_no_minute():
    """An alert above a million would be one without a level."""
    with pytest.raises(UnclearError, match="1000k"):
        read("above 1m", 5)
    assert read("btc 1m") == []


def test_a_level_that_looks_like_minutes_is_a_level():
    """BTC 60 > 30 would wait for 60."""
    assert read("rsi above 60 5", 9) == ["60", "5"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("close > ema50", ["ema50"]),
        ("above the 200 ema", ["ema200"]),
        ("ema(20)", ["ema20"]),
        ("ema-50", ["ema50"]),
        ("ema20 crosses ema 50", ["ema20", "ema50"]),
        ("rsi14 < 30", []),
        ("schema50", []),
    ],
)
def test_averages_are_found(text, names):
    """Their periods would be taken for prices."""
    assert averages(text)[0] == names


@pytest.mark.parametrize(
    "text", ["ema21", "sma200", "ema", "200 day ema", "50 ema 3", "moving average 50"]
)
def test_other_averages_are_asked_back(text):
    """A person would be told about another average than the one they follow."""
    with pytest.raises(UnclearError, match="EMA 20, 50 and 200"):
        averages(text)


@pytest.mark.parametrize("text", ["rsi(14) < 30", "rsi14 < 30", "rsi 14 < 30", "adx-14 < 30"])
def test_the_usual_period_is_no_level(text):
    """RSI 14 is how platforms call it."""
    low = averages(text)[1]
    assert [one.written for one in figures(low, fold(text), ())] == ["30"]


def test_the_question_about_a_point_shows_both_numbers():
    """A person would not know how to write a price of three decimals."""
    with pytest.raises(UnclearError, match=r"2\.3450 or 2345"):
        read("2.345")


@given(st.one_of(st.floats(1e-9, 1e9), st.integers(1, 10**7).map(lambda n: n / 1000)))
def test_the_level_of_a_button_is_read_as_it_is(level):
    """A button at 1.234 would ask its presser which number that is."""
    (figure,) = figures(written(level), fold(written(level)), ())
    assert float(figure.value) == level
