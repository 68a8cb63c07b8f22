"""The evidence of a panel, as a model gets it."""

import re
from dataclasses import replace

import numpy as np
import pytest

from engram.market.panel.figures import course, figures
from engram.market.panel.panel import panel
from engram.market.signals import analyse
from tests.market.panel.measured import AHEAD, ANALYSIS, CANDLES, EVIDENCE, LAST, SNAPSHOT, VOTES
from tests.series import made

MEASURED = replace(ANALYSIS, votes=VOTES, snapshot=SNAPSHOT, range=AHEAD)


def test_a_model_gets_what_a_person_gets():
    """A model would weigh other evidence than the person has before them."""
    assert figures(MEASURED, CANDLES, EVIDENCE).splitlines() == [
        "By the rules: BUY, confidence Medium "
        "(such signals came true 54 % of the time, chance is 50 %)",
        "Price: 67,123.46 (+2.31 % in 24 h)",
        "Range of closes: Next 24 candles (4 days), 80 %: 63,400 to 71,500 (-5.5 % to +6.5 %)",
        "Stop: 1.5 ATR below: 66,313 (-1.2 %), touched 61 times in 100; "
        "3 ATR below: 65,503 (-2.4 %), 32 in 100",
        "Daily: BUY · BTC daily: HOLD",
        "Support 66,100 (-1.5 %), resistance none near",
        "ATR 540 (0.80 %), EMA 20 66,000 (-1.7 %), EMA 50 65,000 (-3.2 %), "
        "EMA 200 61,000 (-9.1 %), bands -4.7 % and +1.3 %",
        "Votes: +2 of 3",
        "Up: Trend, RSI (62.3)",
        "No vote: Volume (1.23 x average)",
    ]


def test_a_model_knows_what_became_of_such_signals():
    """The number check would take the panel's own figures for invented ones."""
    history = "given 34 times here, right 19, chance 17"
    assert f"BUY: {history}" in figures(MEASURED, CANDLES, EVIDENCE, history).splitlines()


def test_nothing_is_said_that_is_not_there():
    """A model would be given a band below zero, or take figures with a gap for complete ones."""
    wild = replace(SNAPSHOT, last=replace(LAST, bollinger_lower=-5.0, atr=0.0))
    without = replace(MEASURED, snapshot=wild, range=None)
    text = figures(without, replace(CANDLES, missing=2), EVIDENCE)
    assert "bands +1.3 %\n" in text
    assert "Range" not in text
    assert "Stop" not in text
    assert text.endswith("\n2 candles are missing: figures skip the gap")


@pytest.mark.parametrize("shape", ["walk", "flat", "rising", "falling"])
@pytest.mark.parametrize("scale", [1e-8, 1e-3, 1.0, 5.0, 650.0, 1e9])
def test_its_levels_are_those_of_the_panel(shape, scale):
    """A model would speak of other levels than stand above its text."""
    candles = made(shape, 999, scale=scale)
    found = analyse(candles)
    text, shown = figures(found, candles, EVIDENCE), panel(found, candles, EVIDENCE)
    pattern = r"(?:ATR (?:above|below): |Support |resistance )([\d.,]+\d)"
    few, all_ = (
        [float(level.replace(",", "")) for level in re.findall(pattern, one)]
        for one in (text, shown)
    )
    atr = found.snapshot.last.atr
    assert len(few) == len(all_)
    assert all(abs(a - b) <= max(0.05 * atr, 1e-12) for a, b in zip(few, all_, strict=True))
    assert re.search(r"(?m)^Price: .+", shown)[0] in text


@pytest.mark.parametrize(
    ("price", "atr", "level"),
    [
        (67_123.4, 540.0, "66,100"),
        (67_123.4, 0.4, "66,100.00"),
        (451.2, 15.0, "66,100.0"),
        (1.0832, 0.001, "66,100.0000"),
        (67_123.4, 0.0, "66,100.00"),
    ],
)
def test_digits_that_say_nothing_are_left_out(price, atr, level):
    """A person would wait seconds for a model to read the cents of a support."""
    snapshot = replace(SNAPSHOT, price=price, last=replace(LAST, atr=atr))
    assert f"Support {level} (" in figures(replace(MEASURED, snapshot=snapshot), CANDLES, EVIDENCE)


def test_the_course_is_measured_from_the_price():
    """A model would have to subtract prices, and be wrong."""
    columns = {
        "high": np.array([9e9, 102.0, 103.0, 104.0, 105.0, 106.0]),
        "low": np.array([1.0, 90.0, 91.0, 92.0, 93.0, 94.0]),
        "close": np.array([2.0, 99.5, 99.96, 100.0, 100.44, 101.0]),
    }
    snapshot = replace(SNAPSHOT, price=100.0, last=replace(LAST, atr=1.0))
    measured = replace(MEASURED, snapshot=snapshot)
    assert course(measured, replace(CANDLES, **columns)) == (
        "+2.0 -10.0 -0.5",
        "+3.0 -9.0 +0.0",
        "+4.0 -8.0 +0.0",
        "+5.0 -7.0 +0.4",
        "+6.0 -6.0 +1.0",
    )


@pytest.mark.parametrize(
    ("atr", "row"), [(20.0, "+2 -10 +0"), (1.0, "+2.0 -10.0 -0.3"), (0.1, "+2.00 -10.00 -0.30")]
)
def test_the_course_has_as_many_digits_as_the_market_is_wild(atr, row):
    """All candles of a calm market would read alike."""
    columns = {"high": np.array([102.0]), "low": np.array([90.0]), "close": np.array([99.7])}
    snapshot = replace(SNAPSHOT, price=100.0, last=replace(LAST, atr=atr))
    assert course(replace(MEASURED, snapshot=snapshot), replace(CANDLES, **columns)) == (row,)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_shorter_than_the_panel(seed):
    """A person would wait for a model to read everything that they have before them."""
    candles = made("walk", 999, seed, scale=650)
    found = analyse(candles)
    assert len(figures(found, candles, EVIDENCE)) < len(panel(found, candles, EVIDENCE))
