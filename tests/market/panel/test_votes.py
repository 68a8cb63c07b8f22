"""The votes, their reasons, and the trend in words."""

import pytest

from engram.market.panel.panel import panel
from engram.market.signals import CANDLES_NEEDED, analyse
from tests.market.panel.measured import EVIDENCE, reason
from tests.series import first, made


@pytest.mark.parametrize("seed", range(8))
def test_no_line_contradicts_another(seed):
    """A panel would say "trend up" above "no trend", and a live price would be called a close."""
    candles = made("walk", 1000, seed)
    for count in range(CANDLES_NEEDED, 1000, 101):
        candles_then = first(candles, count)
        found = analyse(candles_then)
        lines = panel(found, candles_then, EVIDENCE).splitlines()
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
    candles = made("walk", 1000, seed)
    for count in range(CANDLES_NEEDED, 1000, 101):
        candles_then = first(candles, count)
        found = analyse(candles_then)
        lines = panel(found, candles_then, EVIDENCE).splitlines()
        reasons = {rule: (side, reason(lines, rule)) for rule, side in found.votes.items()}
        side, why = reasons["RSI"]
        assert {1: "above 55", 0: "between 45 and 55", -1: "below 45"}[side] in why
        side, why = reasons["MACD"]
        assert {1: "histogram +", 0: "within", -1: "histogram -"}[side] in why
        assert (side != 0) == ("beyond" in why)
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
