"""How often a signal was right lately, and what confidence the first edition made of that; pure."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median

from engram.market.outcomes import Signal

ENOUGH = 10  # occurrences; with fewer the confidence is Low whatever the hit rate
_Z_90 = 1.6448536269514722  # 95 % quantile of the normal distribution: a 90 % interval has two ends


class Confidence(Enum):
    """How far the track record of a signal stands above chance."""

    HIGH = "High"
    MEDIUM = "Medium"
    LOW = "Low"


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """A signal was right `right` of `times` times, `horizon` candles later.

    `base_rate` is the share of all candles with the same outcome, meaningless if `times` is 0.
    """

    right: int
    times: int
    base_rate: float
    horizon: int

    @property
    def hit_rate(self) -> float:
        """Share of occurrences that were right; 0.0 when there are none."""
        return self.right / self.times if self.times else 0.0

    @property
    def lower_bound(self) -> float:
        """Lower end of the 90 % Wilson score interval of the hit rate; 0.0 without a hit.

        E. B. Wilson, Probable Inference, JASA 22 (1927), without continuity correction.
        """
        n = self.times
        if self.right == 0:
            return 0.0
        share, z2 = self.hit_rate, _Z_90**2
        spread = _Z_90 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
        return max(0.0, (share + z2 / (2 * n) - spread) / (1 + z2 / n))

    @property
    def confidence(self) -> Confidence:
        """High: `lower_bound` above base rate. Medium: `hit_rate` is. Low: otherwise, or few."""
        if self.times < ENOUGH or self.hit_rate <= self.base_rate:
            return Confidence.LOW
        return Confidence.HIGH if self.lower_bound > self.base_rate else Confidence.MEDIUM


def measure(signals: Sequence[Signal | None], close: Sequence[float], horizon: int) -> TrackRecord:
    """The record of the last of `signals` on the series it ends.

    `signals` and `close` have one entry per candle, None where no signal could be given. Only
    candles whose outcome, the return over the next `horizon` (at least 1) candles, is known count.
    BUY is right when it is positive, SELL when it is negative, HOLD when it is no larger either way
    than the median of all. Once an occurrence counts, none of the next `horizon` - 1 candles does.
    """
    if horizon < 1:
        raise ValueError(f"horizon is {horizon}, it must be at least 1 candle")
    signal = signals[-1]
    returns = [after / before - 1 for before, after in zip(close, close[horizon:], strict=False)]
    if signal is None or not returns:
        return TrackRecord(0, 0, 0.0, horizon)
    right = _outcomes(signal, returns)
    counted = list(_apart((t for t in range(len(right)) if signals[t] is signal), horizon))
    base_rate = sum(right) / len(right)
    return TrackRecord(sum(right[t] for t in counted), len(counted), base_rate, horizon)


def _outcomes(signal: Signal, returns: Sequence[float]) -> list[bool]:
    if signal is Signal.BUY:
        return [change > 0 for change in returns]
    if signal is Signal.SELL:
        return [change < 0 for change in returns]
    typical = median(abs(change) for change in returns)
    return [abs(change) <= typical for change in returns]


def _apart(candles: Iterable[int], horizon: int) -> Iterator[int]:
    free_from = 0
    for t in candles:
        if t >= free_from:
            free_from = t + horizon
            yield t
