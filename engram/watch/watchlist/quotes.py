"""Prices of many markets at once, each on its own exchange, and how they moved within a day."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from engram.core.clock import Clock
from engram.core.crew import Crew
from engram.core.errors import ExchangeError
from engram.core.lru import LRUCache
from engram.market.candles import DAY, duration
from engram.market.prices import ASKED, price_of

if TYPE_CHECKING:
    from engram.market.candles import Candles
    from engram.market.feed import Feed

log = logging.getLogger(__name__)

# Why there is no price, after the name of the exchange, where nobody expected it.
UNREADABLE = "sent what I cannot read"
# So old (s) may a price be, or the news that there is none; and so many are kept.
PRICE_AGE, MISSING_AGE, KEPT = 30.0, 5.0, 512
# Requests for prices at one exchange at the same time.
AT_ONCE = 2
# What moved within less time (s) has not moved within a day.
NEARLY_A_DAY = 0.95 * DAY

#: A market on an exchange: the id of that, and the symbol.
Listing: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Quote:
    """A price, and by which share it moved within 24 hours; None where that is not known.

    It is of the time `at` (s, by the exchange's clock). Without a price `missing` says why: "could
    not be reached".
    """

    price: float | None = None
    change: float | None = None
    at: float | None = None
    missing: str = ""


@dataclass(eq=False, slots=True)
class _Asked:
    """A price that is asked for, by the time `until`, for all whose `calls` want to hear of it."""

    listing: Listing
    until: float
    calls: list[Callable[[], None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What came at a time by both clocks: the one jumps, the other one sleeps with the machine."""

    quote: Quote
    wall: float
    monotonic: float

    def is_news(self, clock: Clock) -> bool:
        """Whether it came a short time ago."""
        most = MISSING_AGE if self.quote.missing else PRICE_AGE
        ages = clock.now() - self.wall, clock.monotonic() - self.monotonic
        return all(0 <= age <= most for age in ages)


class Quotes:
    """Prices from `feed`, for several threads, which share requests and what these bring.

    Each exchange is asked for two at a time, so that one that hangs holds up no other.
    """

    def __init__(self, feed: Feed, clock: Clock) -> None:
        self._feed, self._clock = feed, clock
        self._lock = threading.Lock()
        self._kept: LRUCache[Listing, _Kept] = LRUCache(KEPT)
        self._open: dict[Listing, _Asked] = {}
        self._crews: dict[str, Crew] = {}

    def ask(
        self, listings: Iterable[Listing], until: float, call: Callable[[], None]
    ) -> dict[Listing, Quote]:
        """Have the prices be asked for, each by the time `until` (s, `time.monotonic`).

        Returns those that are known; `call` is called, by another thread, whenever another one has
        come.
        """
        found = {}
        for listing in listings:
            with self._lock:
                if known := self.known(listing):
                    found[listing] = known
                    continue
                asked = self._open.get(listing)
                if asked:
                    asked.calls.append(call)
                    asked.until = max(asked.until, until)
                    continue
                asked = self._open[listing] = _Asked(listing, until, [call])
                exchange = listing[0]
                crew = self._crews.setdefault(exchange, Crew(f"quotes {exchange}", AT_ONCE))
            crew.add(partial(self._answer, asked))
        return found

    def known(self, listing: Listing) -> Quote | None:
        """The price, or why there is none, if that is news; None if it has not come yet."""
        kept = self._kept.get(listing)
        return kept.quote if kept and kept.is_news(self._clock) else None

    def _answer(self, asked: _Asked) -> None:
        try:
            quote = self._quote(*asked.listing, asked.until)
        except ExchangeError as err:
            quote = Quote(missing=str(err))
        except Exception:
            # All who wait for it must hear of it.
            log.exception("reading the price of %s on %s failed unexpectedly", *asked.listing[::-1])
            quote = Quote(missing=UNREADABLE)
        with self._lock:
            del self._open[asked.listing]
            kept = _Kept(quote, self._clock.now(), self._clock.monotonic())
            self._kept.put(asked.listing, kept)
        for call in asked.calls:
            call()

    def _quote(self, exchange: str, symbol: str, until: float) -> Quote:
        has = self._feed.has
        frame = next((one for one in ASKED if has(exchange, one)), ASKED[-1])
        # One closes a day ago or just before it, and the last ones may not be closed yet.
        count = round(DAY / (duration(frame) or DAY)) + 3
        candles = self._feed.candles(exchange, symbol, frame, count, until)
        return Quote(candles.price, change(candles), candles.priced_at)


def change(candles: Candles) -> float | None:
    """By which share the price moved within 24 hours; None where they do not reach back."""
    found = price_of(candles).change
    return found.share if found and found.seconds >= NEARLY_A_DAY else None
