"""Candles for what a person asked for: chooses exchange and symbol, and caches the answers."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import replace

from engram.config.settings import ExchangeSettings, MarketSettings
from engram.core.errors import ExchangeError
from engram.core.key_value import KeyValue
from engram.core.listener import NOBODY, Listener
from engram.core.lru import LRUCache
from engram.core.waits import Held
from engram.market.candles import CANDLES_NEEDED, Candles
from engram.market.exchanges.exchange import LOADING_TIME, Exchange
from engram.market.exchanges.profile import unknown_exchanges
from engram.market.source.cached import PRICE_AGE, Cached, Recent
from engram.market.source.market_lists import MarketLists
from engram.market.source.search import Search, able_to_serve
from engram.market.symbols import Request

log = logging.getLogger(__name__)

CANDLES = 1000
CACHED = 64
# How old a price may be, in seconds, when a person asks for a fresh one, and when its exchange
# fails, before another exchange is asked.
FRESH_AGE = 2.0
OLDEST_PRICE = 300.0
# Two exchanges' prices of the same coin, also in different dollars, differ by less than this share.
SAME_COIN = 0.1


class CandleSource:
    """Candles from the configured exchanges, asked in their order; several threads may share it.

    An answer takes at most `deadline` seconds. Threads that ask for the same candles at the same
    time share one request. `lists` has what the exchanges list. `listener` is told each request.
    """

    def __init__(
        self,
        settings: MarketSettings,
        exchanges: Mapping[str, ExchangeSettings],
        store: KeyValue,
        deadline: float = 5.0,
        clock: Callable[[], float] = time.time,
        listener: Listener = NOBODY,
    ) -> None:
        self._settings = settings
        self.deadline = deadline
        self._clock = clock
        self.exchanges = [
            Exchange(name, exchanges.get(name, ExchangeSettings()), store, clock, listener)
            for name in settings.exchange
        ]
        self.lists = MarketLists(self.exchanges, settings.quote)
        self._lock = threading.Lock()
        self._cache: LRUCache[Request, Cached] = LRUCache(CACHED)
        self._in_progress: dict[Request, Future[Candles]] = {}
        #: The threads that wait for candles because somebody waits for an answer.
        self.held = Held()

    @property
    def enabled(self) -> bool:
        """False when no exchange is configured; ccxt is then never imported."""
        return bool(self.exchanges)

    def preload(self) -> None:
        """Load the lists of markets, so that nobody has to wait for them; takes up to 30 s."""
        if not self.enabled:
            return
        for problem in unknown_exchanges(self._settings.exchange):
            log.warning("%s", problem)
        loading = []
        for exchange in self.exchanges:
            if exchange.profile.timeframes:
                with contextlib.suppress(ExchangeError):
                    loading.append(exchange.load())
        wait([one for one in loading if one], LOADING_TIME)

    def candles(self, request: Request, *, fresh: bool = False) -> Candles:
        """Up to 1,000 closed candles and the current price.

        The price is at most 30 s old, with `fresh` at most 2 s; while the exchange fails, at most
        five minutes. Where an exchange has too few candles for a signal, the next one's are
        returned, or else the most that one of them has. Raises a `MarketError`, whose text is for
        the person who asked.
        """
        if self.enabled:
            import_libraries()
        with self.held:
            return self._shared(request, fresh=fresh).result()

    def _shared(self, request: Request, *, fresh: bool) -> Future[Candles]:
        until = time.monotonic() + self.deadline
        mine: Future[Candles] = Future()
        with self._lock:
            answer = self._in_progress.setdefault(request, mine)
        if answer is mine:
            try:
                cached = self._answer(request, until, fresh=fresh)
                self._cache.put(request, cached)
                answer.set_result(cached.candles)
            except BaseException as err:
                # Whatever it is, the threads that wait for this answer must hear of it.
                answer.set_exception(err)
            finally:
                with self._lock:
                    del self._in_progress[request]
        return answer

    def at_hand(self, request: Request) -> Candles | None:
        """What `candles` has without asking an exchange; None if it would have to ask."""
        cached, now = self._cache.get(request), self._clock()
        if cached and cached.is_good(now) and now - cached.priced_at <= PRICE_AGE:
            return cached.candles
        return None

    def beside(self, request: Request, exchange: str = "") -> Cached:
        """The candles for something that is shown beside an answer, with a price of any age.

        They are from the exchange with that id, if it is given.

        They are not kept here, and whatever becomes of this call, it takes nothing from those of
        `candles`. Raises a `MarketError`.
        """
        if self.enabled:
            import_libraries()
        cached = self._cache.get(request)
        is_there = cached and exchange in ("", cached.exchange.id)
        if cached and is_there and cached.is_good(self._clock()):
            return cached
        return self._find(request, time.monotonic() + self.deadline, exchange, aside=True)

    def _answer(self, request: Request, until: float, *, fresh: bool) -> Cached:
        cached = self._cache.get(request)
        if cached and cached.is_good(self._clock()):
            if self._clock() - cached.priced_at > (FRESH_AGE if fresh else PRICE_AGE):
                cached = self._with_new_price(cached, until)
            if cached and self._clock() - cached.priced_at <= OLDEST_PRICE:
                return cached
        return self._find(request, until)

    def _with_new_price(self, cached: Cached, until: float) -> Cached | None:
        """`cached` with the current price and the open candle as it is now.

        Unchanged while its exchange fails, and None when the candle has closed meanwhile.
        """
        old = cached.candles
        # Half of the time remains for the other exchanges.
        began = time.monotonic()
        half = (began + until) / 2
        try:
            new = cached.exchange.candles(old.symbol, old.timeframe, 2, half)
        except ExchangeError:
            return cached
        if new.closes_at > old.closes_at:
            return None
        now_open = new.open_candle
        candles = replace(old, price=new.price, priced_at=new.priced_at, open_candle=now_open)
        candles = replace(candles, is_dated=new.is_dated)
        now = time.monotonic()
        cached = replace(cached, candles=candles, priced_at=self._clock())
        return replace(cached, read_at=now, took=now - began)

    def _find(
        self, request: Request, until: float, exchange_id: str = "", *, aside: bool = False
    ) -> Cached:
        search = self.search(request, until, exchange_id)
        short: list[Cached] = []
        for exchange, symbol, share in search:
            try:
                found = self._asked(exchange, symbol, request.timeframe, share, aside)
            except ExchangeError as err:
                search.failed(exchange, err)
                continue
            if not short or _same_coin(short[0].candles, found.candles):
                if len(found.candles.close) >= CANDLES_NEEDED:
                    return found
                short.append(found)
        if short:
            most = max(short, key=lambda one: len(one.candles.close))
            return self._for_now(most) if search.troubles else most
        raise search.in_vain()

    def search(self, request: Request, until: float, exchange_id: str = "") -> Search:
        """The exchanges that have what is asked for; raises a `MarketError` if none can."""
        if self.enabled:
            import_libraries()
        exchanges = [one for one in self.exchanges if exchange_id in ("", one.id)]
        able = able_to_serve(exchanges, request.timeframe)
        others = [one for one in exchanges if one not in able]
        return Search(request, able, self._settings.quote, until, others)

    def price_left(self, exchange: Exchange, symbol: str) -> Recent | None:
        """Any candles of that market that an analysis has left, if their price is recent.

        Nobody is asked.
        """
        now = self._clock()
        left = [one.recent(now) for one in self._cache.values() if one.is_of(exchange, symbol)]
        return next(filter(None, left), None)

    def candles_left(
        self, exchange: Exchange, symbol: str, timeframe: str, count: int
    ) -> Candles | None:
        """The last `count` closed candles, if an analysis has left them and their price is recent.

        There may be one less. Nobody is asked.
        """
        now = self._clock()
        for one in self._cache.values():
            if one.is_of(exchange, symbol) and one.serves(timeframe, count) and one.is_good(now):
                recent = one.recent(now)
                return recent.candles if recent else None
        return None

    def _asked(
        self, exchange: Exchange, symbol: str, timeframe: str, until: float, aside: bool
    ) -> Cached:
        began, via = time.monotonic(), exchange.aside if aside else None
        found = exchange.candles(symbol, timeframe, CANDLES, until, via=via)
        read_at = self._clock()
        closes_at = read_at + found.closes_at - found.priced_at
        now = time.monotonic()
        cached = Cached(found, exchange, read_at, closes_at, now, now - began)
        return cached if found.complete else self._for_now(cached)

    @staticmethod
    def _for_now(cached: Cached) -> Cached:
        """`cached`, but soon asked for again: there may be more of it."""
        return replace(cached, closes_at=min(cached.closes_at, cached.priced_at + PRICE_AGE))


def import_libraries() -> None:
    """Import what takes seconds on a slow machine, before any time is counted."""
    import ccxt  # noqa: F401
    import numpy as np  # noqa: F401


def _same_coin(one: Candles, other: Candles) -> bool:
    """Whether the prices are near each other: another coin may have the same ticker elsewhere."""
    return abs(other.price / one.price - 1) < SAME_COIN
