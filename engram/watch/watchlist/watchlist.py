"""What a conversation watches: the signals that were judged last, and the prices of this moment."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from engram.core.clock import Clock
from engram.core.stop import Stop
from engram.core.waits import Waits, Wakeup, wait
from engram.market.feed import Feed
from engram.storage.watch.tables import WatchTables
from engram.storage.watch.watched_table import Watched
from engram.watch.ledger.ledger import Ledger
from engram.watch.watchlist import texts
from engram.watch.watchlist.current import is_current
from engram.watch.watchlist.quotes import Listing, Quote, Quotes
from engram.watch.watchlist.table import Row, table

# After so many seconds what is there is shown, then all that has come since in such steps.
FIRST, STEP = 5.0, 1.0
# For so long (s) the prices are waited for; an exchange that asks for pauses is asked slowly.
LONGEST = 20.0

#: The watchlist as far as it is there, several times, and what is waited for.
Growing: TypeAlias = Generator[Waits | str, None, str]


class Watchlist:
    """The watchlists of all conversations, for several threads; the ledger knows what they show."""

    def __init__(self, tables: WatchTables, feed: Feed, clock: Clock) -> None:
        self._tables, self._feed, self._clock = tables, feed, clock
        self._quotes = Quotes(feed, clock)
        self._ledger = Ledger(tables.ledger, clock)

    def read(self, chat: str, longest: float = LONGEST, stop: Stop | None = None) -> Growing:
        """The table, in Markdown; "" where nothing is watched.

        Waits at most so many seconds for the prices. What is there after five seconds is yielded,
        and again whenever there is more. Raises `StoppedError` after `stop`.
        """
        stop, bell = stop or Stop(), _Bell()
        with stop.calls(bell.ring):
            watched = self._tables.watched.of_conversation(chat)
            if not watched:
                return ""
            now = self._clock.now()
            self._ledger.note_listed(
                [one for one in watched if is_current(one.judged, one.timeframe, now)]
            )
            began, shown = time.monotonic(), 0
            listings = list(dict.fromkeys((one.exchange, one.symbol) for one in watched))
            found = self._quotes.ask(listings, began + longest, bell.ring)
            while True:
                woken, now = bell.listen(), time.monotonic()
                stop.check()
                # What was found once stays, however long the others take.
                came = {one: self._quotes.known(one) for one in listings if one not in found}
                found |= {listing: quote for listing, quote in came.items() if quote}
                if len(found) == len(listings) or now >= began + longest:
                    return self._text(chat, watched, found, is_over=True)
                first = began + min(FIRST, longest)
                if now < first:
                    yield from wait(woken, first)
                    continue
                if len(found) > shown or not shown:
                    yield self._text(chat, watched, found, is_over=False)
                shown = len(found) or 1
                # What comes now is gathered for a moment.
                yield from wait(Wakeup(), min(now + STEP, began + longest))

    def at_once(self, chat: str, longest: float) -> str:
        """The same with as much as has come within so many seconds; the thread waits for it."""
        growing = self.read(chat, longest)
        while True:
            try:
                next(growing)
            except StopIteration as end:
                text: str = end.value
                return text

    def _rows(self, watched: Sequence[Watched], found: Mapping[Listing, Quote]) -> list[Row]:
        rows: dict[Listing, Row] = {}
        for one in watched:
            listing = one.exchange, one.symbol
            row = rows.get(listing, Row(*listing, {}, found.get(listing)))
            at = row.quote.at if row.quote and row.quote.at else self._clock.now()
            signal = one.signal if is_current(one.judged, one.timeframe, at) else ""
            rows[listing] = replace(row, signals={**row.signals, one.timeframe: signal})
        return list(rows.values())

    def _text(
        self, chat: str, watched: Sequence[Watched], found: Mapping[Listing, Quote], *,
        is_over: bool,
    ) -> str:  # fmt: skip
        rows = self._rows(watched, found)
        names = {row.exchange: self._feed.name(row.exchange) for row in rows}
        zone = self._tables.digests.plan(chat).zone
        head = texts.head(len(rows), list(names.values()), self._clock.now(), zone)
        notes = texts.notes(rows, names, is_over=is_over)
        return "\n".join([head, table(rows), *notes])


class _Bell:
    """Can ring often, while a `Wakeup` is set once and for good."""

    def __init__(self) -> None:
        self._woken = Wakeup()

    def ring(self) -> None:
        """Wake whoever listens."""
        self._woken.set()

    def listen(self) -> Wakeup:
        """What the next ring sets; what was known before it is known already."""
        self._woken = Wakeup()
        return self._woken
