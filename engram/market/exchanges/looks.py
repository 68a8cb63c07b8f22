"""Looks at one exchange: requests that nobody waits for, which take nothing from answers."""

import contextlib
import math
import time
from collections.abc import Callable
from concurrent.futures import wait
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from engram.core.errors import DelistedError, ExchangeError
from engram.market.candles import LATER, Candles, duration, usable
from engram.market.exchanges.ccxt_client import CcxtClient
from engram.market.exchanges.exchange import Exchange
from engram.market.exchanges.history import largest_page, page_from

AT_ONCE = 2
# A request takes at most so many seconds.
LONGEST = 10.0
# A market counts as delisted by a list that is younger than this (s). Whoever looks for it again
# each hour has another list by then.
LIST_AGE = 1800.0
# A market without a new candle for so long (s) may have been delisted.
STILL = 900.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rows:
    """What one request for candles brought.

    Each row is (opening time in ms, open, high, low, close, volume); the oldest comes first, and
    the open candle is the last, if there is one. `server_time` is by the exchange's clock, in
    seconds, at most a second early; None if it sends none.
    """

    rows: tuple[tuple[float, ...], ...]
    server_time: float | None


@dataclass(frozen=True, slots=True)
class Ticker:
    """The latest price, and its time by the exchange's clock (s); None if it sends none."""

    price: float
    at: float | None


class Looks:
    """Looks at one exchange, for several threads, which all keep its pace.

    Lines to it are kept, slots and pauses (by `clock`, which should not jump) are of their own.
    `until` is by `time.monotonic`. All methods raise `ExchangeError`, and `DelistedError` once the
    exchange has said within the last half hour that it does not list the market.
    """

    def __init__(self, exchange: Exchange, clock: Callable[[], float]) -> None:
        self._exchange = exchange
        self._client = exchange.beside(clock, slots=AT_ONCE, keep=True)

    def rows(self, symbol: str, timeframe: str, since: int, limit: int, until: float) -> Rows:
        """Up to `limit` candles from `since` on, a time in ms; none if there are none yet.

        There are fewer if the exchange sends fewer at once, and the first ones may be missing where
        it has no older ones.
        """
        name = self._timeframe(timeframe)

        def ask(client: Any) -> Rows:
            size = min(limit, largest_page(client) or limit)
            page = page_from(client, symbol, name, since, size)
            if page:
                return _read(page, since, client.session.server_time)
            # ccxt also makes nothing of what it cannot read. There has to be something earlier.
            found = _read(client.fetch_ohlcv(symbol, name, limit=size), 0, None)
            if found.rows[-1][0] >= since:
                raise ExchangeError("sent no usable candles")
            return Rows((), client.session.server_time)

        found = self._ask(ask, symbol, name, min(until, time.monotonic() + LONGEST))
        self._doubt(found, limit)
        return found

    def ticker(self, symbol: str, until: float) -> Ticker:
        """The latest price."""

        def ask(client: Any) -> Ticker:
            if not client.has.get("fetchTicker"):
                raise ExchangeError("tells no price beside its candles")
            sent = client.fetch_ticker(symbol)
            price, at = sent.get("last"), sent.get("timestamp")
            if not isinstance(price, int | float) or not 0 < price < math.inf:
                raise ExchangeError("sent no usable price")
            return Ticker(float(price), at / 1000 if isinstance(at, int | float) else None)

        return self._ask(ask, symbol, "price", min(until, time.monotonic() + LONGEST))

    def candles(
        self, symbol: str, timeframe: str, count: int, until: float, via: CcxtClient | None = None
    ) -> Candles:
        """Up to `count` closed candles, `via` another client if given; see `Exchange.candles`."""
        self._timeframe(timeframe)
        ask = partial(self._exchange.candles, symbol, timeframe, count + 1, until)
        return self._listed(partial(ask, via=via or self._client), symbol, until)

    def lists(self, symbol: str) -> bool | None:
        """Whether the exchange lists it; None if that is not known for sure. Nobody is asked."""
        return self._exchange.lists(symbol, LIST_AGE)

    def _timeframe(self, timeframe: str) -> str:
        name = self._exchange.profile.timeframes.get(duration(timeframe) or 0.0)
        if name is None:
            raise ExchangeError(f"has no {timeframe} candles")
        return name

    def _ask(self, ask: Callable[[Any], T], symbol: str, what: str, until: float) -> T:
        def asked(client: Any) -> T:
            client.set_markets([self._exchange.market(symbol)])
            return ask(client)

        return self._listed(
            lambda: self._client.call(asked, f"{symbol} {what}", until, symbol), symbol, until
        )

    def _listed(self, ask: Callable[[], T], symbol: str, until: float) -> T:
        """What `ask` returns; before a market counts as delisted, a new list has to say so."""
        if symbol in self._exchange.markets(until):
            with contextlib.suppress(DelistedError):
                return ask()
        is_new = self._has_new_list(until)
        if symbol not in self._exchange.markets(until):
            raise DelistedError(f"does not list {symbol} any more")
        if is_new:
            with contextlib.suppress(DelistedError):
                return ask()
        raise ExchangeError(f"lists {symbol}, but refused to tell about it")

    def _has_new_list(self, until: float) -> bool:
        """Whether a new list of markets could be had, where the last one is too old."""
        loading = self._exchange.load(LIST_AGE)
        if loading is None:
            return False
        if not wait([loading], max(0.0, until - time.monotonic())).done:
            raise ExchangeError("did not send its list of markets in time")
        loading.result()
        return True

    def _doubt(self, found: Rows, limit: int) -> None:
        """Have a new list be loaded where a market has stood still for long."""
        if found.server_time is None or not 0 < len(found.rows) < limit:
            return
        if found.server_time - found.rows[-1][0] / 1000 > STILL:
            with contextlib.suppress(ExchangeError):
                self._exchange.load(LIST_AGE)


def _read(page: object, since: int, server_time: float | None) -> Rows:
    latest = math.inf if server_time is None else (server_time + LATER) * 1000
    rows = [tuple(row) for row in usable(page, latest) if row[0] >= since]
    return Rows(tuple(rows), server_time)
