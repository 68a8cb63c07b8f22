"""Other rules than today's, to be tried: each gives BUY (1), SELL (-1) or HOLD (0) at a candle.

They are computed from the same columns, at the last candle of a window.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from engram.market.indicators import Columns

Votes = Mapping[str, np.ndarray]
Rule = Callable[[Columns, Votes], int]


def _votes(threshold: int, *names: str) -> Rule:
    """The sum of some votes, all by default, against a threshold."""

    def rule(_i: Columns, votes: Votes) -> int:
        score = sum(int(votes[name][-1]) for name in names or votes)
        return (score >= threshold) - (score <= -threshold)

    return rule


def _sign(up: bool, down: bool) -> int:
    return int(up) - int(down)


def _above(average: str) -> Rule:
    """Whether the close is above or below an average."""

    def rule(i: Columns, _votes: Votes) -> int:
        mean = getattr(i, average)[-1]
        return _sign(i.close[-1] > mean, i.close[-1] < mean)

    return rule


def _drift(candles: int) -> Rule:
    """Whether the price rose or fell over the last candles."""

    def rule(i: Columns, _votes: Votes) -> int:
        return int(np.sign(i.close[-1] - i.close[-1 - candles]))

    return rule


def _stretched(low: float, high: float) -> Rule:
    """Mean reversion: BUY where RSI is low, SELL where it is high."""

    def rule(i: Columns, _votes: Votes) -> int:
        return _sign(i.rsi[-1] < low, i.rsi[-1] > high)

    return rule


def _outside(i: Columns, _votes: Votes) -> int:
    """Mean reversion: BUY below the lower Bollinger band, SELL above the upper, trend or not."""
    return _sign(i.close[-1] < i.bollinger_lower[-1], i.close[-1] > i.bollinger_upper[-1])


def _crossed(i: Columns, _votes: Votes) -> int:
    """EMA 50 above or below EMA 200."""
    return _sign(i.ema50[-1] > i.ema200[-1], i.ema50[-1] < i.ema200[-1])


def _channel(i: Columns, _votes: Votes) -> int:
    """The close is the highest or the lowest of 55 candles."""
    last = i.close[-55:]
    return _sign(last[-1] >= last.max(), last[-1] <= last.min())


CANDIDATES: Mapping[str, Rule] = {
    "one vote": _votes(1),
    "three votes": _votes(3),
    "four votes": _votes(4),
    "Trend alone": _votes(1, "Trend"),
    "Trend and MACD": _votes(2, "Trend", "MACD"),
    "Trend, Strength, RSI: two": _votes(2, "Trend", "Strength", "RSI"),
    "Volume alone": _votes(1, "Volume"),
    "close and EMA 50": _above("ema50"),
    "close and EMA 200": _above("ema200"),
    "EMA 50 and EMA 200": _crossed,
    "drift of 24 candles": _drift(24),
    "drift of 120 candles": _drift(120),
    "highest of 55 candles": _channel,
    "RSI below 30, above 70": _stretched(30, 70),
    "RSI below 40, above 60": _stretched(40, 60),
    "outside the bands": _outside,
}
