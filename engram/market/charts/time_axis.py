"""The axis of time: a place for each candle, for those to come, and for those missing; pure.

It counts candles, so that a pause of trading does not take the room of what was traded. The
locators of matplotlib for dates need an axis of time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import pairwise
from typing import NamedTuple

from engram.market.candles import DAY, Candles, closing_times, duration
from engram.market.charts.axes import Tick

NARROWEST = 40  # candles across the picture, so that three of them do not become three walls
_ROOM = 0.02  # of the candles across, at the right of the last one, for the mark of the signal
# The range takes a quarter of the picture at most: a third of what the candles take.
_LONGEST = 3
_MOMENTS = 7.5  # names of times that fit beside each other
_MONTHS = 180 * DAY


class Hole(NamedTuple):
    """Where candles are missing between two, and how many."""

    at: float
    missing: int


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """The `closed` candles at 0, 1, 2 …, then the open one, if any, and room for the range.

    `opened` are their opening times in milliseconds. The range reaches to `horizon` candles after
    the last closed one, 0 without a range.
    """

    opened: tuple[int, ...]
    closed: int
    horizon: int
    timeframe: str

    @classmethod
    def of(cls, candles: Candles, horizon: int) -> TimeAxis:
        """The axis for all of `candles`."""
        opened = candles.time.tolist()
        if candles.open_candle:
            opened = [*opened, candles.open_candle.time]
        return cls(tuple(opened), len(candles.close), horizon, candles.timeframe)

    @property
    def ahead(self) -> int:
        """The width of the range, in candles."""
        return min(self.horizon, max(self.closed, NARROWEST) // _LONGEST)

    @property
    def to_scale(self) -> bool:
        """Whether the range is as wide as its candles; a longer one is pressed together."""
        return self.ahead == self.horizon

    @property
    def begin(self) -> float:
        """Where the last closed candle ends, and the range begins."""
        return self.closed - 0.5

    @property
    def end(self) -> float:
        """Where the range ends."""
        return self.begin + self.ahead

    @property
    def across(self) -> int:
        """How many candles fill the picture."""
        return max(self._places, NARROWEST)

    @property
    def _places(self) -> int:
        return max(self.closed + self.ahead, len(self.opened))

    @property
    def limits(self) -> tuple[float, float]:
        """The left edge and the right one: there the range ends, but a mark beside it has room."""
        right = max(self.end, len(self.opened) + 0.5 + _ROOM * self.across)
        return self._places - 1 - self.across, right

    def holes(self) -> list[Hole]:
        """The places at which candles are missing."""
        step = 1000 * (duration(self.timeframe) or 1.0)
        steps = [round((after - before) / step) for before, after in pairwise(self.opened)]
        return [Hole(i + 0.5, count - 1) for i, count in enumerate(steps) if count > 1]

    def ticks(self) -> list[Tick]:
        """Round times, each where its candle begins, also those to come.

        Where the range is pressed together, its end is the only one of them.
        """
        to_come = list(self._to_come())
        known = [*self.opened, *to_come] if self.to_scale else self.opened
        found = moments(known, self.across, self._places - len(known))
        ticks = [Tick(tick.at - 0.5, tick.label) for tick in found]
        return ticks if self.to_scale else [*ticks, Tick(self.end, self._name(to_come[-1]))]

    def _to_come(self) -> Iterator[int]:
        """The opening times after the last one, to that of the candle after the range."""
        import numpy as np

        time = np.array(self.opened[-1:])
        for _ in range(self.closed + self.horizon + 1 - len(self.opened)):
            time = closing_times(time, self.timeframe)
            yield int(time[0])

    def _name(self, time: int) -> str:
        length = self.horizon * (duration(self.timeframe) or 0.0)
        form = "%H:%M" if length < DAY else "%d %b" if length < _MONTHS else "%b %Y"
        return f"{datetime.fromtimestamp(time / 1000, tz=timezone.utc):{form}}"


def moments(opened: Sequence[int], across: int, right: int = 0) -> list[Tick]:
    """Candles that begin a round time, with its name: 12:00, 04 Nov, Mar 2026.

    As many as have room where `across` candles fill the axis, the last of `opened`, which are in
    milliseconds, `right` candles from its right end. The first twentieth gets none, because it
    would be cut.
    """
    times = [datetime.fromtimestamp(ms / 1000, tz=timezone.utc) for ms in opened]
    first = max(1, len(times) + right - across + across // 20)
    for name, number_of in _UNITS:
        numbers = [number_of(time) for time in times]
        found = [t for t in range(first, len(times)) if numbers[t] != numbers[t - 1]]
        if all(later - t >= across / _MOMENTS for t, later in pairwise(found)):
            return [Tick(t, f"{times[t]:{name}}") for t in found]
    return []


def _minutes(count: int) -> Callable[[datetime], int]:
    return lambda time: (1440 * time.toordinal() + 60 * time.hour + time.minute) // count


def _months(count: int) -> Callable[[datetime], int]:
    return lambda time: (12 * time.year + time.month - 1) // count


# Stretches of time, shortest first: how one is named where it begins, and the running number of
# the one that a moment is in.
_UNITS = (
    *(("%H:%M", _minutes(count)) for count in (1, 5, 10, 15, 30, 60, 120, 180, 360, 720)),
    *(("%d %b", _minutes(1440 * days)) for days in (1, 2, 4, 7, 14)),
    *(("%b %Y", _months(count)) for count in (1, 2, 3, 6)),
    *(("%Y", _months(12 * years)) for years in (1, 2, 5, 10)),
)
