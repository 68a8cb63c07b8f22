"""The analysis as text, line by line."""

from dataclasses import replace

import pytest

from engram.market.panel import panel
from engram.market.signals import Analysis, Vote, analyse
from engram.market.track_record import TrackRecord
from tests.series import made

CANDLES = made("walk", 999, seed=3, timeframe="4h", scale=650)
FIGURES = replace(
    analyse(CANDLES).snapshot,
    price=67_123.456, change_24h=0.0231, ema20=66_000.0, ema50=65_000.5, ema200=61_000.0,
    adx=31.25, rsi=62.34, macd=120.5, macd_signal=98.75, atr=540.125, bollinger_lower=64_000.0,
    bollinger_upper=68_000.0, volume_ratio=1.234, support=66_100.0, resistance=None,
)  # fmt: skip
VOTES = (Vote("Trend", 1, "close above"), Vote("RSI", 1, "62.3"), Vote("Volume", 0, "quiet"))
RECORD = TrackRecord(31, 52, 0.51, 24)


def shown(votes=VOTES, record=RECORD, candles=CANDLES, **figures):
    """The lines of the panel with these changes."""
    return panel(Analysis(votes, record, replace(FIGURES, **figures)), candles).splitlines()


def test_the_panel_says_everything_that_was_measured():
    """A person would get a verdict without its reasons."""
    assert shown() == [
        "📊 Market Analysis for BTC/USDT",
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
        "🧱 Support 66,100.00, resistance none near",
        "",
        "Votes +2 (BUY from +2, SELL from -2):",
        "▲ Trend: close above",
        "▲ RSI: 62.3",
        "• Volume: quiet",
        "",
        "Track record: right 31 of 52 times (60 %), any candle 51 %",
        "Outcomes are measured 24 candles later",
        "Binance, 4h, 2026-11-22 08:00 UTC",
    ]


@pytest.mark.parametrize(
    ("figures", "line"),
    [
        ({"change_24h": None}, "Price: 67,123.46"),
        ({"change_24h": -0.5}, "Price: 67,123.46 (-50.00 % in 24 h)"),
        ({"volume_ratio": None}, "📦 Volume: none"),
        ({"support": None}, "🧱 Support none near, resistance none near"),
    ],
)
def test_what_is_not_there_is_named(figures, line):
    """A person would read None, or a made-up zero."""
    assert line in shown(**figures)


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
    votes = tuple(replace(vote, direction=direction) for vote in VOTES[:2])
    found = shown(votes)
    assert all(line in found for line in lines)
    assert f"{'▼' if direction else '•'} Trend: close above" in found


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


def test_without_a_record_there_are_no_percentages():
    """0 of 0 would be told as a hit rate of 0 %."""
    assert "Track record: none, no earlier signal of this kind has a known outcome yet" in shown(
        record=TrackRecord(0, 0, 0.5, 24)
    )


@pytest.mark.parametrize("scale", [1e-8, 1e-4, 1.0, 650.0, 1e9])
@pytest.mark.parametrize("shape", ["walk", "flat", "rising"])
def test_it_fits_below_a_chart(shape, scale):
    """Telegram cuts a caption at 1,024 units: the track record would land in another message."""
    candles = made(shape, 999, scale=scale)
    text = panel(analyse(candles), candles)
    assert len(text.encode("utf-16-le")) // 2 <= 1024
