"""The axes of a chart: price range, round prices and times, marks that do not overlap; pure.

matplotlib's locators do worse here. MaxNLocator leaves some ranges with two prices, and its names
need an offset; LogLocator does not try whether each digit, 1-2-5 or powers of ten have room. Those
for dates need an axis of time: this one counts candles, so that a pause of trading leaves no hole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import pairwise
from typing import NamedTuple

from engram.core.formats import format_price
from engram.market.candles import Candles

_LOG_FROM = 5.0  # times the lowest price: beyond that a linear axis would only show the spike
_AIR = 0.07  # of the range, above and below it
_TICKS, _MOST_TICKS = 7, 9
_MOMENTS = 7.5  # names of times that fit beside each other


class Tag(NamedTuple):
    """A price that is marked on the axis."""

    price: float
    text: str
    colour: str


class Tick(NamedTuple):
    """Where on an axis a label stands: at a price, or at the number of a candle."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class PriceAxis:
    """From `low` to `high`, both above 0; a place on it is 0 at the bottom and 1 at the top."""

    low: float
    high: float
    logarithmic: bool

    @classmethod
    def over(cls, candles: Candles) -> PriceAxis:
        """The axis for all candles and the current price; a flat market is in its middle."""
        low = min(float(candles.low.min()), candles.price)
        high = max(float(candles.high.max()), candles.price)
        if high > _LOG_FROM * low:
            air = (high / low) ** _AIR
            return cls(low / air, high * air, logarithmic=True)
        margin = _AIR * (high - low) if high - low > 1e-6 * high else 0.01 * high
        return cls(low - margin, high + margin, logarithmic=False)

    def place(self, price: float) -> float:
        """Where `price` is on the axis."""
        if self.logarithmic:
            return math.log(price / self.low) / math.log(self.high / self.low)
        return (price - self.low) / (self.high - self.low)

    def ticks(self) -> list[Tick]:
        """About seven round prices, low to high."""
        return list(self._decades() if self.logarithmic else self._steps())

    def _steps(self) -> Iterator[Tick]:
        rough = (self.high - self.low) / _TICKS
        power = math.floor(math.log10(rough))
        digit = next(digit for digit in (1, 2, 5, 10) if digit * 10.0**power >= rough * 0.999)
        step = digit * 10.0**power
        decimals = max(0, -power)
        for count in range(math.ceil(self.low / step), math.floor(self.high / step) + 1):
            yield Tick(count * step, f"{count * step:,.{decimals}f}")

    def _decades(self) -> Iterator[Tick]:
        powers = range(math.floor(math.log10(self.low)), math.floor(math.log10(self.high)) + 1)
        shown: list[float] = []
        for digits in (range(1, 10), (1, 2, 5), (1,)):
            prices = (digit * 10.0**power for power in powers for digit in digits)
            shown = [price for price in prices if self.low <= price <= self.high]
            if len(shown) <= _MOST_TICKS:
                break
        for price in shown[:: math.ceil(len(shown) / _MOST_TICKS)]:
            yield Tick(price, format_price(price))


def spread(places: Sequence[float], gap: float) -> list[float]:
    """The places moved as little as needed to lie `gap` apart, in the same order, within 0 to 1."""
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = list(places)
    floor = gap / 2
    for index in order:
        moved[index] = max(moved[index], floor)
        floor = moved[index] + gap
    ceiling = 1 - gap / 2
    for index in reversed(order):
        moved[index] = min(moved[index], ceiling)
        ceiling = moved[index] - gap
    return moved


def moments(opened: Sequence[int], across: int) -> list[Tick]:
    """Candles that begin a round time, with its name: 12:00, 04 Nov, Mar 2026.

    As many as have room where `across` candles fill the axis, the last of `opened`, which are in
    milliseconds, at its right end. The first twentieth gets none, because it would be cut.
    """
    times = [datetime.fromtimestamp(ms / 1000, tz=timezone.utc) for ms in opened]
    first = max(1, len(times) - across + across // 20)
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
