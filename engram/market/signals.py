"""BUY, SELL or HOLD by the votes of six indicators, with the track record of that very rule.

A vote is +1 for rising, -1 for falling, 0 for neither. BUY from a sum of +2, SELL from -2, else
HOLD. Every vote is computed for all candles at once and uses nothing after its candle; the last
row is today's signal, so the replay that the track record is counted on cannot differ from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from engram.core.formats import format_percent
from engram.market.indicators import Indicators, Snapshot, compute, snapshot
from engram.market.track_record import Confidence, Signal, TrackRecord, measure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engram.market.candles import Candles

    Mask: TypeAlias = NDArray[np.bool_]

CANDLES_NEEDED = 200  # by the longest indicator, EMA 200
ACT_FROM = 2

TREND_ADX = 20.0
BULLISH_RSI, BEARISH_RSI = 55.0, 45.0
MACD_DEAD_BAND = 0.05  # of the ATR: on a straight line the histogram is rounding noise around zero
HEAVY_VOLUME = 1.5
STILL = "no vote, close unchanged for 14 candles"


class TooFewCandlesError(ValueError):
    """There are fewer candles than the longest indicator needs, so there is no signal."""

    def __init__(self, have: int) -> None:
        super().__init__(f"{have} candles are too few for a signal, it needs {CANDLES_NEEDED}")


@dataclass(frozen=True, slots=True)
class Vote:
    """What one indicator says and why, in figures that do not depend on the price's size."""

    name: str
    direction: int
    reason: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """The votes at the last closed candle, their record on these candles, and all figures."""

    votes: tuple[Vote, ...]
    track_record: TrackRecord
    snapshot: Snapshot

    @property
    def score(self) -> int:
        """Net votes, from which the signal follows."""
        return sum(vote.direction for vote in self.votes)

    @property
    def signal(self) -> Signal:
        return _signal(self.score)

    @property
    def confidence(self) -> Confidence:
        return self.track_record.confidence


def analyse(candles: Candles, horizon: int = 24) -> Analysis:
    """The signal at the last closed candle, measured by the return over `horizon` candles.

    Raises `TooFewCandlesError` below `CANDLES_NEEDED`: then there is no signal, not even HOLD.
    """
    if len(candles.close) < CANDLES_NEEDED:
        raise TooFewCandlesError(len(candles.close))
    indicators = compute(candles)
    figures = snapshot(candles, indicators)
    record = measure(replay(indicators), candles.close.tolist(), horizon)
    still = bool(indicators.still[-1])
    votes = tuple(
        Vote(rule.name, direction, STILL if still else rule.reason(figures))
        for rule, direction in zip(_RULES, _directions(indicators)[-1], strict=True)
    )
    return Analysis(votes, record, figures)


def replay(indicators: Indicators) -> list[Signal | None]:
    """The signal at every candle; None before the longest indicator has its candles."""
    return [
        None if t < CANDLES_NEEDED - 1 else _signal(sum(directions))
        for t, directions in enumerate(_directions(indicators))
    ]


def _signal(score: int) -> Signal:
    if score >= ACT_FROM:
        return Signal.BUY
    return Signal.SELL if score <= -ACT_FROM else Signal.HOLD


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    sides: Callable[[Indicators], tuple[Mask, Mask]]  # where it says rising, where falling
    reason: Callable[[Snapshot], str]


def _directions(indicators: Indicators) -> list[tuple[int, ...]]:
    """One row per candle with the votes of all rules; a market that stands still gets none.

    Comparisons with NaN are false, so an indicator that is not there yet does not vote either.
    """
    moving = ~indicators.still
    sides = (rule.sides(indicators) for rule in _RULES)
    columns = [(up & moving).astype(int) - (down & moving).astype(int) for up, down in sides]
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _trend(i: Indicators) -> tuple[Mask, Mask]:
    return (
        (i.close > i.ema50) & (i.ema50 > i.ema200),
        (i.close < i.ema50) & (i.ema50 < i.ema200),
    )


def _trend_reason(s: Snapshot) -> str:
    return f"close {_beside(s.close, s.ema50)} EMA 50, EMA 50 {_beside(s.ema50, s.ema200)} EMA 200"


def _beside(value: float, other: float) -> str:
    return f"{format_percent(abs(value / other - 1), 1)} {'above' if value > other else 'below'}"


def _strength(i: Indicators) -> tuple[Mask, Mask]:
    trending = i.adx >= TREND_ADX
    return trending & (i.ema20 > i.ema50), trending & (i.ema20 < i.ema50)


def _strength_reason(s: Snapshot) -> str:
    if s.adx < TREND_ADX:
        return f"ADX {s.adx:.1f}, no trend below {TREND_ADX:.0f}"
    return f"ADX {s.adx:.1f} is a trend, EMA 20 {_beside(s.ema20, s.ema50)} EMA 50"


def _rsi(i: Indicators) -> tuple[Mask, Mask]:
    return i.rsi > BULLISH_RSI, i.rsi < BEARISH_RSI


def _rsi_reason(s: Snapshot) -> str:
    if BEARISH_RSI <= s.rsi <= BULLISH_RSI:
        return f"{s.rsi:.1f}, between {BEARISH_RSI:.0f} and {BULLISH_RSI:.0f}"
    above = s.rsi > BULLISH_RSI
    return f"{s.rsi:.1f}, {f'above {BULLISH_RSI:.0f}' if above else f'below {BEARISH_RSI:.0f}'}"


def _macd(i: Indicators) -> tuple[Mask, Mask]:
    band = MACD_DEAD_BAND * i.atr
    return i.macd_histogram > band, i.macd_histogram < -band


def _macd_reason(s: Snapshot) -> str:
    in_atr = s.macd_histogram / s.atr
    side = "within" if abs(in_atr) <= MACD_DEAD_BAND else "beyond"
    return f"histogram {in_atr:+.3f} ATR, {side} {MACD_DEAD_BAND}"


def _bollinger(i: Indicators) -> tuple[Mask, Mask]:
    ranging = i.adx < TREND_ADX
    return ranging & (i.close < i.bollinger_lower), ranging & (i.close > i.bollinger_upper)


def _bollinger_reason(s: Snapshot) -> str:
    if s.adx >= TREND_ADX:
        return f"no vote in a trend (ADX {TREND_ADX:.0f} or more)"
    if s.close > s.bollinger_upper:
        return f"close {_beside(s.close, s.bollinger_upper)} the upper band without a trend"
    if s.close < s.bollinger_lower:
        return f"close {_beside(s.close, s.bollinger_lower)} the lower band without a trend"
    return "close inside the bands"


def _volume(i: Indicators) -> tuple[Mask, Mask]:
    heavy = i.volume_ratio >= HEAVY_VOLUME
    return heavy & (i.change > 0), heavy & (i.change < 0)


def _volume_reason(s: Snapshot) -> str:
    if s.volume_ratio is None:
        return "nothing traded in 20 candles"
    if s.volume_ratio < HEAVY_VOLUME:
        return f"{s.volume_ratio:.2f} x average, below {HEAVY_VOLUME}"
    return f"{s.volume_ratio:.2f} x average, close {format_percent(s.change, 2, signed=True)}"


_RULES = (
    _Rule("Trend", _trend, _trend_reason),
    _Rule("Strength", _strength, _strength_reason),
    _Rule("RSI", _rsi, _rsi_reason),
    _Rule("MACD", _macd, _macd_reason),
    _Rule("Bollinger", _bollinger, _bollinger_reason),
    _Rule("Volume", _volume, _volume_reason),
)
