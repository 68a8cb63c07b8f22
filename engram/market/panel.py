"""The analysis as the text that a person reads, in the terminal and under the chart."""

import math
from collections.abc import Callable, Mapping

from engram.core.errors import NoMarketDataError
from engram.core.formats import format_percent, format_price, format_time
from engram.core.surrogates import utf16_length
from engram.market.candles import Candles, closing_time, title
from engram.market.indicators import Row, Snapshot
from engram.market.signals import (
    ACT_FROM,
    BEARISH_RSI,
    BULLISH_RSI,
    HEAVY_VOLUME,
    MACD_DEAD_BAND,
    TREND_ADX,
    Analysis,
    TooFewCandlesError,
)
from engram.market.track_record import Confidence, Signal, TrackRecord

_HEADING = "📊 Market Analysis for {title}"
_NO_REASON = (
    "Without enough candles nothing can be measured, so there is no reason to buy or to sell."
)
# A caption may have so many UTF-16 units; the note below takes what is beyond `ROOM`.
CAPTION, ROOM = 1024, 940
_MARKS = {1: "▲", 0: "•", -1: "▼"}
_TRENDS = {1: "up", 0: "no clear direction", -1: "down"}


def panel(analysis: Analysis, candles: Candles) -> str:
    """Plain text of about 20 lines and, with usual symbol names, less than 950 UTF-16 units.

    The closing note on who wrote the answer is not part of it. Where names and prices are so long
    that it might not fit below a chart, the distances of the levels are left out, and where even
    that is too long, the reasons of the votes.
    """
    text = _panel(analysis, candles)
    if utf16_length(text) > ROOM:
        text = _panel(analysis, candles, far=False)
    return (
        text if utf16_length(text) <= CAPTION else _panel(analysis, candles, far=False, why=False)
    )


def _panel(analysis: Analysis, candles: Candles, *, far: bool = True, why: bool = True) -> str:
    return "\n".join(
        (
            _heading(candles),
            "",
            *_verdict(analysis),
            *_figures(analysis.snapshot, trend=analysis.votes["Trend"], far=far),
            "",
            f"Votes {_signed(analysis.score)} (BUY from +{ACT_FROM}, SELL from -{ACT_FROM}):",
            *(_vote(*vote, analysis.snapshot.last, why=why) for vote in analysis.votes.items()),
            "",
            *_record(analysis.track_record),
            *_gaps(candles.missing),
            f"Candles until {format_time(closing_time(candles))}",
        )
    )


def block(analysis: Analysis, candles: Candles) -> str:
    """The same in five lines, for a text about several markets."""
    price, *_, levels = _figures(analysis.snapshot, trend=analysis.votes["Trend"])
    return "\n".join((_heading(candles), *_verdict(analysis), price, levels))


def distances(s: Snapshot) -> str:
    """How far averages, bands and levels are from the price, so that nobody has to compute it."""
    levels = {
        "EMA 20": s.last.ema20,
        "EMA 50": s.last.ema50,
        "EMA 200": s.last.ema200,
        "lower band": s.last.bollinger_lower,
        "middle band": s.last.bollinger_middle,
        "upper band": s.last.bollinger_upper,
        "support": s.levels.support,
        "resistance": s.levels.resistance,
        "1.5 ATR above": s.price + 1.5 * s.last.atr,
        "3 ATR above": s.price + 3 * s.last.atr,
    }
    known = {name: level for name, level in levels.items() if level is not None}
    far = (f"{name} {_from(s.price, level, 2)}" for name, level in known.items())
    return f"Distances from the price: {', '.join(far)}"


def without_data(title: str, err: NoMarketDataError | TooFewCandlesError) -> tuple[str, str]:
    """What stands in the places of panel and block where nothing can be measured, due to `err`."""
    reason = str(err) if isinstance(err, TooFewCandlesError) else f"There is no market data: {err}"
    heading, hold = _HEADING.format(title=title), "Signal: HOLD\nConfidence: Low"
    return f"{heading}\n\n{hold}\n\n{reason}\n\n{_NO_REASON}", f"{heading}\n{hold}\n{reason}"


def verdict(signal: Signal, confidence: Confidence) -> str:
    """Both in short: "HOLD (Low)"."""
    return f"{signal.value} ({confidence.value})"


def _heading(candles: Candles) -> str:
    return _HEADING.format(title=title(candles.symbol, candles.timeframe, candles.exchange))


def _verdict(analysis: Analysis) -> tuple[str, str]:
    return f"Signal: {analysis.signal.value}", f"Confidence: {analysis.confidence.value}"


def _figures(s: Snapshot, trend: int, *, far: bool = True) -> tuple[str, ...]:
    def price(value: float) -> str:
        return format_price(value, like=s.price)

    i, day = s.last, ""
    if s.change_24h is not None:
        day = f" ({format_percent(s.change_24h, 2, signed=True)} in 24 h)"
    volume = "none" if math.isnan(i.volume_ratio) else f"{i.volume_ratio:.2f} x average"
    support, resistance = (
        "none near"
        if level is None
        else f"{price(level)} ({_from(s.price, level, 1)})"
        if far
        else price(level)
        for level in (s.levels.support, s.levels.resistance)
    )
    return (
        f"Price: {price(s.price)}{day}",
        "",
        f"📈 Trend: {_TRENDS[trend]}, ADX {i.adx:.1f}",
        f"EMA 20/50/200: {price(i.ema20)} / {price(i.ema50)} / {price(i.ema200)}",
        f"⚡ Momentum: RSI {i.rsi:.1f}, MACD {price(i.macd)}, signal {price(i.macd_signal)}",
        f"🌊 Volatility: ATR {price(i.atr)} ({format_percent(i.atr / s.price, 2)})",
        f"Bollinger: {price(i.bollinger_lower)} to {price(i.bollinger_upper)}",
        f"📦 Volume: {volume}",
        f"🧱 Support {support}, resistance {resistance}",
    )


def _from(price: float, level: float, decimals: int) -> str:
    return format_percent(level / price - 1, decimals, signed=True)


def _record(record: TrackRecord) -> tuple[str, ...]:
    if record.times == 0:
        shown = "none, no earlier signal of this kind has a known outcome yet"
    else:
        shown = (
            f"right {record.right} of {record.times} times "
            f"({format_percent(record.hit_rate)}); by chance {format_percent(record.base_rate)}"
        )
    return f"Track record: {shown}", f"Outcomes are measured {record.horizon} candles later"


def _gaps(missing: int) -> tuple[str, ...]:
    if not missing:
        return ()
    what = "1 candle is" if missing == 1 else f"{missing} candles are"
    return (f"⚠️ {what} missing: figures and outcomes skip the gap",)


def _signed(score: int) -> str:
    return f"{score:+d}" if score else "0"


def _vote(rule: str, direction: int, i: Row, *, why: bool) -> str:
    """What `rule` says and why, in figures that do not depend on the size of the price."""
    if not why:
        return f"{_MARKS[direction]} {rule}"
    reason = "no vote, close unchanged for 14 candles" if i.still else _REASONS[rule](i)
    return f"{_MARKS[direction]} {rule}: {reason}"


def _beside(value: float, other: float) -> str:
    return f"{format_percent(abs(value / other - 1), 1)} {'above' if value > other else 'below'}"


def _trend(i: Row) -> str:
    return f"close {_beside(i.close, i.ema50)} EMA 50, EMA 50 {_beside(i.ema50, i.ema200)} EMA 200"


def _strength(i: Row) -> str:
    if i.adx < TREND_ADX:
        return f"ADX {i.adx:.1f}, no trend below {TREND_ADX:.0f}"
    return f"ADX {i.adx:.1f} is a trend, EMA 20 {_beside(i.ema20, i.ema50)} EMA 50"


def _rsi(i: Row) -> str:
    if i.rsi > BULLISH_RSI:
        return f"{i.rsi:.1f}, above {BULLISH_RSI:.0f}"
    if i.rsi < BEARISH_RSI:
        return f"{i.rsi:.1f}, below {BEARISH_RSI:.0f}"
    return f"{i.rsi:.1f}, between {BEARISH_RSI:.0f} and {BULLISH_RSI:.0f}"


def _macd(i: Row) -> str:
    in_atr = i.macd_histogram / i.atr
    side = "within" if abs(in_atr) <= MACD_DEAD_BAND else "beyond"
    return f"histogram {in_atr:+.3f} ATR, {side} {MACD_DEAD_BAND}"


def _bollinger(i: Row) -> str:
    if i.adx >= TREND_ADX:
        return f"no vote in a trend (ADX {TREND_ADX:.0f} or more)"
    if i.close > i.bollinger_upper:
        return f"close {_beside(i.close, i.bollinger_upper)} the upper band without a trend"
    if i.close < i.bollinger_lower:
        return f"close {_beside(i.close, i.bollinger_lower)} the lower band without a trend"
    return "close inside the bands"


def _volume(i: Row) -> str:
    if math.isnan(i.volume_ratio):
        return "nothing traded in 20 candles"
    if i.volume_ratio < HEAVY_VOLUME:
        return f"{i.volume_ratio:.2f} x average, below {HEAVY_VOLUME}"
    return f"{i.volume_ratio:.2f} x average, close {format_percent(i.change, 2, signed=True)}"


_REASONS: Mapping[str, Callable[[Row], str]] = {
    "Trend": _trend,
    "Strength": _strength,
    "RSI": _rsi,
    "MACD": _macd,
    "Bollinger": _bollinger,
    "Volume": _volume,
}
