"""Candles -> indicator columns and the snapshot of the last one. The only door to TA-Lib.

Nothing here looks ahead: the value at a candle uses that candle and earlier ones only.

TA-Lib and numpy are imported by the functions that use them: together they take 0.1 s and 25 MB,
which a bot that has not been asked about a market yet does not pay.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypeAlias

from engram.market.candles import closing_times

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engram.market.candles import Candles

    Column: TypeAlias = NDArray[np.float64]

RSI_PERIOD = 14
LEVEL_WINDOW = 120  # candles in which support and resistance are looked for
SWING_REACH = 3  # candles on either side that a swing high or low has to top
DAY = 86_400.0  # seconds
DAY_TOLERANCE = 7_200.0  # what is further from a day is not called the change of 24 hours


@dataclass(frozen=True, slots=True)
class Indicators:
    """One column per indicator, each as long as the candles; NaN where there are too few yet.

    Periods and smoothing are those of TA-Lib (https://ta-lib.org/functions/), i.e. Wilder's for
    RSI, ADX and ATR. `volume_ratio` is the volume over the mean of the last 20 candles including
    its own, NaN where all of those are zero. `change` is the relative change of the close, `still`
    is true where it has not changed for 14 candles.
    """

    close: Column
    change: Column
    still: NDArray[np.bool_]
    ema20: Column
    ema50: Column
    ema200: Column
    adx: Column
    rsi: Column
    macd: Column
    macd_signal: Column
    macd_histogram: Column
    atr: Column
    bollinger_upper: Column
    bollinger_middle: Column
    bollinger_lower: Column
    volume_ratio: Column


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The figures of the last closed candle, in units of the price where nothing else is said."""

    price: float  # current one, of the candle still open
    change_24h: float | None  # of that price, as a fraction; None when no close is a day old
    close: float
    change: float  # of the close against the one before, as a fraction
    ema20: float
    ema50: float
    ema200: float
    adx: float  # 0 to 100
    rsi: float  # 0 to 100
    macd: float
    macd_signal: float
    macd_histogram: float
    atr: float
    bollinger_upper: float
    bollinger_middle: float
    bollinger_lower: float
    volume_ratio: float | None  # None when nothing was traded in 20 candles
    support: float | None  # nearest recent swing low below the price
    resistance: float | None  # nearest recent swing high above the price


def compute(candles: Candles) -> Indicators:
    """All indicator columns, for a series of any length."""
    import talib

    high, low, close, volume = candles.high, candles.low, candles.close, candles.volume
    upper, middle, lower = talib.BBANDS(close, 20, 2.0, 2.0)
    macd, macd_signal, macd_histogram = talib.MACD(close, 12, 26, 9)
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
        macd=macd,
        macd_signal=macd_signal,
        macd_histogram=macd_histogram,
        atr=talib.ATR(high, low, close, 14),
        bollinger_upper=upper,
        bollinger_middle=middle,
        bollinger_lower=lower,
        volume_ratio=volume / mean_volume,
    )


def swing_levels(candles: Candles) -> tuple[float | None, float | None]:
    """Support and resistance: of the last 120 candles the swing low and high nearest to the price.

    A swing high is a high that no candle within three on either side exceeds, so none of the last
    three candles is one yet; likewise the lows. None where the price has none on that side.
    """
    import numpy as np

    width = 2 * SWING_REACH + 1
    if len(candles.close) < width:
        return None, None
    around = np.lib.stride_tricks.sliding_window_view
    high, low = candles.high[-LEVEL_WINDOW:], candles.low[-LEVEL_WINDOW:]
    tops, bottoms = high[SWING_REACH:-SWING_REACH], low[SWING_REACH:-SWING_REACH]
    tops = tops[tops == around(high, width).max(axis=1)]
    bottoms = bottoms[bottoms == around(low, width).min(axis=1)]
    below, above = bottoms[bottoms < candles.price], tops[tops > candles.price]
    return (float(below.max()) if below.size else None, float(above.min()) if above.size else None)


def snapshot(candles: Candles, indicators: Indicators) -> Snapshot:
    """The last row of `compute(candles)`, which must have no NaN left, with price and levels."""
    support, resistance = swing_levels(candles)
    last = {
        field.name: float(getattr(indicators, field.name)[-1])
        for field in fields(Indicators)
        if field.name not in {"still", "volume_ratio"}
    }
    ratio = float(indicators.volume_ratio[-1])
    return Snapshot(
        price=candles.price,
        change_24h=_change_24h(candles),
        volume_ratio=None if math.isnan(ratio) else ratio,
        support=support,
        resistance=resistance,
        **last,
    )


def _change_24h(candles: Candles) -> float | None:
    """Against the close that was nearest to a day before the price."""
    closed = closing_times(candles.time, candles.timeframe)
    off = abs(closed - (candles.priced_at - DAY) * 1000)
    nearest = int(off.argmin())
    if off[nearest] > DAY_TOLERANCE * 1000:
        return None
    return float(candles.price / candles.close[nearest]) - 1
