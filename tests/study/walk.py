"""From candles to cases: what the bot would have said at a candle, and what came of it.

Everything up to the candle is computed by the functions that the bot calls, from the candles that
it would have had; what came of it uses the candles after it and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engram.market.candles import CANDLES_NEEDED, LONGEST_PAUSE, Candles, Times, closing_times
from engram.market.evidence import ATRS, HORIZON
from engram.market.indicators import Columns, compute
from engram.market.outcomes import Signal, typical_move
from engram.market.price_range import price_range
from engram.market.signals import ACT_FROM, votes_by_rule
from engram.market.source.candle_source import CANDLES
from tests.study.candle_files import COLUMNS, DAY, segments
from tests.study.rules import CANDIDATES
from tests.study.track_record import Confidence, TrackRecord, measure

# Of the candles that the bot asks for one is still open.
WINDOW = CANDLES - 1
# Every how many candles there is a case.
STRIDES = {"15m": 24, "1h": 6, "4h": 6, "1d": 3}
# Of a position, in ATR; how often the price touched them is counted for each side.
STOP, TARGET = ATRS
# A signal is a number in the cases: 1 is BUY, -1 SELL, 0 HOLD.
SIGNALS = {1: Signal.BUY, 0: Signal.HOLD, -1: Signal.SELL}
UNKNOWN = 9  # no daily signal
# The bot does not believe in daily candles of which the last closed longer ago than this (ms).
OLDEST_DAY = 3 * DAY
CONFIDENCES = list(Confidence)

CASE = np.dtype(
    [
        ("market", "i2"),
        ("timeframe", "U3"),
        ("time", "i8"),  # when its candle closed, ms
        ("month", "i2"),  # since 1970
        ("year", "i2"),  # in which it was known what came of it
        ("signal", "i1"),
        ("own", "i1"),  # this market's daily signal
        ("btc", "i1"),  # Bitcoin's
        ("move", "f8"),  # over the horizon, as a fraction
        ("typical", "f8"),  # by which HOLD is judged
        ("low", "f8"),  # the range, as fractions of the close
        ("high", "f8"),
        ("plain_low", "f8"),  # the same from unscaled moves
        ("plain_high", "f8"),
        ("wildness", "i1"),  # the ATR is in the lowest (0), middle or highest (2) third
        ("down", "f8"),  # how far the price fell below the close within the horizon, in ATR
        ("up", "f8"),
        ("long", "f8"),  # what came of stop and target, in multiples of the stop's distance
        ("short", "f8"),
        ("stated", "f8"),  # the hit rate that the first edition stated
        ("earned", "i1"),  # and the confidence, as an index of CONFIDENCES
        *((name, "i1") for name in CANDIDATES),
    ]
)


@dataclass(frozen=True, slots=True)
class Daily:
    """A market's daily signals, as numbers, and when the candle of each closed, in ms."""

    closed: Times
    signal: np.ndarray

    @classmethod
    def of(cls, candles: Candles) -> Daily:
        """The signal at every candle that has enough before it."""
        found = [
            (closing_times(window.time[-1:], "1d")[0], signal_at(votes_by_rule(compute(window))))
            for window, _ in windows(candles, 1, 0)
        ]
        closed, signal = zip(*found, strict=True) if found else ((), ())
        return cls(np.array(closed, dtype=np.int64), np.array(signal, dtype=np.int8))

    def at(self, time: int) -> int:
        """The signal of the last day that had closed by `time`; `UNKNOWN` if it is too old."""
        last = int(np.searchsorted(self.closed, time, side="right")) - 1
        if last < 0 or time - self.closed[last] > OLDEST_DAY:
            return UNKNOWN
        return int(self.signal[last])


def windows(
    candles: Candles, stride: int, horizon: int, longest_pause: float = LONGEST_PAUSE
) -> Iterator[tuple[Candles, slice]]:
    """At every `stride`-th candle the candles that the bot would have, and where the next are.

    Candles without `horizon` candles after them, or without enough before, are left out.
    """
    for part in segments(candles, longest_pause):
        first = part.start + CANDLES_NEEDED - 1
        # Counted from the beginning of the series, so that a pause moves no case.
        first += -first % stride
        for at in range(first, part.stop - horizon, stride):
            begin = max(part.start, at + 1 - WINDOW)
            columns = {name: getattr(candles, name)[begin : at + 1] for name in ("time", *COLUMNS)}
            now = float(closing_times(candles.time[at : at + 1], candles.timeframe)[0]) / 1000
            price = float(candles.close[at])
            yield (
                replace(candles, **columns, price=price, priced_at=now),
                slice(at + 1, at + 1 + horizon),
            )


def signal_at(votes: dict[str, np.ndarray], at: int = -1) -> int:
    """The signal at a candle, as a number."""
    score = sum(int(column[at]) for column in votes.values())
    return (score >= ACT_FROM) - (score <= -ACT_FROM)


def walk(
    candles: Candles, market: int, daily: Sequence[Daily | None], stride: int, longest_pause: float
) -> np.ndarray:
    """The cases of one series of the market with this number.

    `daily` are the daily signals of the market itself, None from daily candles on, and of Bitcoin.
    """
    found = []
    for window, after in windows(candles, stride, HORIZON, longest_pause):
        indicators = compute(window)
        votes = votes_by_rule(indicators)
        close, atr = float(window.close[-1]), float(indicators.atr[-1])
        ends = ranges(window, indicators)
        if not atr > 0 or ends is None:
            continue
        time = round(window.priced_at * 1000)
        (end,) = closing_times(candles.time[after][-1:], candles.timeframe).tolist()
        record = measure(replay(votes), window.close.tolist(), HORIZON)
        found.append(
            (
                market,
                window.timeframe,
                time,
                calendar(time, "M"),
                1970 + calendar(end, "Y"),
                signal_at(votes),
                *(one.at(time) if one else UNKNOWN for one in daily),
                candles.close[after][-1] / close - 1,
                typical_move(window.close, HORIZON),
                *ends,
                wildness(indicators),
                *excursions(candles, after, close, atr),
                *traded(candles, after, close, atr),
                *stated(record),
                *(rule(indicators, votes) for rule in CANDIDATES.values()),
            )
        )
    return np.array(found, dtype=CASE)


def calendar(closed: int, unit: str) -> int:
    """The month (M) or year (Y) since 1970 of a candle that closed then (ms)."""
    return int(np.datetime64(closed - 1, "ms").astype(f"datetime64[{unit}]").astype(int))


def replay(votes: dict[str, np.ndarray]) -> list[Signal | None]:
    """The signal at every candle of a window; None before the longest indicator has its candles."""
    score = sum(votes.values())
    signals = (score >= ACT_FROM).astype(int) - (score <= -ACT_FROM)
    early = [None] * (CANDLES_NEEDED - 1)
    return [*early, *map(SIGNALS.__getitem__, signals[CANDLES_NEEDED - 1 :].tolist())]


def ranges(window: Candles, indicators: Columns) -> tuple[float, ...] | None:
    """Both ends of the range and of an unscaled one, as fractions of the close, or None."""
    close = window.close
    scales = (indicators.atr, close)  # scaled by the price itself, a move stays as it is
    found = [price_range(close, scale, HORIZON) for scale in scales]
    ends = [end for one in found if one for end in (one.low, one.high)]
    return tuple(end / close[-1] - 1 for end in ends) if len(ends) == 4 else None


def wildness(indicators: Columns) -> int:
    """In which third of the window's ATRs, each as a fraction of the price, the last one is."""
    shares = indicators.atr / indicators.close
    shares = shares[shares > 0]
    return int(np.searchsorted(np.quantile(shares, [1 / 3, 2 / 3]), shares[-1]))


def excursions(candles: Candles, after: slice, close: float, atr: float) -> tuple[float, float]:
    """How far the price went below and above the close, in ATR."""
    return (close - candles.low[after].min()) / atr, (candles.high[after].max() - close) / atr


def traded(candles: Candles, after: slice, close: float, atr: float) -> tuple[float, float]:
    """What a long and a short position came to, with a stop at 1.5 ATR and a target at 3 ATR.

    In multiples of the stop's distance: -1 where the stop came first, 2 where the target did, else
    the last close. Where one candle touched both the stop counts.
    """
    low, high = (candles.low[after] - close) / atr, (candles.high[after] - close) / atr
    last = (candles.close[after][-1] - close) / atr
    return _result(-low, high, last), _result(high, -low, -last)


def _result(against: np.ndarray, towards: np.ndarray, last: float) -> float:
    stopped, reached = against >= STOP, towards >= TARGET
    first_stop = int(stopped.argmax()) if stopped.any() else HORIZON
    first_target = int(reached.argmax()) if reached.any() else HORIZON
    if first_stop <= first_target and first_stop < HORIZON:
        return -1.0
    return TARGET / STOP if first_target < HORIZON else last / STOP


def stated(record: TrackRecord) -> tuple[float, int]:
    """What the first edition said: the hit rate (NaN without a case) and the confidence."""
    rate = record.hit_rate if record.times else float("nan")
    return rate, CONFIDENCES.index(record.confidence)
