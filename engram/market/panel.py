"""The analysis as the text that a person reads, in the terminal and under the chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engram.core.formats import format_percent, format_price, format_time
from engram.market.candles import closing_time
from engram.market.signals import ACT_FROM

if TYPE_CHECKING:
    from engram.market.candles import Candles
    from engram.market.indicators import Snapshot
    from engram.market.signals import Analysis

_MARKS = {1: "▲", 0: "•", -1: "▼"}
_TRENDS = {1: "up", 0: "no clear direction", -1: "down"}


def panel(analysis: Analysis, candles: Candles) -> str:
    """Plain text of about 20 lines and, with usual symbol names, less than 950 UTF-16 units.

    Without the closing note on who wrote it, which the caller knows.
    """
    return "\n".join(
        (
            f"📊 Market Analysis for {candles.symbol}",
            "",
            f"Signal: {analysis.signal.value}",
            f"Confidence: {analysis.confidence.value}",
            *_figures(analysis.snapshot, trend=analysis.votes[0].direction),
            "",
            f"Votes {_signed(analysis.score)} (BUY from +{ACT_FROM}, SELL from -{ACT_FROM}):",
            *(f"{_MARKS[vote.direction]} {vote.name}: {vote.reason}" for vote in analysis.votes),
            "",
            str(analysis.track_record),
            f"Outcomes are measured {analysis.track_record.horizon} candles later",
            *_gaps(candles.missing),
            f"{candles.exchange}, {candles.timeframe}, {format_time(closing_time(candles))}",
        )
    )


def _figures(s: Snapshot, trend: int) -> tuple[str, ...]:
    def price(value: float) -> str:
        return format_price(value, like=s.price)

    day = (
        "" if s.change_24h is None else f" ({format_percent(s.change_24h, 2, signed=True)} in 24 h)"
    )
    volume = "none" if s.volume_ratio is None else f"{s.volume_ratio:.2f} x average"
    return (
        f"Price: {price(s.price)}{day}",
        "",
        f"📈 Trend: {_TRENDS[trend]}, ADX {s.adx:.1f}",
        f"EMA 20/50/200: {price(s.ema20)} / {price(s.ema50)} / {price(s.ema200)}",
        f"⚡ Momentum: RSI {s.rsi:.1f}, MACD {price(s.macd)}, signal {price(s.macd_signal)}",
        f"🌊 Volatility: ATR {price(s.atr)} ({format_percent(s.atr / s.price, 2)})",
        f"Bollinger: {price(s.bollinger_lower)} to {price(s.bollinger_upper)}",
        f"📦 Volume: {volume}",
        f"🧱 Support {_level(s.support, s)}, resistance {_level(s.resistance, s)}",
    )


def _gaps(missing: int) -> tuple[str, ...]:
    if not missing:
        return ()
    what = "1 candle is" if missing == 1 else f"{missing} candles are"
    return (f"⚠️ {what} missing: figures and outcomes skip the gap",)


def _level(level: float | None, s: Snapshot) -> str:
    return "none near" if level is None else format_price(level, like=s.price)


def _signed(score: int) -> str:
    return f"{score:+d}" if score else "0"
