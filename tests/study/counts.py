"""Frequencies and means of cases, with intervals from a bootstrap of whole calendar months.

Coins move together and windows overlap, so that neither coins nor candles are independent; months
nearly are. A resample draws as many months as there are, with replacement, each with the cases of
all coins; an interval runs from the 5 % to the 95 % quantile of what the resamples give. See
B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993), and H. Kuensch, Ann. Statist.
17 (1989), for blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

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


class Months:
    """The calendar months of some cases, for counting by month."""

    def __init__(self, month: np.ndarray) -> None:
        names, self._index = np.unique(month, return_inverse=True)
        self.count = len(names)
        chance = np.random.default_rng(SEED)
        shares = np.full(self.count, 1 / max(self.count, 1))
        self._drawn = chance.multinomial(self.count, shares, RESAMPLES).astype(np.float64)

    def sums(self, values: np.ndarray) -> np.ndarray:
        """The sum of `values`, one for each case, in every month."""
        return np.bincount(self._index, weights=values, minlength=self.count)

    def mean(self, values: np.ndarray, of: np.ndarray) -> Interval:
        """The mean of `values` over the cases that `of` marks."""
        return self._interval([(self.sums(np.where(of, values, 0)), self.sums(of))])

    def difference(self, values: np.ndarray, of: np.ndarray, sign: float = 1.0) -> Interval:
        """The mean over the cases that `of` marks less the mean over all, times `sign`."""
        one = self.sums(np.where(of, values, 0)), self.sums(of)
        everything = self.sums(values), self.sums(np.ones(len(values)))
        return self._interval([one, everything], sign)

    def _interval(self, ratios: list[tuple[np.ndarray, np.ndarray]], sign: float = 1.0) -> Interval:
        """The first ratio of sums less the second one, if there is one."""
        values = []
        for drawn in (np.ones((1, self.count)), self._drawn):
            with np.errstate(invalid="ignore", divide="ignore"):
                first, *others = ((drawn @ top) / (drawn @ bottom) for top, bottom in ratios)
            values.append(sign * (first - sum(others)))
        (value,), resampled = values
        resampled = resampled[np.isfinite(resampled)]
        if not resampled.size:
            return Interval(float("nan"), float("nan"), float("nan"))
        low, high = np.quantile(resampled, ENDS)
        return Interval(float(value), float(low), float(high))
