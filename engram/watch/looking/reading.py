"""Which candles a look at the price alerts of a market needs, and what they say; pure.

A look is a generator: it yields what to ask for and is sent what came, or thrown the
`ExchangeError`, so that whoever makes the requests need know nothing of candles. They are asked for
from the last look on. Where that is too long ago for one-minute candles, or the exchange has none
as old, longer ones bridge the gap: each of them that changes anything for an alert is read again in
minutes, and so is the last one, which is still open.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from engram.core.errors import DelistedError, ExchangeError
from engram.watch.looking.price import TIME, Judged, Row, Standing, judge

if TYPE_CHECKING:
    from engram.market.exchanges.looks import Rows

T = TypeVar("T")

# Candles that are asked for at once, and so many minutes are read before longer candles are.
MOST = 1000
# Hardly an exchange sends fewer at once, or has fewer: with fewer it has sent all there are.
FEW = 100
# How often the next candles are asked for where there are more; the next look goes on from there.
PAGES = 12
# Candles before the last look that are asked for again, as an exchange may correct them, and ones
# after the present, as clocks differ.
AGAIN, SPARE = 2, 3


@dataclass(frozen=True, slots=True)
class Rung:
    """A timeframe that an exchange has, and how long its candles are (ms)."""

    timeframe: str
    length: int


@dataclass(frozen=True, slots=True)
class Ask:
    """A request for up to `limit` candles that open at `since` (ms) or later."""

    timeframe: str
    since: int
    limit: int


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found: how each alert stands, and the newest candle; None if none came."""

    judged: tuple[Judged, ...]
    newest: Row | None


Reading: TypeAlias = "Generator[Ask, Rows, T]"


def look(
    standings: Sequence[Standing], ladder: Sequence[Rung], now: int, *, is_sure: bool = False
) -> Reading[Look]:
    """Look at a market, on which `standings` wait, at about the time `now` (ms).

    `ladder` are the exchange's timeframes: the shortest, by which alerts are judged, then longer
    ones to bridge gaps. The exchange's clock is believed more than `now`, which may be wrong
    unless that `is_sure`.
    """
    begin = min(one.looked for one in standings)
    rung, rows = yield from _since(begin, ladder, now, is_sure=is_sure)
    if rung is not ladder[0]:
        return (yield from _bridged(standings, ladder[0], rung, rows, begin))
    judged = tuple(judge(one, rows, rung.length) for one in standings)
    return Look(judged, rows[-1] if rows else None)


def _since(
    begin: int, ladder: Sequence[Rung], now: int, *, is_sure: bool
) -> Reading[tuple[Rung, Sequence[Row]]]:
    """The shortest candles that reach from `begin` to the present."""
    for rung in ladder:
        is_last = rung is ladder[-1]
        if now - begin > MOST * rung.length and not is_last:
            continue
        near = FEW * rung.length if rung is ladder[0] else 0
        try:
            rows, server_time = yield from _pages(rung, begin - AGAIN * rung.length, now)
        except ExchangeError as err:
            # So few minutes every exchange has: it would fail with longer candles as well.
            is_near = is_sure and 0 <= now - begin <= near
            if is_last or is_near or not _is_refusal(err):
                raise
            continue
        now = server_time or now
        # An exchange that sends its latest candles only does not reach back to the last look.
        reaches = bool(rows) and rows[0][TIME] <= begin
        if reaches or now - begin <= near or is_last:
            break
    return (rung, rows) if rows else (ladder[0], ())


def _is_refusal(err: ExchangeError) -> bool:
    """Whether the exchange may have no candles as old; after a pause it may send them after all."""
    return not err.pause and not isinstance(err, DelistedError)


def _pages(
    rung: Rung, start: int, until: int, *, is_end: bool = False
) -> Reading[tuple[list[Row], int | None]]:
    """The candles from `start` on: at least up to `until`, or no further if that `is_end`.

    With them comes the exchange's time (ms), if it tells it.
    """
    rows: dict[int, Row] = {}
    server_time = None
    limit = max(SPARE, min(MOST, (until - start) // rung.length + SPARE))
    for _ in range(PAGES):
        page = yield Ask(rung.timeframe, start, limit)
        server_time = int(page.server_time * 1000) if page.server_time else None
        known = len(rows)
        rows.update((int(row[TIME]), row) for row in page.rows if row[TIME] >= start)
        if len(rows) == known or len(page.rows) < min(limit, FEW):
            break
        start, limit = max(rows), MOST
        present = until if is_end else server_time
        if present and start + rung.length >= present:
            break
    return [rows[time] for time in sorted(rows) if not is_end or time < until], server_time


def _bridged(
    standings: Sequence[Standing], minute: Rung, rung: Rung, rows: Sequence[Row], begin: int
) -> Reading[Look]:
    """Judge by `rows`, candles of `rung`, and by minutes wherever these do not say enough."""
    found = {one.number: Judged(one) for one in standings}
    newest = rows[-1]
    for row in rows:
        time, is_last = int(row[TIME]), row is rows[-1]
        end = time + rung.length
        concerned = [
            one.standing
            for one in found.values()
            if one.firing is None and (is_last or one.standing.is_touched(row))
        ]
        if end <= begin or not (concerned or is_last):
            continue
        try:
            minutes, _ = yield from _pages(minute, max(time, begin), end, is_end=not is_last)
        except ExchangeError as err:
            if is_last or not _is_refusal(err):
                raise
            minutes = []
        for one in concerned:
            found[one.number] = _in_minutes(one, minutes, minute.length, row, rung.length)
        if is_last and minutes:
            newest = minutes[-1]
    return Look(tuple(found.values()), newest)


def _in_minutes(
    standing: Standing, minutes: Sequence[Row], minute: int, row: Row, length: int
) -> Judged:
    """What the `minutes` of a long candle say, or that candle itself where they are not there."""
    by_candle, by_minute = judge(standing, [row], length), judge(standing, minutes, minute)
    is_lacking = by_candle.firing and not by_minute.firing
    return by_candle if is_lacking or not minutes else by_minute
