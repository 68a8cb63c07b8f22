"""Judges what counts closed candles only: alerts on indicators and signals, watched markets; pure.

Each closed candle since the last that was judged has its reading, with the candles before it that
an analysis would have had then.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass, replace
from itertools import pairwise

from engram.market.candles import CANDLES_NEEDED, Candles, closing_times
from engram.market.indicators import Row, compute, last_row
from engram.market.outcomes import Signal
from engram.market.signals import last_signal
from engram.market.source.candle_source import CANDLES
from engram.watch.conditions import Condition

# Of the candles that an analysis asks for one is still open.
WINDOW = CANDLES - 1
# So many candles back are judged.
FURTHEST = 1000
COLUMNS = ("time", "open", "high", "low", "close", "volume")
# The field of the indicators that a condition is about.
SUBJECTS = {
    "rsi": "rsi",
    "adx": "adx",
    "macd": "macd_histogram",
    "close": "close",
    "volume": "volume_ratio",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rules say at one closed candle, which opened at `candle` and ended at `closed` (ms).

    There is no signal where too few candles came before.
    """

    candle: int
    closed: int
    row: Row
    signal: Signal | None


@dataclass(frozen=True, slots=True)
class Readings:
    """The readings of all candles to be judged, and the last one before them, oldest first.

    `unjudged` is when the candles that lie too far back began and ended (ms), if there are any.
    """

    all: tuple[Reading, ...]
    unjudged: tuple[int, int] | None = None

    def after(self, candle: int) -> tuple[Reading, ...]:
        """Those of the candles that opened after that time (ms)."""
        return tuple(one for one in self.all if one.candle > candle)


@dataclass(frozen=True, slots=True)
class Fired:
    """What fired an alert: a reading, the condition's value there, and the signal before it."""

    reading: Reading
    value: float
    was: Signal | None = None


@dataclass(frozen=True, slots=True)
class JudgedClosed:
    """How an alert stands after the candle `judged`, and what fired it, if anything did."""

    judged: int
    ready: bool
    fired: Fired | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A watched market's signal became `signal`; it `was` another one since the candle `since`."""

    reading: Reading
    signal: str
    was: str
    since: int


def candles_wanted(judged: int, now: float, length: float) -> int:
    """How many closed candles, of `length` (s), are needed to judge those after one.

    That one opened at `judged` (ms); `now` is the exchange's time (s).
    """
    new = int((now - judged / 1000) // length) - 1
    return WINDOW + min(max(0, new - 1), FURTHEST)


def read(candles: Candles, judged: int) -> Readings:
    """The readings of the last candle up to `judged` (its opening, ms), and of all later ones."""
    times = candles.time.tolist()
    first_new = bisect.bisect_right(times, judged)
    first = max(first_new, len(times) - FURTHEST)
    closed = closing_times(candles.time, candles.timeframe).tolist()
    found = tuple(_reading(candles, at, closed[at]) for at in range(max(0, first - 1), len(times)))
    if first == first_new:
        return Readings(found)
    began = closed[first_new - 1] if first_new else judged + closed[0] - times[0]
    return Readings(found, (began, closed[first - 1]))


def _reading(candles: Candles, at: int, closed: int) -> Reading:
    window = slice(max(0, at + 1 - WINDOW), at + 1)
    cut = replace(candles, **{name: getattr(candles, name)[window] for name in COLUMNS})
    columns = compute(cut)
    signal = last_signal(columns) if len(cut.close) >= CANDLES_NEEDED else None
    return Reading(int(cut.time[-1]), closed, last_row(columns), signal)


def judge(condition: Condition, readings: Readings, judged: int, ready: bool) -> JudgedClosed:
    """How an alert stands that was judged up to the candle `judged`.

    It fires at the first candle at which the condition is true after it was false at one. What
    cannot be told at a candle is neither.
    """
    for before, reading in pairwise((None, *readings.all)):
        if reading is None or reading.candle <= judged:
            continue
        judged = reading.candle
        was = before.signal if before else None
        holds, value = _holds(condition, reading, was)
        if holds and ready:
            return JudgedClosed(judged, ready, Fired(reading, value, was))
        ready = ready or holds is False
    return JudgedClosed(judged, ready)


def _holds(condition: Condition, reading: Reading, was: Signal | None) -> tuple[bool | None, float]:
    """Whether `condition` is true at `reading`, None where that cannot be told; and its value."""
    if condition.subject == "signal":
        signal = reading.signal
        if signal is None:
            return None, math.nan
        if condition.operator == "changes":
            return was is not None and signal is not was, math.nan
        return signal.value == condition.other, math.nan
    value, other = figures(condition, reading.row)
    if math.isnan(value) or (condition.other and math.isnan(other)):
        return None, value
    return condition.holds(value, other), value


def figures(condition: Condition, row: Row) -> tuple[float, float]:
    """What `condition` is about in `row`, and the average that it is compared with, or NaN.

    Both are NaN for a signal.
    """
    if condition.subject == "signal":
        return math.nan, math.nan
    value = float(getattr(row, SUBJECTS[condition.subject]))
    return value, float(getattr(row, condition.other)) if condition.other else math.nan


def changes(readings: Readings, judged: int, signal: str, since: int) -> tuple[Change, ...]:
    """How a watched market's signal changed after the candle `judged`, oldest first.

    It was `signal` then, which had stood since the candle `since`.
    """
    found: list[Change] = []
    for reading in readings.after(judged):
        if reading.signal is not None and reading.signal.value != signal:
            found.append(Change(reading, reading.signal.value, signal, since))
            signal, since = reading.signal.value, reading.candle
    return tuple(found)


def as_analysed(candles: Candles) -> Candles:
    """The last of `candles`, as many as an analysis has."""
    return replace(candles, **{name: getattr(candles, name)[-WINDOW:] for name in COLUMNS})
