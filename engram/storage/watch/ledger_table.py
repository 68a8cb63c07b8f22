"""The table `ledger`: each signal that was shown, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from engram.storage.store import Store
from engram.storage.watch.armed import KINDS

#: A row is open until it is judged; unknown ones are never counted.
OPEN, JUDGED, UNKNOWN = "open", "judged", "unknown"


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A signal that `source` ("rules", or a model's key) gave, as it was shown at the time `at`.

    `candle` is the last closed candle (when it opened, ms), `price` its close. `horizon` counts
    candles. `typical` is the move that HOLD is judged by, a fraction; `chance` the share of the
    candles at hand that came out so; both None where they were not known. It is due at `due`
    (seconds since the epoch), and was judged at `judged_at` by `judged_price`.
    """

    exchange: str
    symbol: str
    timeframe: str
    candle: int
    source: str
    signal: str
    confidence: str
    price: float
    horizon: int
    typical: float | None
    chance: float | None
    at: float
    due: float
    state: str = OPEN
    judged_price: float | None = None
    judged_at: float | None = None
    came_true: int | None = None


LEDGER_KINDS = [KINDS[str(one.type)] for one in fields(LedgerRow)]
COLUMNS = ", ".join(one.name for one in fields(LedgerRow))
SELECT = f"SELECT {COLUMNS} FROM ledger"
KEY = "exchange = ? AND symbol = ? AND timeframe = ? AND candle = ? AND source = ?"


class LedgerTable:
    """All signals that were shown: each once per market, timeframe, candle and source."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, row: LedgerRow) -> None:
        """Keep what was shown, unless it is there already."""
        values = ", ".join("?" * len(LEDGER_KINDS))
        sql = f"INSERT OR IGNORE INTO ledger ({COLUMNS}) VALUES ({values})"
        self._store.write(sql, *(getattr(row, one.name) for one in fields(row)))

    def due(self, now: float, most: int = 1000) -> list[LedgerRow]:
        """The open rows whose horizon has ended at the time `now`, the first ones first."""
        sql = f"{SELECT} WHERE state = '{OPEN}' AND due <= ? ORDER BY due LIMIT ?"
        return self._rows(sql, now, most)

    def judge(self, rows: Iterable[LedgerRow]) -> None:
        """Write what came of these rows, those that are open still."""
        sql = (
            "UPDATE ledger SET state = ?, judged_price = ?, judged_at = ?, came_true = ? "
            f"WHERE {KEY} AND state = '{OPEN}'"
        )
        changes = [
            (sql, row.state, row.judged_price, row.judged_at, row.came_true, row.exchange,
             row.symbol, row.timeframe, row.candle, row.source)
            for row in rows
        ]  # fmt: skip
        self._store.write_all(*changes, later=True)

    def judged(self, symbol: str = "", timeframe: str = "") -> list[LedgerRow]:
        """All judged rows, of one market and timeframe if these are given, oldest first."""
        sql = f"{SELECT} WHERE state = '{JUDGED}'"
        where = [
            (name, value) for name, value in (("symbol", symbol), ("timeframe", timeframe)) if value
        ]
        sql += "".join(f" AND {name} = ?" for name, _ in where)
        return self._rows(f"{sql} ORDER BY at", *(value for _, value in where))

    def ended_since(self, at: float) -> list[LedgerRow]:
        """The rows that were judged after that time, oldest first."""
        sql = f"{SELECT} WHERE judged_at > ? AND state = '{JUDGED}' ORDER BY judged_at"
        return self._rows(sql, at)

    def all(self) -> list[LedgerRow]:
        """Every row, oldest first."""
        return self._rows(f"{SELECT} ORDER BY at")

    def _rows(self, sql: str, *values: object) -> list[LedgerRow]:
        return [LedgerRow(*row) for row in self._store.read(sql, *values, kinds=LEDGER_KINDS)]
