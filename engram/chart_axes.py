"""The axes of a chart: price range, round prices and moments, marks that do not overlap; pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

from engram.figures import format_price

if TYPE_CHECKING:
    from engram.candles import Candles

_LOG_FROM = 5.0  # times the lowest price: from there on a linear axis shows only the spike
_AIR = 0.07  # of the range, above and below it
_TICKS = 7
_MOMENTS = 6


class Tag(NamedTuple):
    """A price that is marked on the axis."""

    price: float
    text: str
    colour: str


@dataclass(frozen=True, slots=True)
class PriceAxis:
    """From `low` to `high`, both above 0; a place on it is 0 at the foot and 1 at the top."""

    low: float
    high: float
    logarithmic: bool

    @classmethod
    def over(cls, candles: Candles) -> PriceAxis:
        """Holds every candle and the current price with some air, a flat market in the middle."""
        low = min(float(candles.low.min()), candles.price)
        high = max(float(candles.high.max()), candles.price)
        if high > _LOG_FROM * low:
            air = (high / low) ** _AIR
            return cls(low / air, high * air, logarithmic=True)
        margin = _AIR * (high - low) if high - low > 1e-6 * high else 0.01 * high
        return cls(low - margin, high + margin, logarithmic=False)

    def place(self, price: float) -> float:
        if self.logarithmic:
            return math.log(price / self.low) / math.log(self.high / self.low)
        return (price - self.low) / (self.high - self.low)

    def ticks(self) -> list[tuple[float, str]]:
        """About seven round prices, low to high, each with its label."""
        return list(self._decades() if self.logarithmic else self._steps())

    def _steps(self) -> Iterator[tuple[float, str]]:
        rough = (self.high - self.low) / _TICKS
        power = math.floor(math.log10(rough))
        digit = next(digit for digit in (1, 2, 5, 10) if digit * 10.0**power >= rough * 0.999)
        step = digit * 10.0**power
        decimals = max(0, -power)
        for count in range(math.ceil(self.low / step), math.floor(self.high / step) + 1):
            yield count * step, f"{count * step:,.{decimals}f}"

    def _decades(self) -> Iterator[tuple[float, str]]:
        lowest, highest = math.floor(math.log10(self.low)), math.floor(math.log10(self.high))
        decades = highest - lowest + 1
        digits = (1, 2, 5) if decades <= _TICKS // 2 else (1,)
        for power in range(lowest, highest + 1, max(1, decades // _TICKS)):
            for price in (digit * 10.0**power for digit in digits):
                if self.low <= price <= self.high:
                    yield price, format_price(price)


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


def moments(opened: Iterable[int], margin: int) -> list[tuple[int, str]]:
    """Up to six places of candles that begin a year, month, day, hour or minute, with their names.

    It is the longest of those units that begins three times. `opened` is in milliseconds, the
    first `margin` candles get no name because it would be cut.
    """
    times = [datetime.fromtimestamp(ms / 1000, tz=timezone.utc) for ms in opened]
    found: list[tuple[int, str]] = []
    for unit in ("%Y", "%b %Y", "%d %b", "%H:00", "%H:%M"):
        names = [f"{time:{unit}}" for time in times]
        found = [
            (t, names[t]) for t in range(max(1, margin), len(names)) if names[t] != names[t - 1]
        ]
        if len(found) >= 3:
            break
    return found[:: math.ceil(len(found) / _MOMENTS) or 1]
