"""Trades of a market, scripted by time, and the candles of any timeframe that follow from them."""

from __future__ import annotations

import bisect
from collections.abc import Iterable

Row = list[float]


class Tape:
    """Trades as (time in seconds, price), in any order; what is later than `now` did not happen.

        tape = Tape([(minute, 100.0)])
        tape.trade(minute + 61, 105.0)
        tape.candles(60, since=0, now=minute + 62)   # the second one opens at 100 and reaches 105

    Before the first trade its price stands, for as long as there are candles. As on Binance, a
    candle in which nothing was traded is flat and without volume.
    """

    def __init__(self, trades: Iterable[tuple[float, float]] = ()) -> None:
        self._trades = sorted(trades)

    def trade(self, at: float, price: float) -> None:
        """Add a trade."""
        # As a new list: a request may be reading the old one.
        self._trades = sorted([*self._trades, (at, price)])

    def price(self, now: float) -> float:
        """The price of the last trade by then."""
        trades = self._trades
        return trades[max(0, bisect.bisect_right(trades, (now, float("inf"))) - 1)][1]

    def candles(self, step: float, now: float, count: int = 1000, since: float = 0) -> list[Row]:
        """The last `count` candles of `step` seconds, with `since` the first ones from then on.

        A row is [opening time in ms, open, high, low, close, volume]; the last may be open.
        """
        last = now // step * step
        first = last - (count - 1) * step
        if since:
            first = max(-(-since // step) * step, self._trades[0][0] // step * step - 1000 * step)
        times = [first + i * step for i in range(count)]
        return [self._candle(opened, step, now) for opened in times if opened <= last]

    def _candle(self, opened: float, step: float, now: float) -> Row:
        trades = self._trades
        begin = bisect.bisect_left(trades, (opened,))
        end = bisect.bisect_left(trades, (min(opened + step, now + 1e-6),))
        start = trades[max(0, begin - 1)][1]
        prices = [start, *(price for _, price in trades[begin:end])]
        volume = float(end - begin)
        return [opened * 1000, start, max(prices), min(prices), prices[-1], volume]
