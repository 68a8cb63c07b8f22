"""Candles that were asked for, and how long they are good for what."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import NamedTuple

from engram.market.candles import Candles, duration
from engram.market.exchanges.exchange import Exchange

# How old a price may usually be, in seconds.
PRICE_AGE = 30.0
# Two clocks that agree on how long something took differ by less than this (s).
STEADY = 2.0
# An exchange's time is known to the second.
SECOND = 1.0


class Recent(NamedTuple):
    """Candles, and between which times it is now by the clock of their exchange (s)."""

    candles: Candles
    earliest: float
    latest: float


@dataclass(frozen=True, slots=True)
class Cached:
    """Candles in the cache, good until the open one closes; times are of this machine's clock."""

    candles: Candles
    exchange: Exchange
    priced_at: float
    closes_at: float
    read_at: float  # as `priced_at`, by `time.monotonic`
    took: float  # seconds that it took to ask for the price

    def is_good(self, now: float) -> bool:
        """Whether its candle is still open; not if the clock was set back meanwhile."""
        return self.priced_at <= now < self.closes_at

    def serves(self, timeframe: str, count: int) -> bool:
        """Whether it has `count` closed candles of `timeframe`, or one less."""
        as_many = count - 1 <= len(self.candles.close) <= count
        return as_many and duration(self.candles.timeframe) == duration(timeframe)

    def is_of(self, exchange: Exchange, symbol: str) -> bool:
        """Whether it has candles of that market."""
        return self.exchange is exchange and self.candles.symbol == symbol

    def recent(self, now: float) -> Recent | None:
        """These if their price is of the last 30 s, which ends `now`, and the exchange dated it."""
        passed = time.monotonic() - self.read_at
        # A clock that was set meanwhile, or stood still in a sleep, tells no age.
        was_steady = abs(now - self.priced_at - passed) < STEADY
        if not (was_steady and passed <= PRICE_AGE and self.candles.is_dated):
            return None
        earliest = self.candles.priced_at + passed
        return Recent(self.candles, earliest, earliest + 2 * self.took + SECOND)
