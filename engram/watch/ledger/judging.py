"""`Judging`: looks up what became of the signals in the ledger once their horizon has ended."""

from __future__ import annotations

import json
import logging
import math
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from engram.core.clock import Clock
from engram.core.errors import DelistedError, ExchangeError
from engram.core.key_value import KeyValue, read_json
from engram.market.candles import DAY, opening_after
from engram.market.exchanges.looks import Rows
from engram.market.feed import Feed
from engram.market.outcomes import Signal, came_true
from engram.storage.watch.armed import Place
from engram.storage.watch.ledger_table import JUDGED, UNKNOWN, LedgerRow, LedgerTable
from engram.watch.loop import Loop, always

log = logging.getLogger(__name__)

# Seconds between two rounds, and until a market that could not be looked up is tried again.
ROUND, AGAIN = 60.0, 600.0
# Exchanges have a candle so many seconds after it has closed.
LAG = 10.0
# For so long an exchange may be away before what is due there stays unknown.
AWAY = 30 * DAY
# So many candles are asked for at once, so many times for one market and timeframe in a round, and
# each time for so long (s).
AT_ONCE, REQUESTS, WITHIN = 1000, 5, 10.0
# Under this key stands since when markets cannot be looked up.
KEY = "ledger/away"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a row came to; without a price it stays unknown."""

    price: float | None


class Judging:
    """Judges the rows of `table` by the candles of `feed`, a market and timeframe at a time.

    What cannot be looked up waits, and what has waited for 30 days stays unknown: `store` knows
    since when.
    """

    def __init__(self, table: LedgerTable, feed: Feed, store: KeyValue, clock: Clock) -> None:
        self._table = table
        self._feed = feed
        self._store = store
        self._clock = clock
        self._loop = Loop("ledger", self._step, ROUND, clock)
        self._again: dict[Place, float] = {}

    def start(self, may: Callable[[], bool] = always) -> None:
        """Begin, in the background; it looks while this process `may`."""
        self._loop.start(may, first=ROUND)

    def stop(self) -> None:
        """Begin no further request."""
        self._loop.stop()

    def _step(self) -> float:
        self.look()
        return ROUND

    def look(self) -> None:
        """Judge what is due now, as far as the exchanges tell."""
        due = self._table.due(self._clock.now() - LAG)
        self._again = {place: at for place, at in self._again.items() if place in due}
        for place in due:
            if self._loop.is_stopped:
                return
            if self._clock.monotonic() < self._again.get(place, -math.inf):
                continue
            try:
                self._judge(place, self._table.due_at(place, self._clock.now() - LAG))
            except Exception:
                # What is wrong with one market must not keep the others waiting.
                log.exception("judging %s failed unexpectedly", place)
                self._again[place] = self._clock.monotonic() + AGAIN

    def _judge(self, place: Place, rows: Sequence[LedgerRow]) -> None:
        """Judge the due `rows` of one market, the first of them first."""
        try:
            for _ in range(REQUESTS):
                left = self._asked(place, rows)
                if not left or len(left) == len(rows):
                    break
                rows = left
        except DelistedError as err:
            log.info("%s on %s: %s", place.symbol, place.exchange, err)
            self._write((row, Outcome(None)) for row in rows)
            self._came_back(place)
        except ExchangeError as err:
            log.info("%s on %s cannot be judged now: %s", place.symbol, place.exchange, err)
            self._again[place] = self._clock.monotonic() + AGAIN
            if self._is_away_for_long(place):
                self._write((row, Outcome(None)) for row in rows)
                self._came_back(place)
        else:
            self._came_back(place)
            if left:
                # It is too early by the exchange's clock, or enough was asked of it for now.
                self._again[place] = self._clock.monotonic() + AGAIN

    def _asked(self, place: Place, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """Judge those of `rows` that one request tells of; returns the others."""
        since, limit = _wanted(rows)
        until = time.monotonic() + WITHIN
        found = self._feed.rows(place.exchange, place.symbol, place.timeframe, since, limit, until)
        now = found.server_time
        if now is None:
            # A candle that this machine holds for closed may be open.
            now = self._clock.now() - _length(rows[0])
        outcomes = [(row, outcome_of(row, found, now, since)) for row in rows]
        self._write((row, outcome) for row, outcome in outcomes if outcome)
        return [row for row, outcome in outcomes if outcome is None]

    def _write(self, outcomes: Iterator[tuple[LedgerRow, Outcome]]) -> None:
        at = self._clock.now()
        self._table.judge(_judged(row, outcome, at) for row, outcome in outcomes)

    def _is_away_for_long(self, place: Place) -> bool:
        """Note that it cannot be looked up; returns whether that has been so for 30 days."""
        away, now = self._away(), self._clock.now()
        since = min(now, away.get(_name(place), now))
        if away.get(_name(place)) != since:
            self._keep({**away, _name(place): since})
        return now - since >= AWAY

    def _came_back(self, place: Place) -> None:
        self._again.pop(place, None)
        away = self._away()
        if away.pop(_name(place), None) is not None:
            self._keep(away)

    def _away(self) -> dict[str, float]:
        kept = read_json(self._store.get(KEY))
        found = kept.items() if isinstance(kept, dict) else ()
        return {name: at for name, at in found if isinstance(at, float | int)}

    def _keep(self, away: dict[str, float]) -> None:
        self._store.put(KEY, json.dumps(away))


def outcome_of(row: LedgerRow, found: Rows, now: float, since: int) -> Outcome | None:
    """What `row` came to by what was `found` from `since` (ms) on; None if that does not tell yet.

    `now` is the time by the exchange's clock, in seconds. The price is the close of the candle
    `horizon` candles later or, where the exchange has none, of the nearest one within the length of
    a candle.
    """
    opens, following, after = (_opens(row, more) for more in (0, 1, 2))
    times = [int(one[0]) for one in found.rows]
    place = bisect_left(times, opens)
    if place < len(times) and times[place] == opens and following <= now * 1000:
        return Outcome(found.rows[place][4])
    if now * 1000 < after:
        return None
    # An exchange may send fewer candles than it was asked for: what it did not reach is not absent.
    reached = times[-1] if times else since
    if reached < following and after > _opens_from(row, since, 4):
        return None
    length = following - opens
    near = [one for one in found.rows if abs(one[0] - opens) <= length]
    return Outcome(min(near, key=lambda one: abs(one[0] - opens))[4] if near else None)


def _judged(row: LedgerRow, outcome: Outcome, at: float) -> LedgerRow:
    nothing_typical = row.signal == Signal.HOLD.value and row.typical is None
    if outcome.price is None or nothing_typical:
        return replace(row, state=UNKNOWN, judged_at=at)
    judged = replace(row, state=JUDGED, judged_price=outcome.price, judged_at=at)
    true = came_true(Signal(row.signal), judged.move or 0.0, row.typical or 0.0)
    return replace(judged, came_true=int(true))


def _wanted(rows: Sequence[LedgerRow]) -> tuple[int, int]:
    """From when on (ms) candles are asked for, and how many: from before the first row's on."""
    first, last = rows[0], rows[-1]
    since = _opens(first, -1)
    count = (_opens(last, 1) - since) / 1000 / _length(first)
    return since, min(AT_ONCE, math.ceil(count) + 2)


def _opens(row: LedgerRow, more: int) -> int:
    """When the candle opens that is so many after the one that `row` is judged by, in ms."""
    return opening_after(row.candle, row.timeframe, row.horizon + more)


def _opens_from(row: LedgerRow, since: int, count: int) -> int:
    return opening_after(since, row.timeframe, count)


def _length(row: LedgerRow) -> float:
    return (_opens(row, 1) - _opens(row, 0)) / 1000


def _name(place: Place) -> str:
    return f"{place.exchange} {place.symbol} {place.timeframe}"
