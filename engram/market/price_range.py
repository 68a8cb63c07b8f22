"""The range in which the price will be after some candles, four times out of five; pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engram.core.formats import price_decimals

if TYPE_CHECKING:
    from engram.market.candles import Column

SHARE = 0.8  # of the closes lie inside
# Fewer past moves than this say too little about the rare ones at both ends.
ENOUGH = 100
# A range that reaches beyond this many times the price, or below that part of it, says nothing.
WIDEST = 1000.0


@dataclass(frozen=True, slots=True)
class PriceRange:
    """Between these prices lies the close `horizon` candles later, with a frequency of 80 %."""

    low: float
    high: float
    horizon: int

    def written(self, price: float) -> tuple[str, str]:
        """Both ends as they are written where the current price is `price`.

        Steps of a fiftieth of the width, or less: more digits would pretend that it is known so
        well.
        """
        power = math.floor(math.log10((self.high - self.low) / 50))
        step = 10.0 ** max(power, -price_decimals(price))
        decimals = max(0, -math.floor(math.log10(step)))
        low, high = (f"{round(end / step) * step:,.{decimals}f}" for end in (self.low, self.high))
        return low, high


def price_range(close: Column, atr: Column, horizon: int) -> PriceRange | None:
    """The range after the last close, from the moves on these candles; None if they are too few.

    A move is the logarithm of one close over another. Divided by the square root of its ATR, as a
    fraction of the price, a move in a wild market is like one in a calm market; the 10 % and 90 %
    quantiles of these, times today's square root, are the range. Also None in a market that stands
    still, and where old jumps would make it wider than any move of a market.
    """
    import numpy as np

    # What no market does may be beyond all numbers.
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        scale = np.sqrt(atr / close)
        before = scale[:-horizon]
        counted = before > 0
        if np.count_nonzero(counted) < ENOUGH or not scale[-1] > 0:
            return None
        past = (np.log(close[horizon:]) - np.log(close[:-horizon]))[counted] / before[counted]
        ends = np.quantile(past, [(1 - SHARE) / 2, (1 + SHARE) / 2]) * scale[-1]
        low, high = np.exp(np.log(close[-1]) + ends).tolist()
    price = float(close[-1])
    is_known = price / WIDEST < low < high < price * WIDEST
    return PriceRange(low, high, horizon) if is_known else None
