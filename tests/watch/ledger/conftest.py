"""A ledger in a file, a clock that a test turns, and rows to judge."""

import pytest

from engram.storage.watch.ledger_table import ALL, LedgerRow, LedgerTable
from tests.watch.conftest import TurnedClock

HOUR = 3600.0
# The beginning of an hour.
NOW = 1_795_338_000.0


@pytest.fixture
def clock():
    return TurnedClock(NOW)


@pytest.fixture
def table(store):
    return LedgerTable(store)


def row(hours=0, signal="BUY", source="rules", price=100.0, symbol="BTC/USDT", **more):
    """A signal after the candle that closed so many `hours` after NOW, with a horizon of 4 h."""
    candle = int((NOW + (hours - 1) * HOUR) * 1000)
    due = NOW + (hours + 4) * HOUR
    more = {"exchange": "binance", "confidence": "Low", "typical": 0.01, "chance": 0.5, **more}
    return LedgerRow(
        symbol=symbol, timeframe="1h", candle=candle, source=source, signal=signal, price=price,
        horizon=4, at=NOW, due=due, **more,
    )  # fmt: skip


def kept(table):
    """All rows."""
    return list(table.latest(10**6, ALL))
