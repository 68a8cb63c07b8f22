"""What the words of an alert mean together."""

import pytest

from engram.market.words.fold import fold
from engram.watch.grammar.figures import UnclearError
from engram.watch.grammar.meaning import condition, words_of


def meant(text):
    return str(condition(words_of(fold(text))))


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("x goes up past 5", "price > 5"),
        ("x comes down to 5", "price < 5"),
        ("x breaks down below 5", "price < 5"),
        ("x 5 or higher", "price > 5"),
        ("x closing rsi under 30", "rsi < 30"),
        ("rsi turns to 50", "rsi crosses 50"),
        ("macd > - 0.5", "macd > -0.5"),
        ("macd zero", "macd crosses 0"),
        ("signal", "signal changes"),
        ("buy signal", "signal = BUY"),
        ("signal = hold", "signal = HOLD"),
        ("at least +5%", "price moves +5%"),
        ("drops over 5%", "price moves -5%"),
        ("5% below the current price", "price moves -5%"),
        ("minus 5%", "price moves -5%"),
    ],
)
def test_what_is_plain_is_understood(text, means):
    """A person would have to ask in other words."""
    assert meant(text) == means


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("x rises below 5", "two directions"),
        ("x above 5 below", "two directions"),
        ("x drops 5", "by how much"),
        ("x drops by 5", "by how much"),
        ("x +5", "by how much"),
        ("x moves 5%", "up or down"),
        ("x rises -5%", "two directions"),
        ("x drops below 5%", "A percentage is"),
        ("x drops to 5%", "A percentage is"),
        ("rsi drops 5%", "A percentage is"),
        ("x above 5 3", "more than one"),
        ("rsi adx 5", "more than one"),
        ("rsi", "Which level"),
        ("x", "What should"),
        ("close above 5", "A close is"),
        ("ema20 ema50", "EMA 20, 50 and 200"),
        ("rsi above ema50", "EMA 20, 50 and 200"),
        ("buy sell", "more than one"),
        ("buy 5", "for a signal"),
        ("to buy", "for a signal"),
        ("x > 3 times", "Only volume"),
        ("x > 3x", "Only volume"),
        ("volume > 300%", "three times"),
        ("macd crosses its signal", "histogram"),
        ("volume rises 3x", "Above or below"),
        ("rsi > 100", "between 0 and 100"),
        ("x drops 100%", "a fall less than"),
        ("x rises 10001%", "a rise at most"),
        ("x !> 5", "!>"),
        ("x != 5", "!="),
        ("x =/= 5", "=/="),
        ("x -> 5", "->"),
        ("5 < x", "5 <"),
        ("macd rises zero", "Above or below"),
    ],
)
def test_what_is_not_plain_is_asked_back(text, question):
    """An alert would be armed that nobody asked for."""
    with pytest.raises(UnclearError, match=question):
        meant(text)


def test_the_words_that_are_left_are_those_that_were_written():
    """A market in capitals, or a word nobody understood, would be lost."""
    assert words_of(fold("BTC above 100k Tomorrow")).rest.split() == ["BTC", "Tomorrow"]


@pytest.mark.parametrize("text", ["at to by", "price", "close", "zero", "from now"])
def test_words_of_any_sentence_say_nothing_of_a_condition(text):
    """Whoever asks about the price at some time would be asked for a condition."""
    assert not words_of(fold(text)).speaks_of_a_condition
