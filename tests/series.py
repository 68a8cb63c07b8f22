"""Candles for tests that need no exchange."""

from __future__ import annotations

from dataclasses import replace

from engram.market.candles import Candles, read_candles
from tests.doubles.exchange import candles

# Half past an hour.
NOW = 1_795_339_800.0


def made(
    shape: str = "walk", count: int = 300, seed: int = 1, timeframe: str = "1h", scale: float = 1.0
) -> Candles:
    """`count` closed candles as the double makes them, with prices `scale` times as high."""
    rows = candles(count + 1, shape, timeframe, NOW, seed)
    rows = [[row[0], *(price * scale for price in row[1:5]), row[5]] for row in rows]
    return read_candles(rows, "BTC/USDT", "Binance", timeframe, NOW)


def first(candles: Candles, count: int) -> Candles:
    """The first `count` of `candles`, with the same current price, but without the open candle."""
    columns = ("time", "open", "high", "low", "close", "volume")
    cut = {name: getattr(candles, name)[:count] for name in columns}
    return replace(candles, **cut, open_candle=None)
