"""The axis of prices: how far it reaches, and round prices on it; pure.

matplotlib's locators do worse here. MaxNLocator leaves some ranges with two prices, and its names
need an offset; LogLocator does not try whether each digit, 1-2-5 or powers of ten have room.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from engram.core.formats import format_price
from engram.market.candles import Candles

_LOG_FROM = 5.0  # times the lowest price: beyond that a linear axis would only show the spike
_AIR = 0.07  # of the range, above and below it
_TICKS, _MOST_TICKS = 7, 9
# What the candles keep of the axis, whatever else is on it; what does not fit is cut off.
_LEAST = 1 / 3
# How much of a range that is wider than that is shown.
_PARTS = (1.0, 0.8, 0.6, 0.4, 0.2)
# Among so many candles one wick may be cut off, and among fewer than `_FEW` none.
_RARE, _FEW = 40, 5
_FLAT = 1e-6  # of the price: a market that moves less is flat


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
    def over(cls, candles: Candles, ends: Sequence[float] = ()) -> PriceAxis:
        """The axis for the candles, the current price, and `ends`, those of the price's range.

        A rare wick, a price or a range that would leave all the rest less than a third of the axis
        is beyond it. A flat market is in its middle.
        """
        bulk = low, high = _usual(candles)
        if cls.holding(low, high, candles.price).shows(bulk):
            low, high = min(low, candles.price), max(high, candles.price)
        close = float(candles.close[-1])
        for part in _PARTS if ends else ():
            shown = [close * (end / close) ** part for end in ends]
            if (axis := cls.holding(low, high, *shown)).shows(bulk):
                return axis
        return cls.holding(low, high)

    @classmethod
    def holding(cls, *prices: float) -> PriceAxis:
        """The axis from the lowest to the highest of `prices`, with air around them."""
        low, high = min(prices), max(prices)
        if high > _LOG_FROM * low:
            air = (high / low) ** _AIR
            return cls(low / air, high * air, logarithmic=True)
        margin = _AIR * (high - low) if high - low > _FLAT * high else 0.01 * high
        return cls(low - margin, high + margin, logarithmic=False)

    def shows(self, prices: tuple[float, float]) -> bool:
        """Whether the prices from one to another have room enough; a flat market needs none."""
        low, high = prices
        return high - low <= _FLAT * high or self.place(high) - self.place(low) >= _LEAST

    def place(self, price: float) -> float:
        """Where `price` is on the axis."""
        if self.logarithmic:
            return math.log(price / self.low) / math.log(self.high / self.low)
        return (price - self.low) / (self.high - self.low)

    def side(self, price: float) -> int:
        """1 for a price above the axis, -1 for one below it, 0 for one that is on it."""
        return int(price > self.high) - int(price < self.low)

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


def _usual(candles: Candles) -> tuple[float, float]:
    """The lowest and the highest price, without rare wicks that would flatten all the rest.

    The rest is the range of the closes, without one that is far from the closes before and after
    it: that is as bad as a wick. A wick is rare when hardly any others come near it.
    """
    import numpy as np

    low, high, count = candles.low, candles.high, len(candles.close)
    if candles.open_candle:
        low = np.append(low, candles.open_candle.low)
        high = np.append(high, candles.open_candle.high)
    lowest, highest = float(low.min()), float(high.max())
    if count < _FEW:
        return lowest, highest
    closes = np.append(candles.close, candles.price)
    steady = np.median(np.lib.stride_tricks.sliding_window_view(closes, 3), axis=1)
    rest = bottom, top = float(steady.min()), float(steady.max())
    rare, reach = max(1, count // _RARE), top / bottom
    lower, upper = min(bottom, np.sort(low)[rare]), max(top, np.sort(high)[-1 - rare])
    lower = float(low[low >= lower / reach].min(initial=lower))
    upper = float(high[high <= upper * reach].max(initial=upper))
    for ends in ((lowest, highest), (lowest, upper), (lower, highest)):
        if PriceAxis.holding(*ends).shows(rest):
            return ends
    return lower, upper
