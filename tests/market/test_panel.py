"""The analysis as text, line by line."""

import math
from dataclasses import replace

import pytest

from engram.core.errors import NoMarketDataError
from engram.market.indicators import Levels
from engram.market.panel import block, panel, verdict, without_data
from engram.market.signals import CANDLES_NEEDED, TooFewCandlesError, analyse
from engram.market.track_record import Confidence, Signal, TrackRecord
from tests.series import first, made

CANDLES = made("walk", 999, seed=3, timeframe="4h", scale=650)
ANALYSIS = analyse(CANDLES)
LAST = replace(
    ANALYSIS.snapshot.last,
    close=67_000.0, ema20=66_000.0, ema50=65_000.5, ema200=61_000.0, adx=31.25, rsi=62.34,
    macd=120.5, macd_signal=98.75, atr=540.125, bollinger_lower=64_000.0,
    bollinger_upper=68_000.0, volume_ratio=1.234,
)  # fmt: skip
SNAPSHOT = replace(
    ANALYSIS.snapshot,
    price=67_123.456,
    change_24h=0.0231,
    levels=Levels(66_100.0, None),
    last=LAST,
)
VOTES = {"Trend": 1, "RSI": 1, "Volume": 0}
RECORD = TrackRecord(31, 52, 0.51, 24)


def shown(votes=VOTES, record=RECORD, candles=CANDLES, **snapshot):
    """The lines of the panel with these changes."""
    changed = replace(SNAPSHOT, **snapshot)
    analysis = replace(ANALYSIS, votes=votes, track_record=record, snapshot=changed)
    return panel(analysis, candles).splitlines()


def test_the_panel_says_everything_that_was_measured():
    """A person would get a verdict without its reasons."""
    assert shown() == [
        "📊 Market Analysis for BTC/USDT (4h, Binance)",
        "",
        "Signal: BUY",
        "Confidence: Medium",
        "Price: 67,123.46 (+2.31 % in 24 h)",
        "",
        "📈 Trend: up, ADX 31.2",
        "EMA 20/50/200: 66,000.00 / 65,000.50 / 61,000.00",
        "⚡ Momentum: RSI 62.3, MACD 120.50, signal 98.75",
        "🌊 Volatility: ATR 540.12 (0.80 %)",
        "Bollinger: 64,000.00 to 68,000.00",
        "📦 Volume: 1.23 x average",
        "🧱 Support 66,100.00 (-1.5 %), resistance none near",
        "",
        "Votes +2 (BUY from +2, SELL from -2):",
        "▲ Trend: close 3.1 % above EMA 50, EMA 50 6.6 % above EMA 200",
        "▲ RSI: 62.3, above 55",
        "• Volume: 1.23 x average, below 1.5",
        "",
        "Track record: right 31 of 52 times (60 %); by chance 51 %",
        "Outcomes are measured 24 candles later",
        "Candles until 2026-11-22 08:00 UTC",
    ]


@pytest.mark.parametrize(
    ("snapshot", "line"),
    [
        ({"change_24h": None}, "Price: 67,123.46"),
        ({"change_24h": -0.5}, "Price: 67,123.46 (-50.00 % in 24 h)"),
        ({"last": replace(LAST, volume_ratio=math.nan)}, "📦 Volume: none"),
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
        (-1, ["Signal: SELL", "📈 Trend: down, ADX 31.2", "Votes -2 (BUY from +2, SELL from -2):"]),
        (0, ["Signal: HOLD", "📈 Trend: no clear direction, ADX 31.2",
             "Votes 0 (BUY from +2, SELL from -2):"]),
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
        (1, "⚠️ 1 candle is missing: figures and outcomes skip the gap"),
        (7, "⚠️ 7 candles are missing: figures and outcomes skip the gap"),
    ],
)
def test_gaps_in_the_data_are_told(missing, line):
    """A person would take figures from incomplete data for complete ones."""
    assert line in shown(candles=replace(CANDLES, missing=missing))
    assert not any("missing" in other for other in shown())


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (RECORD, "Track record: right 31 of 52 times (60 %); by chance 51 %"),
        (TrackRecord(0, 3, 0.0, 24), "Track record: right 0 of 3 times (0 %); by chance 0 %"),
        (
            TrackRecord(0, 0, 0.5, 24),
            "Track record: none, no earlier signal of this kind has a known outcome yet",
        ),
    ],
)
def test_what_the_confidence_rests_on_is_told(record, line):
    """A person could not see it, or 0 of 0 would be told as a hit rate of 0 %."""
    assert line in shown(record=record)


def reason(lines, name):
    """The reason on the line of the vote `name`."""
    votes = dict(line[2:].split(": ", 1) for line in lines if line[:2] in ("▲ ", "• ", "▼ "))
    return votes[name]


@pytest.mark.parametrize("seed", range(8))
def test_a_reason_agrees_with_its_vote(seed):
    """A vote to buy would be explained by a fall."""
    candles = made("walk", 1000, seed)
    for count in range(CANDLES_NEEDED, 1000, 101):
        candles_then = first(candles, count)
        found = analyse(candles_then)
        lines = panel(found, candles_then).splitlines()
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
    lines = panel(analyse(candles), candles).splitlines()
    assert lines.count("📦 Volume: 1.00 x average") == 1
    votes = [line for line in lines if line.startswith("• ")]
    assert len(votes) == 6
    assert all(line.endswith(": no vote, close unchanged for 14 candles") for line in votes)


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
    whole, block = without_data("BTC/USDT (4h)", err)
    heading, hold = "📊 Market Analysis for BTC/USDT (4h)", ["Signal: HOLD", "Confidence: Low"]
    assert whole.splitlines()[:7] == [heading, "", *hold, "", reason, ""]
    assert block.splitlines() == [heading, *hold, reason]


def test_a_block_has_what_a_comparison_needs():
    """A person who compares four coins would scroll through four whole panels."""
    analysis = replace(ANALYSIS, votes=VOTES, snapshot=SNAPSHOT)
    assert block(analysis, CANDLES).splitlines() == [
        "📊 Market Analysis for BTC/USDT (4h, Binance)",
        f"Signal: {analysis.signal.value}",
        f"Confidence: {analysis.confidence.value}",
        "Price: 67,123.46 (+2.31 % in 24 h)",
        "🧱 Support 66,100.00 (-1.5 %), resistance none near",
    ]


def test_the_verdict_is_signal_and_confidence():
    """Below a model's answer a person could not see at a glance what the rules say."""
    assert verdict(Signal.SELL, Confidence.MEDIUM) == "SELL (Medium)"


@pytest.mark.parametrize("scale", [1e-8, 1e-4, 1.0, 650.0, 1e9])
@pytest.mark.parametrize("shape", ["walk", "flat", "rising"])
def test_it_fits_below_a_chart(shape, scale):
    """Telegram cuts a caption at 1,024 units: the track record would be in another message."""
    candles = made(shape, 999, scale=scale)
    text = panel(analyse(candles), candles)
    assert len(text.encode("utf-16-le")) // 2 <= 1024


def test_distances_give_way_where_names_are_long():
    """A panel that is too long for a caption would lose its end to another message."""
    candles = made("walk", 999, scale=1e-8)
    assert " %), resistance" in panel(analyse(candles), candles)
    long = replace(candles, symbol="1000SATS/FDUSD", exchange="Coinbase International " * 4)
    text = panel(analyse(long), long)
    assert "resistance" in text
    assert " %), resistance" not in text


def test_reasons_give_way_where_even_that_is_too_long():
    """The track record of a market with a very long name would be in another message."""
    candles = made("walk", 999, scale=1e-8)
    long = replace(candles, symbol="1000SATS/FDUSD", exchange="Coinbase International " * 9)
    text = panel(analyse(long), long)
    assert "Track record" in text
    assert len(text.encode("utf-16-le")) // 2 <= 1024
    assert "Trend\n" in text
