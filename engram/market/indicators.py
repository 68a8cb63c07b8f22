"""Indicator columns of candles, and the snapshot of the last row. Only this module uses TA-Lib.

Nothing here looks ahead: the value at a candle uses only that candle and earlier ones.

The functions that use TA-Lib and numpy import them: together they take 0.1 s and 25 MB, which a
bot that nobody has asked about a market yet does not pay.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from engram.market.candles import DAY, Candles, closing_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T")

RSI_PERIOD = 14
RECENT = 120  # candles that the chart shows, and in which support and resistance are looked for
SWING_REACH = 3  # candles on either side that a swing high or low has to top
DAY_TOLERANCE = 7_200.0  # a close that is further from a day ago gives no change of 24 hours


@dataclass(frozen=True, slots=True)
class Indicators(Generic[T]):
    """A value per indicator: a number at one candle, or a column for all of them.

    A column is as long as the candles, with NaN where too few came before. Periods and smoothing
    are those of TA-Lib (https://ta-lib.org/functions/), i.e. Wilder's for RSI, ADX and ATR. What
    is not noted otherwise is in units of the price.
    """

    close: T
    change: T  # of the close against the one before, as a fraction
    still: T  # whether the close has not changed for 14 candles
    ema20: T
    ema50: T
    ema200: T
    adx: T  # 0 to 100
    rsi: T  # 0 to 100
    macd_histogram: T
    atr: T
    bollinger_upper: T
    bollinger_lower: T
    volume_ratio: T  # over the mean of 20 candles, its own included; NaN where that is zero


Columns: TypeAlias = "Indicators[NDArray[Any]]"
Row: TypeAlias = Indicators[float]


@dataclass(frozen=True, slots=True)
class Levels:
    """The swing low and the swing high nearest to the price; None where it has none."""

    support: float | None  # below the price
    resistance: float | None  # above it


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The current price, and the figures of the last closed candle."""

    price: float  # of the candle still open
    change_24h: float | None  # of that price, as a fraction; None when no close is a day old
    levels: Levels
    last: Row


def compute(candles: Candles) -> Columns:
    """All indicator columns, for a series of any length."""
    import talib

    high, low, close, volume = candles.high, candles.low, candles.close, candles.volume
    upper, _, lower = talib.BBANDS(close, 20, 2.0, 2.0)
    _, _, macd_histogram = talib.MACD(close, 12, 26, 9)
    still = talib.MAX(close, RSI_PERIOD + 1) == talib.MIN(close, RSI_PERIOD + 1)
    rsi = talib.RSI(close, RSI_PERIOD)
    rsi[still] = 50.0  # no gain beside no loss; TA-Lib says 0, as if the price had only fallen
    mean_volume = talib.SMA(volume, 20)
    mean_volume[mean_volume <= 0] = float("nan")
    return Indicators(
        close=close,
        change=talib.ROCP(close, 1),
        still=still,
        ema20=talib.EMA(close, 20),
        ema50=talib.EMA(close, 50),
        ema200=talib.EMA(close, 200),
        adx=talib.ADX(high, low, close, 14),
        rsi=rsi,
        macd_histogram=macd_histogram,
        atr=talib.ATR(high, low, close, 14),
        bollinger_upper=upper,
        bollinger_lower=lower,
        volume_ratio=volume / mean_volume,
    )


def swing_levels(candles: Candles) -> Levels:
    """The levels in the last `RECENT` candles.

    A swing high is a high that no candle within three on either side exceeds, so none of the last
    three candles is one yet; likewise for the lows.
    """
    import numpy as np

    width = 2 * SWING_REACH + 1
    if len(candles.close) < width:
        return Levels(None, None)
    around = np.lib.stride_tricks.sliding_window_view
    high, low = candles.high[-RECENT:], candles.low[-RECENT:]
    tops, bottoms = high[SWING_REACH:-SWING_REACH], low[SWING_REACH:-SWING_REACH]
    tops = tops[tops == around(high, width).max(axis=1)]
    bottoms = bottoms[bottoms == around(low, width).min(axis=1)]
    below, above = bottoms[bottoms < candles.price], tops[tops > candles.price]
    return Levels(
        support=float(below.max()) if below.size else None,
        resistance=float(above.min()) if above.size else None,
    )


def snapshot(candles: Candles, columns: Columns) -> Snapshot:
    """The last row of `columns`, which are those of `candles`, with price and levels."""
    levels = swing_levels(candles)
    return Snapshot(candles.price, _change_24h(candles), levels, last_row(columns))


def last_row(columns: Columns) -> Row:
    """The values at the last candle."""
    return Indicators(*(getattr(columns, field.name)[-1].item() for field in fields(columns)))


def tail(columns: Columns, count: int) -> Columns:
    """The last `count` rows, copied so that they do not keep the others in memory."""
    return Indicators(*(getattr(columns, field.name)[-count:].copy() for field in fields(columns)))


def _change_24h(candles: Candles) -> float | None:
    """The change against the close that is nearest to a day before the price."""
    closed = closing_times(candles.time, candles.timeframe)
    off = abs(closed - (candles.priced_at - DAY) * 1000)
    nearest = int(off.argmin())
    if off[nearest] > DAY_TOLERANCE * 1000:
        return None
    return float(candles.price / candles.close[nearest]) - 1
