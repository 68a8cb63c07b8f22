"""Frequencies and means of cases, with intervals from a bootstrap of whole calendar months.

Coins move together and windows overlap, so that neither coins nor candles are independent; months
nearly are. A resample draws as many months as there are, with replacement, each with the cases of
all coins; an interval runs from the 5 % to the 95 % quantile of what the resamples give. See
B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993), and H. Kuensch, Ann. Statist.
17 (1989), for blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

RESAMPLES = 2000
ENDS = (0.05, 0.95)
SEED = 1


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure, and the ends of its 90 % interval; NaN where there is nothing to count."""

    value: float
    low: float
    high: float


# Figures by name, as they are kept as JSON.
Results = dict[str, Any]
# From how often each month was drawn, in rows, to a figure of each row.
Figure = Callable[[np.ndarray], np.ndarray]


def told(found: Interval) -> list[float | None]:
    """An interval for JSON, with four decimals."""
    return [shown(value) for value in (found.value, found.low, found.high)]


def shown(value: float) -> float | None:
    """A figure with as many decimals as are told of it."""
    return round(float(value), 4) + 0.0 if np.isfinite(value) else None


class Months:
    """The calendar months of some cases, for counting by month."""

    def __init__(self, month: np.ndarray) -> None:
        names, self._index = np.unique(month, return_inverse=True)
        self.count = len(names)
        chance = np.random.default_rng(SEED)
        self._drawn = np.zeros((RESAMPLES, self.count))
        if self.count:
            shares = np.full(self.count, 1 / self.count)
            self._drawn += chance.multinomial(self.count, shares, RESAMPLES)

    def sums(self, values: np.ndarray) -> np.ndarray:
        """The sum of `values`, one for each case, in every month."""
        return np.bincount(self._index, weights=values, minlength=self.count)

    def mean(self, values: np.ndarray, of: np.ndarray) -> Interval:
        """The mean of `values` over the cases that `of` marks."""
        return self.interval(self._mean(values, of))

    def difference(self, values: np.ndarray, of: np.ndarray, sign: float = 1.0) -> Interval:
        """The mean over the cases that `of` marks less the mean over all, times `sign`."""
        mine, all_ = self._mean(values, of), self._mean(values, np.ones(len(values)))
        return self.interval(lambda drawn: sign * (mine(drawn) - all_(drawn)))

    def followed(
        self, moves: np.ndarray, sides: np.ndarray, than: np.ndarray | None = None
    ) -> Interval:
        """What following `sides` (1, -1, or 0 for neither) gained over being always in.

        That is the mean of side times (move less the mean of all moves) over the cases with a side;
        less the same for the sides `than`, if there are any.
        """
        one = self._followed(moves, sides)
        if than is None:
            return self.interval(one)
        other = self._followed(moves, than)
        return self.interval(lambda drawn: one(drawn) - other(drawn))

    def interval(self, figure: Figure) -> Interval:
        """What `figure` is of all months once, and between which ends it lies when redrawn."""
        with np.errstate(invalid="ignore", divide="ignore"):
            (value,), resampled = figure(np.ones((1, self.count))), figure(self._drawn)
        resampled = resampled[np.isfinite(resampled)]
        if not resampled.size:
            return Interval(float("nan"), float("nan"), float("nan"))
        low, high = np.quantile(resampled, ENDS)
        return Interval(float(value), float(low), float(high))

    def _mean(self, values: np.ndarray, of: np.ndarray) -> Figure:
        top, count = self.sums(np.where(of, values, 0)), self.sums(of)
        return lambda drawn: (drawn @ top) / (drawn @ count)

    def _followed(self, moves: np.ndarray, sides: np.ndarray) -> Figure:
        all_ = self._mean(moves, np.ones(len(moves)))
        gained, net, count = (self.sums(one) for one in (sides * moves, sides, sides != 0))
        return lambda drawn: (drawn @ gained - (drawn @ net) * all_(drawn)) / (drawn @ count)
