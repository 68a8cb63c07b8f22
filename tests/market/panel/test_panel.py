"""The analysis as text, line by line."""

import math
from dataclasses import replace

import pytest

from engram.core.errors import NoMarketDataError
from engram.market.evidence import Confidence
from engram.market.indicators import Levels
from engram.market.outcomes import Signal
from engram.market.panel.panel import ROOM, block, brief, panel, verdict, without_data
from engram.market.signals import TooFewCandlesError, analyse
from engram.market.symbols import Request
from tests.market.panel.measured import (
    AHEAD,
    ANALYSIS,
    CANDLES,
    EVIDENCE,
    LAST,
    SNAPSHOT,
    VOTES,
    shown,
)
from tests.series import made

WHAT = ANALYSIS, CANDLES, EVIDENCE
HISTORY = "given 12345 times here, right 12345, chance 12345"


def test_the_panel_says_everything_that_was_measured():
    """A person would get a verdict without its reasons."""
    assert shown() == [
        "📊 Market Analysis for BTC/USDT · 4h · Binance",
        "",
        "Signal: BUY",
        "Confidence: Medium (such signals came true 54 % of the time, chance is 50 %)",
        "Price: 67,123.46 (+2.31 % in 24 h)",
        "",
        "🎯 Next 24 candles (4 days), 80 %: 63,400 to 71,500 (-5.5 % to +6.5 %)",
        "🛑 1.5 ATR below: 66,313.27 (-1.2 %), touched 61 times in 100; "
        "3 ATR below: 65,503.08 (-2.4 %), 32 in 100",
        "🧭 Daily: BUY · BTC daily: HOLD",
        "🧱 Support 66,100.00 (-1.5 %), resistance none near",
        "",
        "📈 Trend up (ADX 31.2) · ATR 0.80 %",
        "Votes at the last close: +2 of 3 (BUY from +2, SELL from -2)",
        "▲ Trend: close 3.1 % above EMA 50, EMA 50 6.6 % above EMA 200",
        "▲ RSI: 62.3, above 55",
        "• Volume: 1.23 x average, below 1.5",
        "",
        "Last close 2026-11-22 08:00 UTC",
    ]


@pytest.mark.parametrize(
    ("snapshot", "line"),
    [
        ({"change_24h": None}, "Price: 67,123.46"),
        ({"change_24h": -0.5}, "Price: 67,123.46 (-50.00 % in 24 h)"),
        ({"last": replace(LAST, volume_ratio=math.nan)}, "• Volume: nothing traded in 20 candles"),
        ({"levels": Levels(None, None)}, "🧱 Support none near, resistance none near"),
    ],
)
def test_what_is_not_there_is_named(snapshot, line):
    """A person would read nan, None, or a made-up zero."""
    assert line in shown(**snapshot)


@pytest.mark.parametrize(
    ("direction", "lines"),
    [
        (-1, ["Signal: SELL", "📈 Trend down (ADX 31.2) · ATR 0.80 %",
              "Votes at the last close: -2 of 2 (BUY from +2, SELL from -2)"]),
        (0, ["Signal: HOLD", "📈 No clear direction (ADX 31.2) · ATR 0.80 %",
             "Votes at the last close: 0 of 2 (BUY from +2, SELL from -2)"]),
    ],
)  # fmt: skip
def test_the_votes_carry_the_signal(direction, lines):
    """The signal would contradict the votes beneath it."""
    found = shown(dict.fromkeys(("Trend", "RSI"), direction))
    assert all(line in found for line in lines)
    assert any(line.startswith(f"{'▼' if direction else '•'} Trend: ") for line in found)


@pytest.mark.parametrize(
    ("missing", "line"),
    [
        (1, "⚠️ 1 candle is missing: figures skip the gap"),
        (7, "⚠️ 7 candles are missing: figures skip the gap"),
    ],
)
def test_gaps_in_the_data_are_told(missing, line):
    """A person would take figures from incomplete data for complete ones."""
    assert line in shown(candles=replace(CANDLES, missing=missing))
    assert not any("missing" in other for other in shown())


@pytest.mark.parametrize(
    ("err", "reason"),
    [
        (NoMarketDataError("Binance could not be reached."),
         "There is no market data: Binance could not be reached."),
        (TooFewCandlesError(made(count=49)), "Binance has too short a history of BTC/USDT: "
         "49 candles are too few for a signal, it needs 200."),
        (TooFewCandlesError(replace(made(count=49), pause=(1_795_000_000.0, 1_795_120_000.0))),
         "Binance has no candles of BTC/USDT from 2026-11-18 11:06 UTC to 2026-11-19 20:26 UTC: "
         "the 49 since then are too few for a signal, it needs 200."),
        (TooFewCandlesError(replace(made(count=49), complete=False)),
         "Binance sent only 49 candles of BTC/USDT in time: too few for a signal, it needs 200."),
    ],
    ids=["unreachable", "new", "outage", "slow"],
)  # fmt: skip
def test_without_data_the_reason_stands_in_the_panels_place(err, reason):
    """A person would read an error, or a signal out of thin air."""
    whole, block = without_data(Request("BTC", "USDT", "4h"), err)
    heading, hold = "📊 Market Analysis for BTC/USDT · 4h", ["Signal: HOLD", "Confidence: Low"]
    assert whole.splitlines()[:7] == [heading, "", *hold, "", reason, ""]
    assert block.splitlines() == [heading, *hold, reason]


def test_a_block_has_what_a_comparison_needs():
    """A person who compares four coins would scroll through four whole panels."""
    analysis = replace(ANALYSIS, votes=VOTES, snapshot=SNAPSHOT, range=AHEAD)
    assert block(analysis, CANDLES, EVIDENCE).splitlines() == [
        "📊 Market Analysis for BTC/USDT · 4h · Binance",
        "Signal: BUY",
        "Confidence: Medium (such signals came true 54 % of the time, chance is 50 %)",
        "Price: 67,123.46 (+2.31 % in 24 h)",
        "🎯 Next 24 candles (4 days), 80 %: 63,400 to 71,500 (-5.5 % to +6.5 %)",
    ]


def test_the_verdict_is_signal_and_confidence():
    """Below a model's answer a person could not see at a glance what the rules say."""
    assert verdict(Signal.SELL, Confidence.MEDIUM) == "SELL (Medium)"


@pytest.mark.parametrize("scale", [1e-8, 1e-4, 1.0, 650.0, 1e9])
@pytest.mark.parametrize("shape", ["walk", "flat", "rising"])
def test_it_fits_below_a_chart(shape, scale):
    """Telegram cuts a caption at 1,024 units: the last votes would be in another message."""
    candles = made(shape, 999, scale=scale)
    text = panel(analyse(candles), candles, EVIDENCE, HISTORY)
    assert len(text.encode("utf-16-le")) // 2 <= ROOM
    # What became of the signals takes no reason away.
    assert "EMA 200" in text or shape == "flat"


def test_what_became_of_such_signals_stands_below_the_confidence():
    """A person would not see how the signal did here, or an empty line."""
    lines = panel(ANALYSIS, CANDLES, EVIDENCE, HISTORY).splitlines()
    place = next(i for i, line in enumerate(lines) if line.startswith("Confidence: "))
    assert lines[place + 1] == f"📒 {ANALYSIS.signal.value}: {HISTORY}"
    without = [line for i, line in enumerate(lines) if i != place + 1]
    assert panel(ANALYSIS, CANDLES, EVIDENCE).splitlines() == without


def test_reasons_give_way_where_names_are_long():
    """The votes on a market with a very long name would be in another message."""
    candles = made("walk", 999, scale=1e-8)
    assert "Trend: close" in panel(analyse(candles), candles, EVIDENCE)
    long = replace(candles, symbol="1000SATS/FDUSD", exchange="Coinbase International " * 9)
    text = panel(analyse(long), long, EVIDENCE)
    assert "Last close" in text
    assert len(text.encode("utf-16-le")) // 2 <= 1024
    assert "Trend\n" in text


def test_a_brief_panel_lacks_the_reasons_alone():
    """What was said above a panel would push its end off the caption."""
    whole, short = (text.splitlines() for text in (panel(*WHAT), brief(*WHAT)))
    assert len(whole) == len(short)
    assert [one for one, other in zip(whole, short, strict=True) if one != other] == whole[-8:-2]
