"""What a number in a text may be computed from."""

import pytest

from engram.chat.numbers import matching
from engram.chat.numbers.derivation import candidates
from engram.chat.numbers.facts import facts_in
from engram.chat.numbers.passage import Passage
from engram.chat.numbers.reading import numbers_in

DATA = (
    "Price: 64,000.00\nSupport: 60,000.00\nResistance: 70,000.00\nATR 14: 800.00\n"
    "EMA 50: 62,500.00\n"
    "Change 24 h: +5.0 %\n"
    "2026-11-28T08:00 63000 63900 62100 63500 120.5\n"
    "2026-11-28T12:00 63500 66000 63000 64000 99.25\n"
)


def follows(text, written, given=DATA):
    """Whether the number written so in `text` may follow from `given`."""
    passage = Passage(text, facts_in(given), list(numbers_in(text)), None)
    (i,) = [i for i, one in enumerate(passage.numbers) if one.text.strip() == written]
    return any(matching.fits(passage.numbers[i], value) for value in candidates(passage, i))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        # Percentages: to a level, of a candle, between two numbers beside it.
        ("Resistance at 70,000 is 9.4 % above.", "9.4 %"),
        ("The stop is 6.25 % away, at the support.", "6.25 %"),
        ("From 60,000 to 66,000 it rose by 10 %.", "10 %"),
        ("Sell 30 % there and keep 70 % of it.", "70 %"),
        ("An ATR is 1.25 % of the price.", "1.25 %"),
        ("At 08:00 its candle rose by 0.79 %.", "0.79 %"),
        # Levels: multiples of the ATR, middles, what a breakout reaches, risk and reward.
        ("A stop 1.5 ATR below the price is at 62,800.", "62,800"),
        ("Two ATR above it: 2 × ATR, so 65,600.", "65,600"),
        ("The middle of support and resistance is 65,000.00.", "65,000.00"),
        ("A breakout over resistance reaches 80,000.00.", "80,000.00"),
        ("Yesterday it was at 60,952.38.", "60,952.38"),
        # Fibonacci levels of the candles.
        ("The 61.8 % retracement is at 63,590.", "63,590"),
        ("Fib 0.382 lies at 64,510.20.", "64,510.20"),
        # Amounts: distances, and one's own money.
        ("That is a distance of 4,000 to the support.", "4,000"),
        ("0.55 BTC cost $35,200.", "$35,200"),
    ],
)
def test_what_can_be_computed_is_not_invented(text, written):
    """A right calculation would be named as a number that is in no data."""
    assert follows(text, written)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Resistance is 12.7 % above.", "12.7 %"),
        ("A stop 1.5 ATR below the price is at 61,234.", "61,234"),
        ("The middle of support and resistance is 66,120.00.", "66,120.00"),
        ("A breakout over resistance reaches 83,517.00.", "83,517.00"),
        ("The 61.8 % retracement is at 62,111.", "62,111"),
        ("0.5 BTC cost $41,513.", "$41,513"),
        ("Its RSI is 71.", "71"),
        ("It will be at 90,000 soon.", "90,000"),
        ("Volume is 3.7 times the average.", "3.7 times"),
    ],
)
def test_what_cannot_be_computed_is_invented(text, written):
    """An invented target would pass as one that was worked out."""
    assert not follows(text, written)


def test_a_named_ratio_is_the_one_that_is_meant():
    """Any of eight levels would do for the one that is spoken of."""
    text = "The {} retracement is at 64,510."
    assert follows(text.format("38.2 %"), "64,510")
    assert not follows(text.format("78.6 %"), "64,510")


def test_a_reward_is_a_multiple_of_the_risk():
    """A target of "2R" would be called invented."""
    given = DATA.replace("60,000.00", "60,150.00")
    assert follows("With the stop at 60,150 the target of 2R is 71,700.", "71,700", given)
    assert not follows("With the stop at 60,150 the target of 2R is 73,100.", "73,100", given)


def test_the_value_of_an_indicator_is_never_computed():
    """An invented RSI would follow from some difference of two prices."""
    given = f"{DATA}RSI 14: 46.3\nEMA 20: 63,928.70\n"
    assert follows("The price is 71.3 above its EMA 20.", "71.3", given)
    assert not follows("The RSI is at 71.3.", "71.3", given)


def test_a_text_without_data_may_compute_with_what_a_person_said():
    """A person's own position would be called invented."""
    given = "I have 1,000 XRP, bought at 0.62"
    assert follows("You paid $620 for them.", "$620", given)
    assert not follows("You paid $755 for them.", "$755", given)
    assert follows("With 1 % of it you risk $100.", "$100", "I have $10,000")


def test_however_many_numbers_stand_there_few_are_computed_with():
    """A model that writes a thousand numbers would hold the processor for minutes."""
    text = "Price " + " ".join(f"{60_000 + 7 * n}.5" for n in range(1000))
    passage = Passage(text, facts_in(DATA), list(numbers_in(text)), None)
    assert sum(1 for _ in candidates(passage, 500)) < 50_000


FREQUENCIES = DATA + (
    "By the rules: BUY, confidence Low (such signals came true 59 % of the time, chance is 41 %)\n"
    "Range: next 24 candles (1 day), 80 %: 60,100 to 68,300 (-6.1 % to +6.7 %)\n"
    "Stop: 1.5 ATR below: 62,800.00 (-1.9 %), touched 63 times in 100\n"
)


@pytest.mark.parametrize(
    ("text", "written", "expected"),
    [
        ("That is 18 percentage points better than chance.", "18 percentage points", True),
        ("An edge of 44 % over luck.", "44 %", True),
        ("The stop is not touched in 37 % of cases.", "37 %", True),
        ("In 20 % it closes outside the range.", "20 %", True),
        ("In 10 % of cases it closes below it.", "10 %", True),
        ("Such signals were wrong in 41 % of cases.", "41 %", True),
        ("It moved 18 % today.", "18 %", False),
        ("That is 23 percentage points better than chance.", "23 percentage points", False),
        ("The stop is not touched in 28 % of cases.", "28 %", False),
        ("In 37 % of cases it rises.", "37 %", False),
        ("It is 37 % below its high.", "37 %", False),
        # So far is the resistance, which says nothing of how often it is reached.
        ("70,000 is reached 91 times in 100.", "91 times in 100", False),
        ("Of them 37 times in 100 were not touched.", "37 times in 100", True),
    ],
)
def test_what_follows_from_how_often_something_happens(text, written, expected):
    """A right reading of the odds would be called invented, or invented odds pass."""
    assert follows(text, written, FREQUENCIES) is expected
