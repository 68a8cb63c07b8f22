"""The votes, their reasons, and the trend in words."""

from dataclasses import replace

import pytest

from engram.market.panel.panel import panel
from engram.market.panel.votes import trend_now, vote_lines
from engram.market.signals import CANDLES_NEEDED, analyse
from tests.market.panel.measured import ANALYSIS, EVIDENCE, LAST, SNAPSHOT, reason
from tests.series import first, made


def panels(seed):
    """Analyses along a random walk, each with the lines of its panel."""
    candles = made("walk", 1000, seed)
    for count in range(CANDLES_NEEDED, 1000, 101):
        candles_then = first(candles, count)
        found = analyse(candles_then)
        yield found, panel(found, candles_then, EVIDENCE).splitlines()


@pytest.mark.parametrize("seed", range(8))
def test_no_line_contradicts_another(seed):
    """A panel would say "trend up" above "no trend", and a live price would be called a close."""
    for _, lines in panels(seed):
        trend = next(line for line in lines if line.startswith("📈"))
        weak = "weak below" in reason(lines, "Strength")
        assert ("Trend" in trend and "but weak" not in trend) <= (not weak)
        assert ("but weak" in trend) <= weak
        assert not any(
            "trend" in line.removeprefix("📈 Trend").removeprefix("🧭") for line in lines
        )


@pytest.mark.parametrize("seed", range(8))
def test_a_reason_agrees_with_its_vote(seed):
    """A vote to buy would be explained by a fall."""
    for found, lines in panels(seed):
        reasons = {rule: (side, reason(lines, rule)) for rule, side in found.votes.items()}
        side, why = reasons["RSI"]
        assert {1: "above 55", 0: "between 45 and 55", -1: "below 45"}[side] in why
        side, why = reasons["MACD"]
        assert {1: "histogram +", 0: "within", -1: "histogram -"}[side] in why
        assert (side != 0) == (f"ATR, {'above 0' if side > 0 else 'below -0'}.05" in why)
        side, why = reasons["Bollinger"]
        assert {1: "below the lower", -1: "above the upper"}.get(side, "") in why
        side, why = reasons["Volume"]
        assert {1: "close +", -1: "close -"}.get(side, "below 1.5") in why
        side, why = reasons["Trend"]
        assert why.count("above" if side > 0 else "below") == {1: 2, 0: 1, -1: 2}[side]


def test_a_market_that_stands_still_says_so_in_every_vote():
    """A dead market would be given reasons, or divide by its ATR of 0."""
    candles = made("flat")
    lines = panel(analyse(candles), candles, EVIDENCE).splitlines()
    votes = [line for line in lines if line.startswith("• ")]
    assert len(votes) == 6
    assert all(line.endswith(": no vote, close unchanged for 14 candles") for line in votes)


def with_last(votes, **changes):
    """An analysis with these votes and these figures at the last candle."""
    last = replace(LAST, **changes)
    return replace(ANALYSIS, votes=votes, snapshot=replace(SNAPSHOT, last=last))


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "• Trend: close 3.1 % above EMA 50, EMA 50 6.6 % above EMA 200"),
        ({"close": 64_000.0, "ema200": 66_000.0},
         "• Trend: close 1.5 % below EMA 50, EMA 50 1.5 % below EMA 200"),
        ({}, "• Strength: ADX 31.2, EMA 20 1.5 % above EMA 50"),
        ({"adx": 20.0}, "• Strength: ADX 20.0, EMA 20 1.5 % above EMA 50"),
        ({"adx": 19.96}, "• Strength: ADX 19.96, weak below 20"),
        ({"rsi": 55.0}, "• RSI: 55.0, between 45 and 55"),
        ({"rsi": 55.004}, "• RSI: 55.004, above 55"),
        ({"rsi": 45.0}, "• RSI: 45.0, between 45 and 55"),
        ({"rsi": 44.96}, "• RSI: 44.96, below 45"),
        ({"macd_histogram": 3.5, "atr": 100.0}, "• MACD: histogram +0.035 ATR, within 0.05"),
        ({"macd_histogram": 5.0004, "atr": 100.0}, "• MACD: histogram +0.050004 ATR, above 0.05"),
        ({"macd_histogram": -5.8, "atr": 100.0}, "• MACD: histogram -0.058 ATR, below -0.05"),
        ({"adx": 19.0}, "• Bollinger: close inside the bands"),
        ({"adx": 19.0, "close": 63_000.0},
         "• Bollinger: close 1.6 % below the lower band, ADX below 20"),
        ({"adx": 19.0, "close": 69_000.0},
         "• Bollinger: close 1.5 % above the upper band, ADX below 20"),
        ({"adx": 20.0}, "• Bollinger: no vote, ADX 20 or more"),
        ({"volume_ratio": 1.4999}, "• Volume: 1.4999 x average, below 1.5"),
        ({"volume_ratio": 1.5, "change": 0.0123}, "• Volume: 1.50 x average, close +1.23 %"),
    ],
)  # fmt: skip
def test_a_reason_is_exact_at_the_edge_of_a_vote(changes, line):
    """A person would read "ADX 20.0, weak below 20", or that a figure is on the other side."""
    rule = line[2:].partition(":")[0]
    (found,) = vote_lines(with_last({rule: 0}, **changes))
    assert found == line


@pytest.mark.parametrize(
    ("vote", "adx", "shown"),
    [
        (1, 20.0, "Trend up (ADX 20.0)"),
        (1, 19.99, "Trend up, but weak (ADX 19.99)"),
        (-1, 12.0, "Trend down, but weak (ADX 12.0)"),
        (0, 31.0, "No clear direction (ADX 31.0)"),
    ],
)
def test_the_trend_has_direction_and_strength(vote, adx, shown):
    """A person would trade with a trend that hardly is one."""
    assert trend_now(with_last({"Trend": vote}, adx=adx)) == shown
