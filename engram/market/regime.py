"""The daily signals of a market and of Bitcoin, beside which its own signal is seen."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from engram.core.errors import MarketError
from engram.core.lru import LRUCache
from engram.market.candles import DAY, duration
from engram.market.evidence import Regime
from engram.market.source.candle_source import CandleSource
from engram.market.symbols import DOLLARS, Request

if TYPE_CHECKING:
    from engram.market.candles import Candles
    from engram.market.outcomes import Signal

log = logging.getLogger(__name__)

BITCOIN = "BTC"
DAILY = "1d"
# For so long (s) an analysis that has its own candles waits for the daily ones.
LONGER = 0.7
# So many daily candles are asked for at once, and so many wait for their turn or are asked for.
# What finds no place is not known.
AT_ONCE, PLACES = 8, 32
KEPT = 1000
# When to ask again (s): after a failure, and where another exchange served than for the analysis.
AFTER_FAILURE, AFTER_ANOTHER = 20.0, 60.0

#: A market's days, and the id of the exchange that they are to be from, if it matters.
Market: TypeAlias = tuple[Request, str]


@dataclass(frozen=True, slots=True)
class Daily:
    """The daily signal of `symbol` on `exchange`, None if there is none; so until that time."""

    until: float
    signal: Signal | None = None
    symbol: str = ""
    exchange: str = ""


NOT_KNOWN = Daily(0.0)


@dataclass(frozen=True, slots=True)
class Asked:
    """Daily signals that are on their way, beside an analysis of `request`.

    `own` is None from daily candles on, and `bitcoin` where the analysis is Bitcoin's daily one.
    """

    request: Request
    own: Future[Daily] | None = None
    bitcoin: Future[Daily] | None = None


class DailySignals:
    """Asks `source` for daily candles once a day; Bitcoin's are those in `quote`."""

    def __init__(
        self, source: CandleSource, quote: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._source = source
        self._quote = quote
        self._clock = clock
        self._lock = threading.Lock()
        self._known: LRUCache[Market, Daily] = LRUCache(KEPT)
        self._coming: dict[Market, Future[Daily]] = {}
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="daily")

    def ask(self, request: Request, exchange: str = "") -> Asked:
        """Begin to ask for what belongs beside `request`; nothing here waits or raises.

        The market's own days are those at the `exchange` with that id, if it is given.
        """
        own, bitcoin = replace(request, timeframe=DAILY), self._bitcoin(request)
        length = duration(request.timeframe) or 0.0
        if length < DAY:
            return Asked(request, self._asked((own, exchange)), self._asked((bitcoin, "")))
        if length == DAY and own == bitcoin:
            return Asked(request)
        return Asked(request, None, self._asked((bitcoin, "")))

    def regime(self, asked: Asked, candles: Candles, signal: Signal) -> Regime:
        """The regime in which `signal` is, which `candles` give, after a short wait."""
        wait([one for one in (asked.own, asked.bitcoin) if one], LONGER)
        own = _result(asked.own)
        if own.signal and (own.symbol, own.exchange) != (candles.symbol, candles.exchange):
            # Another exchange's may be of another coin. This one's may be had again soon.
            soon = min(own.until, self._clock() + AFTER_ANOTHER)
            market = replace(asked.request, timeframe=DAILY), ""
            self._known.put(market, replace(own, until=soon))
            own = NOT_KNOWN
        return Regime(own.signal, _result(asked.bitcoin).signal if asked.bitcoin else signal)

    def _bitcoin(self, request: Request) -> Request:
        """Bitcoin's days: in the same money beside its own, in dollars beside other dollars."""
        dollars = request.quote in DOLLARS and self._quote not in DOLLARS
        same = request.base == BITCOIN or dollars
        return Request(BITCOIN, request.quote if same else self._quote, DAILY)

    def _asked(self, market: Market) -> Future[Daily]:
        with self._lock:
            if market in self._coming:
                return self._coming[market]
            known = self._known.get(market)
            if known and self._clock() < known.until:
                return _done(known)
            if len(self._coming) >= PLACES:
                return _done(NOT_KNOWN)
            try:
                coming = self._pool.submit(self._look, market)
            except RuntimeError as err:
                # No thread can be started, or the process is about to end.
                log.warning("The daily candles of %s are not asked for: %s", market[0].symbol, err)
                return _done(NOT_KNOWN)
            self._coming[market] = coming
            return coming

    def _look(self, market: Market) -> Daily:
        """The daily signal of `market`, which is kept; `NOT_KNOWN` for a while if that fails."""
        daily = replace(NOT_KNOWN, until=self._clock() + AFTER_FAILURE)
        try:
            daily = self._signal(market)
        except MarketError as err:
            log.info("%s: %s", market[0], err)
        except Exception:
            # An answer can do without it.
            log.exception("the daily signal of %s cannot be found", market[0].symbol)
        with self._lock:
            self._known.put(market, daily)
            self._coming.pop(market, None)
        return daily

    def _signal(self, market: Market) -> Daily:
        # Imported here, because no start of the bot should wait for numpy and TA-Lib.
        from engram.market.signals import TooFewCandlesError, analyse

        found = self._source.beside(*market)
        try:
            signal = analyse(found.candles).signal
        except TooFewCandlesError:
            signal = None
        return Daily(found.closes_at, signal, found.candles.symbol, found.candles.exchange)


def _done(daily: Daily) -> Future[Daily]:
    future: Future[Daily] = Future()
    future.set_result(daily)
    return future


def _result(future: Future[Daily] | None) -> Daily:
    return future.result() if future and future.done() else NOT_KNOWN
