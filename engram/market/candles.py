"""Turns what an exchange sent as candles into columns that can be relied on; pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from engram.core.errors import ExchangeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Columns of numbers and of times, in milliseconds since the epoch; texts, as numpy is loaded late.
Column: TypeAlias = "NDArray[np.float64]"
Times: TypeAlias = "NDArray[np.int64]"

DAY = 86_400.0  # seconds
SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": DAY, "w": 7 * DAY, "M": 30.4375 * DAY}
CANDLES_NEEDED = 200  # for a signal, by the longest indicator, EMA 200
# What came before a pause of more candles than this is no guide to today's market: trading was
# halted, or another coin had the same name.
LONGEST_PAUSE = 24
# An exchange is not believed when a larger share of its rows than this is unusable.
UNUSABLE_SHARE = 0.1
# By so much (s) two clocks may differ: what opened later than that has not opened yet.
LATER = 60.0


class OpenCandle(NamedTuple):
    """The candle that is still open, as far as it has come: to be shown, never to be computed with.

    Prices and volume are as in `Candles`.
    """

    time: int  # when it opened, in milliseconds since the epoch
    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True, slots=True)
class Candles:
    """Closed candles of one market, oldest first; all columns have the same length.

    There may be few, and none at all while a market is new. `missing` counts the candles that are
    absent between them: nothing was traded, or the exchange has no usable record of it. `pause` is
    when a long pause before the first one began and ended, in seconds since the epoch; None if
    there was none. Earlier ones than these may follow if the candles are not `complete`. There is
    no `open_candle` where nothing was traded since the last close.
    """

    symbol: str  # "BTC/USDT"
    exchange: str  # display name, "Binance"
    timeframe: str  # "1h"
    time: Times  # when each one opened, UTC
    open: Column  # prices are finite and > 0
    high: Column
    low: Column
    close: Column
    volume: Column  # finite and >= 0
    price: float  # current price: the latest one of the open candle, or the last close
    priced_at: float  # when that was the price, by the exchange's clock, seconds since the epoch
    closes_at: float  # when the open candle closes, by the same clock
    missing: int = 0
    pause: tuple[float, float] | None = None
    complete: bool = True
    open_candle: OpenCandle | None = None
    exchange_id: str = ""  # as in config.ini, "binance"
    is_dated: bool = False  # whether the exchange told the time; else it is this machine's


def duration(timeframe: str) -> float | None:
    """The seconds of "15m" or "4h", for M of an average month; None for any other text."""
    match = re.fullmatch(r"([1-9]\d{0,2})([smhdwM])", timeframe, re.ASCII)
    return int(match[1]) * SECONDS[match[2]] if match else None


def read_candles(rows: object, symbol: str, exchange: str, timeframe: str, now: float) -> Candles:
    """The candles in `rows`, which ccxt returned when the exchange's clock said `now` (in seconds).

    A row that is not a candle is left out and counts as missing; of two rows for the same time the
    later one counts. Raises `ExchangeError` when too few rows can be used, or when the newest
    candle is too old for its price to be the current one.
    """
    import numpy as np  # 0.1 s and 20 MB that a bot without market data need not spend

    table = np.array(usable(rows, (now + LATER) * 1000), dtype=np.float64)
    time = table[:, 0].astype(np.int64)
    step = (duration(timeframe) or 0.0) * 1000
    ends = closing_times(time, timeframe)
    if now * 1000 - ends[-1] > max(3 * step, 900_000):
        raise ExchangeError("sent only old candles")
    # Months differ in length, hence the rounding.
    absent = np.rint(np.diff(time) / step).astype(np.int64) - 1
    pauses = np.flatnonzero(absent > LONGEST_PAUSE)
    first = int(pauses[-1]) + 1 if pauses.size else 0
    pause = (float(ends[first - 1] / 1000), float(time[first] / 1000)) if first else None
    closed = slice(first, max(first, int(np.searchsorted(ends, now * 1000, side="right"))))
    columns = np.ascontiguousarray(table[closed, 1:].T)
    time.flags.writeable = columns.flags.writeable = False  # all callers share them
    start, high, low, close, volume = columns
    names, price = (symbol, exchange, timeframe), float(table[-1, 4])
    times = (now, _next_close(ends[-1:], timeframe, now))
    missing = int(absent[first:].clip(0).sum())
    found = Candles(*names, time[closed], start, high, low, close, volume, price, *times, missing)
    newest = OpenCandle(int(time[-1]), *table[-1, 1:].tolist())
    return replace(found, pause=pause, open_candle=newest if ends[-1] > now * 1000 else None)


def closing_times(time: Times, timeframe: str) -> Times:
    """When candles that open at `time` close."""
    import numpy as np

    if timeframe.endswith("M"):
        months = time.astype("datetime64[ms]").astype("datetime64[M]")
        months += np.timedelta64(int(timeframe[:-1]), "M")
        return months.astype("datetime64[ms]").astype(np.int64)
    return time + int((duration(timeframe) or 0.0) * 1000)


def opening_after(opened: int, timeframe: str, count: int) -> int:
    """When the candle opens that is `count` candles after the one that opened at `opened` (ms).

    Where the exchange has all of them: a gap shifts nothing. Raises `ValueError` for a text that is
    no timeframe.
    """
    if timeframe.endswith("M"):
        at = datetime.fromtimestamp(opened / 1000, timezone.utc)
        # By the clock of another place a month may begin before it does in UTC.
        first = (at + timedelta(days=15)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        years, month = divmod(first.month - 1 + count * int(timeframe[:-1]), 12)
        then = first.replace(year=first.year + years, month=month + 1) + (at - first)
        return round(then.timestamp() * 1000)
    length = duration(timeframe)
    if length is None:
        raise ValueError(f"{timeframe} is no timeframe")
    return opened + round(count * length * 1000)


def usable(rows: object, latest: float = math.inf) -> list[list[float]]:
    """The candles in `rows` that opened by `latest`, in milliseconds, as read_candles wants them.

    Raises `ExchangeError` when too few rows can be used.
    """
    rows = rows if isinstance(rows, list) else []
    good = [row[:6] for row in rows if is_candle(row, latest)]
    if not good or len(good) < len(rows) * (1 - UNUSABLE_SHARE):
        raise ExchangeError("sent no usable candles")
    by_time = {row[0]: row for row in good}
    return [by_time[time] for time in sorted(by_time)]


def is_candle(row: Any, latest: float = math.inf) -> bool:
    """Whether `row` is a candle that opened by `latest`, in milliseconds since the epoch."""
    if not isinstance(row, list) or len(row) < 6:
        return False
    # The comparison also fails for NaN, infinity and integers that no float can hold.
    if not all(isinstance(value, (int, float)) and abs(value) < 1e18 for value in row[:6]):
        return False
    time, start, high, low, close, volume = row[:6]
    plausible: bool = min(start, low, close) > 0 and high >= low and volume >= 0
    return plausible and 0 < time <= latest


def _next_close(end: Times, timeframe: str, now: float) -> float:
    while end[0] <= now * 1000:
        end = closing_times(end, timeframe)
    return float(end[0] / 1000)


def closing_time(candles: Candles) -> datetime:
    """When the last closed candle closed, in UTC: the data end there."""
    (closed,) = closing_times(candles.time[-1:], candles.timeframe).tolist()
    return datetime.fromtimestamp(closed / 1000, tz=timezone.utc)


def counted(count: int) -> str:
    """So many candles in words: "24 candles"."""
    return "1 candle" if count == 1 else f"{count} candles"


def title(symbol: str, timeframe: str, exchange: str = "") -> str:
    """What figures are of, as all texts name it: "BTC/USDT (4h, Binance)"."""
    return f"{symbol} ({', '.join(filter(None, (timeframe, exchange)))})"
