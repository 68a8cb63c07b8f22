"""Candles for what a person asked for: which exchange, which symbol, cached per candle."""

from __future__ import annotations

import difflib
import logging
import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace

from engram.config.settings import ExchangeSettings, MarketSettings
from engram.core.errors import (
    ExchangeError,
    NoMarketDataError,
    UnknownSymbolError,
    UnknownTimeframeError,
)
from engram.core.key_value import KeyValue
from engram.core.lru import LRUCache
from engram.market.candles import Candles, duration
from engram.market.ccxt_client import unknown_exchanges
from engram.market.exchange import LOADING_TIME, Exchange
from engram.market.symbols import Request

log = logging.getLogger(__name__)

CANDLES = 1000
KEPT = 64
# How old a price may be, in seconds: usually, when a person asks for a fresh one, and when its
# exchange fails, before another exchange is asked.
PRICE_AGE = 30.0
FRESH_AGE = 2.0
OLDEST_PRICE = 300.0
# Who asks for a coin in dollars is served in any of these; the candles say in which.
DOLLARS = ("USDT", "USD", "USDC")


@dataclass(frozen=True, slots=True)
class Kept:
    """Candles in the cache, good until the next one closes; times are of this machine's clock."""

    candles: Candles
    exchange: Exchange
    closes_at: float
    priced_at: float


class CandleSource:
    """Candles from the configured exchanges, asked in their order; for several threads.

    An answer takes at most `deadline` seconds. Threads that ask for the same at the same time
    share one request.
    """

    def __init__(
        self,
        settings: MarketSettings,
        exchanges: Mapping[str, ExchangeSettings],
        notes: KeyValue,
        deadline: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._deadline = deadline
        self._clock = clock
        self._exchanges = [
            Exchange(name, exchanges.get(name, ExchangeSettings()), notes, clock)
            for name in settings.exchange
        ]
        self._lock = threading.Lock()
        self._kept: LRUCache[Request, Kept] = LRUCache(KEPT)
        self._flights: dict[Request, Future[Candles]] = {}

    @property
    def enabled(self) -> bool:
        """False when no exchange is configured; ccxt is then never imported."""
        return bool(self._exchanges)

    def preload(self) -> None:
        """Load the lists of markets, so that no person waits for them; takes up to 30 s."""
        if not self.enabled:
            return
        for problem in unknown_exchanges(self._settings.exchange):
            log.warning("%s", problem)
        loading = [exchange.load() for exchange in self._exchanges if exchange.timeframes]
        wait([flight for flight in loading if flight], LOADING_TIME)

    def candles(self, request: Request, fresh: bool = False) -> Candles:
        """Up to 1,000 closed candles and the current price.

        The price is at most 30 s old, with `fresh` at most 2 s; while the exchange fails, at most
        five minutes. Raises a `MarketError`, whose text is for the person who asked.
        """
        until = time.monotonic() + self._deadline
        with self._lock:
            flight = self._flights.get(request)
            leads = flight is None
            if flight is None:
                flight = self._flights[request] = Future()
        if leads:
            try:
                kept = self._answer(request, fresh, until)
                self._kept.put(request, kept)
                flight.set_result(kept.candles)
            except BaseException as err:
                # Whatever it is: those who wait for this flight must not wait for ever.
                flight.set_exception(err)
            finally:
                with self._lock:
                    del self._flights[request]
        return flight.result()

    def _answer(self, request: Request, fresh: bool, until: float) -> Kept:
        kept = self._kept.get(request)
        if kept and self._clock() < kept.closes_at:
            if self._clock() - kept.priced_at > (FRESH_AGE if fresh else PRICE_AGE):
                kept = self._priced(kept, until)
            if self._clock() - kept.priced_at <= OLDEST_PRICE:
                return kept
        return self._find(request, until)

    def _priced(self, kept: Kept, until: float) -> Kept:
        old = kept.candles
        # Half of the time remains for the other exchanges.
        half = (time.monotonic() + until) / 2
        try:
            new = self._fetch(kept.exchange, old.symbol, old.timeframe, 2, half)
        except ExchangeError:
            return kept
        candles = replace(old, price=new.candles.price, priced_at=new.candles.priced_at)
        return replace(kept, candles=candles, priced_at=new.priced_at)

    def _fetch(
        self, exchange: Exchange, symbol: str, timeframe: str, limit: int, until: float
    ) -> Kept:
        candles, closes_in = exchange.candles(symbol, timeframe, limit, until)
        now = self._clock()
        return Kept(candles, exchange, now + closes_in, now)

    def _find(self, request: Request, until: float) -> Kept:
        able = self._able(request.timeframe)
        symbols = spellings(request, self._settings.quote)
        troubles: dict[Exchange, str] = {}
        for symbol in symbols:
            for exchange in able:
                if exchange in troubles:
                    continue
                # What is left of the time is shared with those that may yet have to be asked.
                now = time.monotonic()
                mine = now + (until - now) / (len(able) - len(troubles))
                try:
                    if symbol in exchange.markets(mine):
                        return self._fetch(exchange, symbol, request.timeframe, CANDLES, mine)
                except ExchangeError as err:
                    troubles[exchange] = str(err)
        there = [exchange for exchange in able if exchange not in troubles]
        listed = [symbol for exchange in there for symbol in exchange.markets(until)]
        nearest = nearest_symbols(request, symbols, listed)
        # Who is away may have it; but a name so much like one that is there is a typing error.
        if troubles and not nearest:
            unlisted = f"had no market {request.symbol}"
            raise NoMarketDataError(sentence((e.name, troubles.get(e, unlisted)) for e in able))
        names = " or ".join(exchange.name for exchange in there)
        raise UnknownSymbolError(request.symbol, names, nearest)

    def _able(self, timeframe: str) -> list[Exchange]:
        """The exchanges that have candles of `timeframe`."""
        if not self.enabled:
            raise NoMarketDataError("Market data is switched off.")
        able = [
            exchange for exchange in self._exchanges if duration(timeframe) in exchange.timeframes
        ]
        if able:
            return able
        known = {length: name for e in self._exchanges for length, name in e.timeframes.items()}
        if not known:
            raise NoMarketDataError("None of the exchanges that are configured is known.")
        raise UnknownTimeframeError(timeframe, nearest_timeframes(timeframe, known))


def spellings(request: Request, quote: str) -> tuple[str, ...]:
    """The symbols that answer `request`, best first; `quote` is the configured one.

    A quote that a person chose is not replaced, except for a dollar by another kind of dollar.
    """
    others = DOLLARS if request.quote in (*DOLLARS, quote) else ()
    return tuple(dict.fromkeys((request.symbol, *(f"{request.base}/{other}" for other in others))))


def nearest_symbols(
    request: Request, wanted: Iterable[str], listed: Iterable[str]
) -> tuple[str, ...]:
    """Up to three of `listed`: the same coin in other money, else coins with a similar ticker."""
    same = [symbol for symbol in listed if symbol.startswith(f"{request.base}/")]
    quotes = {symbol.partition("/")[2] for symbol in wanted}
    bases: dict[str, str] = {}
    for symbol in listed:
        base, _, quote = symbol.partition("/")
        if quote in quotes:
            bases.setdefault(base, symbol)
    close = difflib.get_close_matches(request.base, bases, 3)
    return tuple(dict.fromkeys([*same, *(bases[base] for base in close)]))[:3]


def nearest_timeframes(timeframe: str, known: Mapping[float, str]) -> tuple[str, ...]:
    """The three of `known`, timeframes by their seconds, that are most like `timeframe`."""
    length = duration(timeframe) or 3600.0
    closest = sorted(known, key=lambda other: abs(math.log(other / length)))[:3]
    return tuple(known[length] for length in sorted(closest))


def sentence(troubles: Iterable[tuple[str, str]]) -> str:
    """Who did what, as one sentence: "Binance and Kraken could not be reached."."""
    names: dict[str, list[str]] = {}
    for name, trouble in troubles:
        names.setdefault(trouble, []).append(name)
    return " and ".join(f"{' and '.join(who)} {trouble}" for trouble, who in names.items()) + "."
