"""What a panel says about the future."""

from dataclasses import replace

import pytest

from engram.market.evidence import Evidence, Regime
from tests.market.panel.measured import AHEAD, CANDLES, EVIDENCE, LAST, REGIME, shown


@pytest.mark.parametrize(
    ("evidence", "line"),
    [
        (
            EVIDENCE,
            "Confidence: Medium (such signals came true 54 % of the time, chance is 50 %)",
        ),
        (Evidence(REGIME, 12), "Confidence: Low (signals over 12 candles were not studied)"),
        (Evidence(REGIME, 1), "Confidence: Low (signals over 1 candle were not studied)"),
    ],
)
def test_what_the_confidence_rests_on_is_told(evidence, line):
    """A person would size a position by a word."""
    assert line in shown(evidence=evidence)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"timeframe": "2h"}, "on 2h"),
        ({"symbol": "ETH/BTC"}, "on markets such as ETH/BTC"),
        ({"symbol": "EUR/USDT"}, "on markets such as EUR/USDT"),
    ],
)
def test_what_was_not_studied_is_said(changes, what):
    """Coins' figures would be told of a currency, or those of hours of a week."""
    line = f"Confidence: Low (signals {what} were not studied)"
    evidence = Evidence(REGIME, 24)
    assert line in shown(evidence=evidence, candles=replace(CANDLES, **changes))


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"timeframe": "1d"}, "🧭 BTC daily: HOLD"),
        ({"timeframe": "1w"}, "🧭 BTC daily: HOLD"),
        ({"timeframe": "4h"}, "🧭 Daily: BUY · BTC daily: HOLD"),
    ],
)
def test_the_higher_timeframe_is_higher(changes, line):
    """A daily analysis would be set beside itself as if it were a second opinion."""
    assert line in shown(candles=replace(CANDLES, **changes))


def test_a_daily_signal_that_did_not_come_is_not_made_up():
    """A person would take a missing signal for a HOLD."""
    evidence = Evidence(Regime(), 24)
    assert "🧭 Daily: not known · BTC daily: not known" in shown(evidence=evidence)


@pytest.mark.parametrize(
    ("timeframe", "horizon", "takes"),
    [
        ("15m", 24, "24 candles (6 hours)"), ("1h", 24, "24 candles (1 day)"),
        ("1h", 1, "1 candle (1 hour)"), ("15m", 3, "3 candles (45 minutes)"),
        ("1d", 24, "24 candles (24 days)"), ("1w", 24, "24 candles (24 weeks)"),
    ],
)  # fmt: skip
def test_how_long_it_takes_is_told(timeframe, horizon, takes):
    """A person would have to work out when 24 candles of 15 minutes are over."""
    candles, ahead = replace(CANDLES, timeframe=timeframe), replace(AHEAD, horizon=horizon)
    assert any(f"Next {takes}, 80 %: " in line for line in shown(candles=candles, ahead=ahead))


def test_without_a_range_there_is_no_line_of_it():
    """A market that stands still would be given the range of another one."""
    assert not any("🎯" in line for line in shown(ahead=None))


@pytest.mark.parametrize(
    ("votes", "changes", "line"),
    [
        ({"Trend": -1, "RSI": -1}, {},
         "🛑 1.5 ATR above: 67,933.64 (+1.2 %), touched 61 times in 100; "
         "3 ATR above: 68,743.83 (+2.4 %), 32 in 100"),
        ({"Trend": 0}, {"last": replace(LAST, atr=30_000.0)},
         "🛑 1.5 ATR below: 22,123.46 (-67.0 %), touched 61 times in 100"),
    ],
)  # fmt: skip
def test_the_stop_is_against_the_signal_and_above_zero(votes, changes, line):
    """A stop of a SELL would lie below the price, or a stop below zero."""
    assert line in shown(votes, **changes)


def test_no_stop_is_as_far_as_the_price():
    """A wild coin would get a stop at a price that cannot be."""
    assert not any("🛑" in line for line in shown(last=replace(LAST, atr=70_000.0)))
    assert not any("🛑" in line for line in shown(last=replace(LAST, atr=0.0)))
