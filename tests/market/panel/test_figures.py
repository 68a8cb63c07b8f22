"""The evidence of a panel, as a model gets it."""

import re
from dataclasses import replace

import pytest

from engram.market.panel.figures import figures
from engram.market.panel.panel import panel
from engram.market.signals import analyse
from tests.market.panel.measured import AHEAD, ANALYSIS, CANDLES, EVIDENCE, LAST, SNAPSHOT, VOTES
from tests.series import made

MEASURED = replace(ANALYSIS, votes=VOTES, snapshot=SNAPSHOT, range=AHEAD)


def test_a_model_gets_all_that_a_person_gets():
    """A model would weigh other evidence than the person has before them."""
    assert figures(MEASURED, CANDLES, EVIDENCE).splitlines() == [
        "By the rules: BUY, confidence Medium "
        "(such signals came true 54 % of the time, chance is 50 %)",
        "Price: 67,123.46 (+2.31 % in 24 h)",
        "Range of closes: Next 24 candles (4 days), 80 %: 63,400 to 71,500 (-5.5 % to +6.5 %)",
        "Stop: 1.5 ATR below: 66,313.27 (-1.2 %), touched 61 times in 100; "
        "3 ATR below: 65,503.08 (-2.4 %), 32 in 100",
        "Daily: BUY · BTC daily: HOLD",
        "Support 66,100.00 (-1.5 %), resistance none near",
        "ATR 540.12 (0.80 %), EMA 20 66,000.00 (-1.7 %), EMA 50 65,000.50 (-3.2 %), "
        "EMA 200 61,000.00 (-9.1 %), lower band 64,000.00 (-4.7 %), upper band 68,000.00 (+1.3 %)",
        "Votes at the last close, 2026-11-22 08:00 UTC: +2 of 3 (BUY from +2, SELL from -2)",
        "up: Trend: close 3.1 % above EMA 50, EMA 50 6.6 % above EMA 200",
        "up: RSI: 62.3, above 55",
        "none: Volume: 1.23 x average, below 1.5",
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
    assert "lower band" not in text
    assert "Range" not in text
    assert "Stop" not in text
    assert text.endswith("\n2 candles are missing: figures skip the gap")


@pytest.mark.parametrize("shape", ["walk", "flat", "rising", "falling"])
@pytest.mark.parametrize("scale", [1e-8, 1e-3, 1.0, 650.0, 1e9])
def test_every_number_of_the_panel_is_among_them(shape, scale):
    """A model that is asked about what a person reads would not know it."""
    candles = made(shape, 999, scale=scale)
    found = analyse(candles)
    text = figures(found, candles, EVIDENCE)
    for number in re.findall(r"\d[\d.,]*", panel(found, candles, EVIDENCE)):
        assert number.rstrip(".,") in text


@pytest.mark.parametrize("seed", range(5))
def test_it_is_shorter_than_the_panel_with_its_levels(seed):
    """A small model would read everything twice, and a person wait for it."""
    candles = made("walk", 999, seed, scale=650)
    found = analyse(candles)
    text = figures(found, candles, EVIDENCE)
    levels = text.count("EMA 20 ") + text.count(" band ")
    assert levels >= 3
    assert len(text) < 1.3 * len(panel(found, candles, EVIDENCE))
