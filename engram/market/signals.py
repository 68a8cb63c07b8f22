"""BUY, SELL or HOLD by the votes of six indicators.

A vote is +1 for rising, -1 for falling, 0 for neither. BUY from a sum of +2, SELL from -2, else
HOLD. Every vote uses its candle and earlier ones only. How often such signals came true is in
`evidence`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, TypeAlias

from engram.core.formats import format_time
from engram.market.candles import CANDLES_NEEDED, Candles
from engram.market.indicators import RECENT, Columns, Snapshot, compute, snapshot, tail
from engram.market.outcomes import Signal
from engram.market.price_range import PriceRange, price_range

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Directions: TypeAlias = "NDArray[np.int_]"

ACT_FROM = 2

TREND_ADX = 20.0
BULLISH_RSI, BEARISH_RSI = 55.0, 45.0
MACD_DEAD_BAND = 0.05  # of the ATR: on a straight line the histogram is rounding noise around zero
HEAVY_VOLUME = 1.5


class TooFewCandlesError(ValueError):
    """There are fewer candles than the longest indicator needs; the text is a sentence."""

    def __init__(self, candles: Candles) -> None:
        exchange, symbol, count = candles.exchange, candles.symbol, len(candles.close)
        too_few = f"too few for a signal, it needs {CANDLES_NEEDED}."
        if candles.pause:
            began, ended = (datetime.fromtimestamp(at, timezone.utc) for at in candles.pause)
            why = (
                f"{exchange} has no candles of {symbol} from {format_time(began)} to "
                f"{format_time(ended)}: the {count} since then are {too_few}"
            )
        elif not candles.complete:
            why = f"{exchange} sent only {count} candles of {symbol} in time: {too_few}"
        else:
            why = f"{exchange} has too short a history of {symbol}: {count} candles are {too_few}"
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Analysis:
    """The votes at the last closed candle, where the price may go from there, and all figures.

    `votes` are by rule, `indicators` those of the last `RECENT` candles, for the chart. `range`
    is None where nothing can be said about it.
    """

    votes: Mapping[str, int]
    snapshot: Snapshot
    range: PriceRange | None
    indicators: Columns = field(repr=False)

    @property
    def score(self) -> int:
        """Net votes, from which the signal follows."""
        return sum(self.votes.values())

    @property
    def signal(self) -> Signal:
        """What the votes add up to."""
        return _signal(self.score)


def analyse(candles: Candles, horizon: int = 24) -> Analysis:
    """The signal at the last closed candle, and the range of the price `horizon` candles later.

    Raises `TooFewCandlesError` below `CANDLES_NEEDED`: then there is no signal, not even HOLD.
    """
    if len(candles.close) < CANDLES_NEEDED:
        raise TooFewCandlesError(candles)
    indicators = compute(candles)
    votes = {rule: int(column[-1]) for rule, column in votes_by_rule(indicators).items()}
    ahead = price_range(candles.close, indicators.atr, horizon)
    return Analysis(votes, snapshot(candles, indicators), ahead, tail(indicators, RECENT))


def last_signal(indicators: Columns) -> Signal:
    """The signal at the last candle of `indicators`, of which there must be enough."""
    return _signal(sum(int(column[-1]) for column in votes_by_rule(indicators).values()))


def _signal(score: int) -> Signal:
    if score >= ACT_FROM:
        return Signal.BUY
    return Signal.SELL if score <= -ACT_FROM else Signal.HOLD


def votes_by_rule(indicators: Columns) -> Mapping[str, Directions]:
    """A column of votes for each rule; a market that stands still gets none.

    Comparisons with NaN are false, so an indicator without enough candles does not vote either.
    """
    i = indicators
    trending, ranging, heavy = i.adx >= TREND_ADX, i.adx < TREND_ADX, i.volume_ratio >= HEAVY_VOLUME
    dead = MACD_DEAD_BAND * i.atr
    rising = {
        "Trend": (i.close > i.ema50) & (i.ema50 > i.ema200),
        "Strength": trending & (i.ema20 > i.ema50),
        "RSI": i.rsi > BULLISH_RSI,
        "MACD": i.macd_histogram > dead,
        "Bollinger": ranging & (i.close < i.bollinger_lower),
        "Volume": heavy & (i.change > 0),
    }
    falling = {
        "Trend": (i.close < i.ema50) & (i.ema50 < i.ema200),
        "Strength": trending & (i.ema20 < i.ema50),
        "RSI": i.rsi < BEARISH_RSI,
        "MACD": i.macd_histogram < -dead,
        "Bollinger": ranging & (i.close > i.bollinger_upper),
        "Volume": heavy & (i.change < 0),
    }
    return {name: (up.astype(int) - falling[name]) * ~i.still for name, up in rising.items()}
