"""`Ledger`: notes each signal that is shown, and tells what became of those shown before."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable

from engram.core.clock import Clock
from engram.market.analyst import Analyst
from engram.market.candles import Candles, opening_after
from engram.market.evidence import Confidence
from engram.market.outcomes import Signal, chance, typical_move
from engram.market.report import Report
from engram.market.symbols import Request
from engram.storage.watch.ledger_table import OPEN, RULES, UNKNOWN, LedgerRow, LedgerTable, Scope
from engram.storage.watch.watched_table import Watched
from engram.watch.ledger import record
from engram.watch.ledger.export import as_csv
from engram.watch.looking.closed import as_analysed

log = logging.getLogger(__name__)

# The file of /record csv has so many signals, the latest.
MOST = 50_000


class Ledger:
    """The signals that were shown to anybody, in `table`; for several threads.

    Each counts once per exchange, market, timeframe, candle and source.
    """

    def __init__(self, table: LedgerTable, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def note(self, reports: Iterable[Report]) -> None:
        """Note the signals of the rules; a report without data has none."""
        self._table.add(*filter(None, map(self._by_rules, reports)))

    def note_verdict(
        self, report: Report, model: str, signal: Signal, confidence: Confidence
    ) -> None:
        """Note what `model`, by its key, said of the market of `report`."""
        self._table.add(*filter(None, [self._row(report, model, signal, confidence)]))

    def prepare(self, report: Report) -> None:
        """Have the signal of a watched market ready, for lists and digests that may show it."""
        if row := self._by_rules(report):
            self._table.prepare(row)

    def note_listed(self, watched: Iterable[Watched]) -> None:
        """Note the signals of watched markets that a list or a digest shows, if they are ready."""
        shown = ((one.place, one.judged) for one in watched)
        self._table.show(shown, self._clock.now())

    def history(self, candles: Candles, signal: Signal) -> str:
        """What became of such signals of the rules, for their panel; "" where there are few."""
        past = self._table.past(candles.symbol, candles.timeframe, signal.value, RULES)
        return record.history(past)

    def symbols(self) -> list[str]:
        """The markets of which a signal was shown."""
        return self._table.symbols()

    def record(self, scope: Scope) -> str:
        """What became of the signals in `scope`, as Markdown."""
        waiting, unknown = (self._table.count(state, scope) for state in (OPEN, UNKNOWN))
        return record.record(self._table.tallies(scope), waiting, unknown, scope)

    def export(self, scope: Scope) -> tuple[str, str]:
        """What to say of the latest 50,000 signals in `scope`, and these as CSV, "" if none."""
        table, count = as_csv(self._table.latest(MOST, scope))
        return record.exported(count, scope, is_all=count < MOST), table if count else ""

    def _by_rules(self, report: Report) -> LedgerRow | None:
        if report.data is None:
            return None
        return self._row(report, RULES, report.signal, report.data.evidence.confidence)

    def _row(
        self, report: Report, source: str, signal: Signal, confidence: Confidence
    ) -> LedgerRow | None:
        if report.data is None or not report.exchange_id:
            return None
        candles, candle = report.data.candles, report.last_candle
        horizon, close = report.data.evidence.horizon, candles.close
        try:
            typical = typical_move(close, horizon)
            return LedgerRow(
                candles.exchange_id,
                candles.symbol,
                candles.timeframe,
                candle,
                source,
                signal.value,
                confidence.value,
                float(close[-1]),
                horizon,
                None if math.isnan(typical) else typical,
                chance(signal, close, horizon),
                self._clock.now(),
                opening_after(candle, candles.timeframe, horizon + 1) / 1000,
            )
        except Exception:
            # Whatever is wrong with these candles, nobody's answer must be lost with the row.
            log.exception("the signal of %s cannot be noted", report.request)
            return None


def report_of(analyst: Analyst, candles: Candles) -> Report | None:
    """What the rules say of the last of `candles`, for people and the ledger.

    None where that fails: it must hold up nothing else.
    """
    request = Request.of(candles.symbol, candles.timeframe)
    try:
        return analyst.report_on(request, as_analysed(candles))
    except Exception:
        log.exception("no panel of %s", request)
        return None
