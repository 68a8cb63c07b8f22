"""Finds markets that stand still although their exchange answers: nothing new ever comes; pure."""

from __future__ import annotations

# A market whose newest candle has not changed for so long (s) is frozen, unless its ticker has.
# That one is asked only once the candle has stood still for `DOUBTFUL`.
FROZEN, DOUBTFUL = 900.0, 180.0
# Between two answers no more than this (s) counts: the process may have stood still itself.
LONGEST_STEP = 120.0


class Stillness:
    """For how long the newest candle of a market, and its ticker, have not changed.

    Times are those of a clock that does not jump, in seconds. Only time in which the exchange
    answers counts.
    """

    def __init__(self) -> None:
        self._newest: float | None = None
        self._ticker: float | None = None
        self._seen_at: float | None = None
        self._candle_still = self._ticker_still = 0.0

    def candle(self, opened: float | None, at: float) -> None:
        """Note when the newest candle opened that came at the time `at`."""
        step = 0.0 if self._seen_at is None else min(max(0.0, at - self._seen_at), LONGEST_STEP)
        self._seen_at = at
        if opened != self._newest:
            self._newest, self._ticker = opened, None
            self._candle_still = self._ticker_still = 0.0
        else:
            self._candle_still += step
            self._ticker_still += step

    def ticker(self, sign: float) -> None:
        """Note the ticker's time, or its price where the exchange sends no time."""
        if self._ticker is not None and sign != self._ticker:
            self._ticker_still = 0.0
        self._ticker = sign

    def failed(self) -> None:
        """Note that the exchange did not answer: what it would have sent is not known."""
        self._seen_at = None

    @property
    def wants_ticker(self) -> bool:
        """Whether the ticker has to be asked."""
        return self._candle_still >= DOUBTFUL

    @property
    def is_frozen(self) -> bool:
        """Whether both have stood still for too long."""
        return min(self._candle_still, self._ticker_still) >= FROZEN
