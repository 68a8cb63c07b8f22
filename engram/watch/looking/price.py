"""Judges one price alert by candles; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

#: A candle as it was sent: when it opened (ms), open, high, low, close, volume.
Row: TypeAlias = tuple[float, ...]
TIME, HIGH, LOW, CLOSE = 0, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Standing:
    """How a price alert stands: it fires above `level` if it `rises`, else below it.

    High and low count in candles that open after the one at `since` (ms), in which it was armed or
    became ready; of that one only the price at each look does, and its close. `looked` is the
    newest candle that was seen, which was still open. Until it is `ready` the condition has been
    true all the time, and nothing has been crossed.
    """

    number: int
    rises: bool
    level: float
    since: int
    looked: int
    ready: bool = True

    def holds(self, price: float) -> bool:
        """Whether the price is beyond the level; at the level it is not."""
        return price > self.level if self.rises else price < self.level

    def best(self, row: Row) -> float:
        """The price of a candle that is most likely beyond the level."""
        return row[HIGH] if self.rises else row[LOW]

    def worst(self, row: Row) -> float:
        """The price of a candle that is least likely beyond the level."""
        return row[LOW] if self.rises else row[HIGH]

    def is_touched(self, row: Row) -> bool:
        """Whether a candle may change anything; surely where it opened after `since`."""
        return self.holds(self.best(row)) if self.ready else not self.holds(self.worst(row))


@dataclass(frozen=True, slots=True)
class Firing:
    """What fired an alert: the candle that opened at `candle`, `length` long (both ms).

    `price` is the furthest that the candle went, or the price at the look.
    """

    candle: int
    length: int
    price: float


@dataclass(frozen=True, slots=True)
class Judged:
    """How an alert stands after some candles, and what fired it, if anything did."""

    standing: Standing
    firing: Firing | None = None


def judge(standing: Standing, rows: Sequence[Row], length: int) -> Judged:
    """How `standing` stands after `rows`, candles of `length` (ms), oldest first.

    The last one may still be open. Candles may be judged again: what was seen before changes
    nothing.
    """
    for row in rows:
        time = int(row[TIME])
        if time + length <= standing.since:
            continue
        close = row[CLOSE]
        if time <= standing.since:
            # High and low may be from before: the close is the one price that is not.
            if standing.ready and standing.holds(close):
                return Judged(standing, Firing(time, length, close))
            standing = replace(standing, ready=standing.ready or not standing.holds(close))
        elif standing.is_touched(row):
            if standing.ready:
                return Judged(standing, Firing(time, length, standing.best(row)))
            standing = replace(standing, ready=True, since=time)
            # The condition was false in this candle, and is true at its end: between, it crossed.
            if standing.holds(close):
                return Judged(standing, Firing(time, length, close))
    return Judged(standing)
