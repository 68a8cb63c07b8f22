"""The table `ledger`: each signal that was shown, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, astuple, dataclass, replace

from engram.storage.store import Store
from engram.storage.watch.armed import AT, Place
from engram.storage.watch.rows import Rows

#: A row is open until it is judged; unknown ones are never counted. What is ready has not been
#: shown yet.
READY, OPEN, JUDGED, UNKNOWN = "ready", "open", "judged", "unknown"
#: The source of signals that follow from the votes; every other source is a model's key.
RULES = "rules"


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

    @property
    def move(self) -> float | None:
        """How far the price has moved, as a fraction; None before that is known."""
        return None if self.judged_price is None else self.judged_price / self.price - 1


@dataclass(frozen=True, slots=True)
class Past:
    """How often a signal was `given` that has been judged, and was `right`.

    By chance it would have been right `expected` times.
    """

    given: int = 0
    right: int = 0
    expected: float = 0.0


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of the signals that `source` gave with a `confidence`: judged ones alone.

    So many are `apart`, which counts those of one market within one horizon as one: they share most
    of their move. `chance` is the share that was to be expected, `move` the mean move the way the
    signal said, as a fraction; None where none of them had one, as HOLD has no such move.
    """

    source: str
    confidence: str
    given: int
    right: int
    apart: int
    chance: float | None
    move: float | None


@dataclass(frozen=True, slots=True)
class Scope:
    """Which signals are meant: those of some markets, or of one timeframe; empty for all."""

    symbols: tuple[str, ...] = ()
    timeframe: str = ""

    @property
    def sql(self) -> tuple[str, tuple[str, ...]]:
        """The condition, and its values."""
        parts = [f"state <> '{READY}'"]
        parts += [f"symbol IN ({', '.join('?' * len(self.symbols))})"] if self.symbols else []
        parts += ["timeframe = ?"] if self.timeframe else []
        return " AND ".join(parts), (*self.symbols, *filter(None, [self.timeframe]))


ALL = Scope()
# So many rows are read at once.
PAGE = 1000
# Time is cut into horizons. From its candle to when it is due a signal has one candle more.
APART = (
    "count(DISTINCT symbol || ' ' || timeframe || ' ' || "
    "CAST(candle * (horizon + 1.0) / ((due * 1000 - candle) * horizon) AS INTEGER))"
)
_PAST = (int, int, float | int)
_TALLY = (str, str, int, int, int, float | None, float | None)
KEY = f"{AT} AND candle = ? AND source = ?"


class LedgerTable:
    """All signals that were shown: each once per market, timeframe, candle and source."""

    def __init__(self, store: Store) -> None:
        self._store, self._rows = store, Rows(store, "ledger", LedgerRow)

    def add(self, *rows: LedgerRow) -> None:
        """Keep what was shown, unless it is there already."""
        known = f"DO UPDATE SET state = excluded.state, at = excluded.at WHERE state = '{READY}'"
        if rows:
            new = (self._rows.adding(conflict=known, **asdict(row)) for row in rows)
            self._store.write_all(*new, later=True)

    def prepare(self, row: LedgerRow) -> None:
        """Keep what may be shown soon, in place of what `source` might have shown there before."""
        sql = f"DELETE FROM ledger WHERE {AT} AND source = ? AND state = '{READY}'"
        place = (sql, row.exchange, row.symbol, row.timeframe, row.source)
        new = self._rows.adding(**asdict(replace(row, state=READY)))
        self._store.write_all(place, new, later=True)

    def show(self, candles: Iterable[tuple[Place, int]], at: float) -> None:
        """Note that what was ready there, after a candle, was shown at the time `at`."""
        sql = (
            f"UPDATE ledger SET state = '{OPEN}', at = ? "
            f"WHERE state = '{READY}' AND {AT} AND candle = ?"
        )
        changes = ((sql, at, *astuple(place), candle) for place, candle in candles)
        self._store.write_all(*changes, later=True)

    def due(self, now: float) -> list[Place]:
        """Where there are open rows whose horizon has ended at the time `now`."""
        sql = (
            "SELECT DISTINCT exchange, symbol, timeframe FROM ledger "
            f"WHERE state = '{OPEN}' AND due <= ?"
        )
        return [Place(*row) for row in self._store.read(sql, now, kinds=(str, str, str))]

    def due_at(self, place: Place, now: float) -> list[LedgerRow]:
        """These rows of one market and timeframe, the first ones first, at most a page."""
        where = f"WHERE {AT} AND state = '{OPEN}' AND due <= ? ORDER BY due LIMIT {PAGE}"
        return self._rows.find(where, *astuple(place), now)

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

    def past(self, symbol: str, timeframe: str, signal: str, source: str) -> Past:
        """What came of such a signal whose chance was known, on all exchanges."""
        sql = (
            "SELECT count(*), coalesce(sum(came_true), 0), coalesce(sum(chance), 0.0) FROM ledger "
            f"WHERE symbol = ? AND timeframe = ? AND state = '{JUDGED}' AND source = ? "
            "AND signal = ? AND chance IS NOT NULL"
        )
        rows = self._store.read(sql, symbol, timeframe, source, signal, kinds=_PAST)
        return Past(*rows[0]) if rows else Past()

    def tallies(self, scope: Scope) -> list[Tally]:
        """What came of the signals in `scope`, by source and confidence."""
        where, values = scope.sql
        sql = (
            f"SELECT source, confidence, count(*), sum(came_true), {APART}, avg(chance), "
            "avg(CASE signal WHEN 'BUY' THEN judged_price / price - 1 "
            "WHEN 'SELL' THEN 1 - judged_price / price END) FROM ledger "
            f"WHERE state = '{JUDGED}' AND {where} GROUP BY source, confidence"
        )
        return [Tally(*row) for row in self._store.read(sql, *values, kinds=_TALLY)]

    def count(self, state: str, scope: Scope) -> int:
        """How many signals in `scope` are in that state."""
        where, values = scope.sql
        return self._rows.count(f"WHERE state = ? AND {where}", state, *values)

    def symbols(self) -> list[str]:
        """The markets of which a signal was shown."""
        rows = self._store.read(
            f"SELECT DISTINCT symbol FROM ledger WHERE state <> '{READY}'", kinds=(str,)
        )
        return [symbol for (symbol,) in rows]

    def latest(self, most: int, scope: Scope) -> Iterator[LedgerRow]:
        """The latest `most` signals in `scope`, oldest first, read page by page.

        What was shown in the same moment as the first of them comes as well.
        """
        where, values = scope.sql
        sql = f"SELECT at FROM ledger WHERE {where} ORDER BY at DESC LIMIT 1 OFFSET ?"
        first = self._store.value(sql, *values, most - 1, default=0.0)
        key = "at, exchange, symbol, timeframe, candle, source"
        page_of = f"WHERE ({key}) > (?, ?, ?, ?, ?, ?) AND {where} ORDER BY {key} LIMIT {PAGE}"
        after: tuple[object, ...] = (first, "", "", "", 0, "")
        while page := self._rows.find(page_of, *after, *values):
            yield from page
            last = page[-1]
            after = (last.at, last.exchange, last.symbol, last.timeframe, last.candle, last.source)

    def ended_since(self, at: float) -> list[LedgerRow]:
        """The rows that were judged after that time, oldest first."""
        where = f"WHERE judged_at > ? AND state = '{JUDGED}' ORDER BY judged_at"
        return self._rows.find(where, at)
