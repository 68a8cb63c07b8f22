"""The three signals, and when one has come true; pure."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engram.market.candles import Column


class Signal(Enum):
    """What the rules say about the next candles."""

    BUY = "BUY"
    SELL = "SELL"
    HOLD = "HOLD"

    @property
    def stops_above(self) -> bool:
        """Whether its stop is above the price: only who sells loses by a rise."""
        return self is Signal.SELL


def moves(close: Column, horizon: int) -> Column:
    """The move from each close to the one `horizon` (at least 1) candles later, as a fraction.

    The last `horizon` closes have none yet, so it is that much shorter than `close`.
    """
    if horizon < 1:
        raise ValueError(f"horizon is {horizon}, it must be at least 1 candle")
    return close[horizon:] / close[:-horizon] - 1


def typical_move(close: Column, horizon: int) -> float:
    """The median of all moves over `horizon` candles, either way, by which HOLD is judged.

    NaN where no candle has an outcome yet.
    """
    import numpy as np

    found = moves(close, horizon)
    return float(np.median(abs(found))) if found.size else float("nan")


def came_true(signal: Signal, move: float, typical: float) -> bool:
    """Whether the price moved by `move` as `signal` said; for a column of moves a column.

    BUY comes true when the price is higher, SELL when it is lower, HOLD when the move is no larger
    either way than the `typical` one.
    """
    if signal is Signal.BUY:
        return move > 0
    if signal is Signal.SELL:
        return move < 0
    return abs(move) <= typical


def chance(signal: Signal, close: Column, horizon: int) -> float | None:
    """The share of the candles at hand after which the price moved as `signal` says.

    None where no candle has an outcome yet.
    """
    found, typical = moves(close, horizon).tolist(), typical_move(close, horizon)
    return sum(came_true(signal, one, typical) for one in found) / len(found) if found else None
