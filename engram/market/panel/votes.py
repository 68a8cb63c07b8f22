"""What each rule voted, and why, in figures that do not depend on the size of the price."""

import math
from collections.abc import Callable, Mapping

from engram.core.formats import format_percent
from engram.market.indicators import Row
from engram.market.signals import (
    BEARISH_RSI,
    BULLISH_RSI,
    HEAVY_VOLUME,
    MACD_DEAD_BAND,
    TREND_ADX,
    Analysis,
)

MARKS = {1: "▲", 0: "•", -1: "▼"}
_TRENDS = {1: "up", -1: "down"}
_SIDES = {1: "Up", -1: "Down", 0: "No vote"}


def vote_lines(analysis: Analysis, *, why: bool = True) -> tuple[str, ...]:
    """A line for each rule: its mark, its name, and its reason unless `why` is false."""
    last = analysis.snapshot.last
    return tuple(
        f"{MARKS[side]} {rule}{_reason(rule, last) if why else ''}"
        for rule, side in analysis.votes.items()
    )


def sides(analysis: Analysis) -> tuple[str, ...]:
    """A line for each side: the rules that vote so, each with the figure that it goes by.

    Trend and Bollinger go by levels, which are none of their figures.
    """
    last = analysis.snapshot.last
    lines = []
    for side, name in _SIDES.items():
        rules = [rule for rule, vote in analysis.votes.items() if vote == side]
        if rules:
            lines.append(f"{name}: {', '.join(rule + _measure(rule, last) for rule in rules)}")
    return tuple(lines)


def trend_now(analysis: Analysis) -> str:
    """Direction and strength in one, so that they cannot contradict each other."""
    adx, trend = analysis.snapshot.last.adx, _TRENDS.get(analysis.votes["Trend"])
    shown = _apart(adx, TREND_ADX)
    if trend is None:
        return f"No clear direction (ADX {shown})"
    return f"Trend {trend}{'' if adx >= TREND_ADX else ', but weak'} (ADX {shown})"


def _apart(value: float, *thresholds: float, decimals: int = 1) -> str:
    """`value` with so many decimals, or with more where it would be rounded to a threshold."""
    shown = f"{value:.{decimals}f}"
    while decimals < 9 and any(float(shown) == one != value for one in thresholds):
        decimals += 1
        shown = f"{value:.{decimals}f}"
    return shown


def _reason(rule: str, i: Row) -> str:
    """Why `rule` votes so, in figures that do not depend on the size of the price."""
    return f": {'no vote, close unchanged for 14 candles' if i.still else _REASONS[rule](i)}"


def _measure(rule: str, i: Row) -> str:
    """The figure by which `rule` goes, in brackets; "" where that is a level, or not known."""
    shown = _MEASURES[rule](i) if rule in _MEASURES else ""
    return shown and f" ({shown})"


def _adx_now(i: Row) -> str:
    return f"ADX {_apart(i.adx, TREND_ADX)}"


def _rsi_now(i: Row) -> str:
    return _apart(i.rsi, BEARISH_RSI, BULLISH_RSI)


def _macd_now(i: Row) -> str:
    """Its histogram in ATRs; a market that stands still has none."""
    if not i.atr:
        return ""
    in_atr, edge = i.macd_histogram / i.atr, MACD_DEAD_BAND
    shown = _apart(in_atr, -edge, edge, decimals=3)
    return f"histogram {'' if shown.startswith('-') else '+'}{shown} ATR"


def _volume_now(i: Row) -> str:
    if math.isnan(i.volume_ratio):
        return ""
    return f"{_apart(i.volume_ratio, HEAVY_VOLUME, decimals=2)} x average"


def _beside(value: float, other: float) -> str:
    return f"{format_percent(abs(value / other - 1), 1)} {'above' if value > other else 'below'}"


def _trend(i: Row) -> str:
    return f"close {_beside(i.close, i.ema50)} EMA 50, EMA 50 {_beside(i.ema50, i.ema200)} EMA 200"


def _strength(i: Row) -> str:
    if i.adx < TREND_ADX:
        return f"{_adx_now(i)}, weak below {TREND_ADX:.0f}"
    return f"{_adx_now(i)}, EMA 20 {_beside(i.ema20, i.ema50)} EMA 50"


def _rsi(i: Row) -> str:
    rsi = _rsi_now(i)
    if i.rsi > BULLISH_RSI:
        return f"{rsi}, above {BULLISH_RSI:.0f}"
    if i.rsi < BEARISH_RSI:
        return f"{rsi}, below {BEARISH_RSI:.0f}"
    return f"{rsi}, between {BEARISH_RSI:.0f} and {BULLISH_RSI:.0f}"


def _macd(i: Row) -> str:
    in_atr, edge = i.macd_histogram / i.atr, MACD_DEAD_BAND
    if abs(in_atr) <= edge:
        return f"{_macd_now(i)}, within {edge}"
    return f"{_macd_now(i)}, above {edge}" if in_atr > 0 else f"{_macd_now(i)}, below -{edge}"


def _bollinger(i: Row) -> str:
    if i.adx >= TREND_ADX:
        return f"no vote, ADX {TREND_ADX:.0f} or more"
    calm = f"ADX below {TREND_ADX:.0f}"
    if i.close > i.bollinger_upper:
        return f"close {_beside(i.close, i.bollinger_upper)} the upper band, {calm}"
    if i.close < i.bollinger_lower:
        return f"close {_beside(i.close, i.bollinger_lower)} the lower band, {calm}"
    return "close inside the bands"


def _volume(i: Row) -> str:
    if math.isnan(i.volume_ratio):
        return "nothing traded in 20 candles"
    if i.volume_ratio < HEAVY_VOLUME:
        return f"{_volume_now(i)}, below {HEAVY_VOLUME}"
    return f"{_volume_now(i)}, close {format_percent(i.change, 2, signed=True)}"


_REASONS: Mapping[str, Callable[[Row], str]] = {
    "Trend": _trend,
    "Strength": _strength,
    "RSI": _rsi,
    "MACD": _macd,
    "Bollinger": _bollinger,
    "Volume": _volume,
}
# What stands for the reason in few words.
_MEASURES: Mapping[str, Callable[[Row], str]] = {
    "Strength": _adx_now,
    "RSI": _rsi_now,
    "MACD": _macd_now,
    "Volume": _volume_now,
}
