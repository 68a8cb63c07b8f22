"""Candles that an exchange sends page by page, joined into one list of rows."""

import contextlib
import math
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from engram.market.candles import duration, is_candle

# Hardly an exchange sends fewer candles at once: a market with fewer is new, unless their number is
# round, as that of a full page is.
SMALLEST_PAGE, ROUND = 100, 10
MOST_PAGES = 40
# A page that may take this many times as long as the last one is still asked for.
PATIENCE = 1.5
# Exchanges that send their latest candles only, whatever they are asked for.
LATEST_ONLY = ("kraken",)


def _korean_time(before: float) -> dict[str, str]:
    """Bithumb's own parameter, in Korean time: ccxt does not hand on from when on to send."""
    moment = datetime.fromtimestamp(before / 1000, timezone(timedelta(hours=9)))
    return {"to": moment.strftime("%Y-%m-%dT%H:%M:%S")}


PARAMETERS: Mapping[str, Callable[[float], dict[str, str]]] = {"bithumb": _korean_time}


class History:
    """The latest `limit` candles of a market, or as many as come by `until`.

    `rows` are those that have come so far, as ccxt returns them, also when `fetch` raises; of two
    for the same time the later one counts. `complete` is False while earlier ones may follow, and
    `sent_at` is the exchange's time at the newest page, None if it sends none. `until` as in
    `CcxtClient`.
    """

    def __init__(self, symbol: str, timeframe: str, limit: int, until: float) -> None:
        self.symbol = symbol
        self.timeframe = timeframe
        self._limit = limit
        self.until = until
        self.rows: list[Any] = []
        self.complete = False
        self.sent_at: float | None = None

    def fetch(self, client: Any) -> None:
        """Ask `client`, a ccxt object, for page after page, the newest first."""
        began = time.monotonic()
        size = min(self._limit, largest_page(client) or self._limit)
        page = client.fetch_ohlcv(self.symbol, self.timeframe, limit=size)
        self.sent_at = client.session.server_time
        self.rows = page if isinstance(page, list) else []
        known = _times(page)
        # It may send fewer at once than ccxt knows.
        size = len(known)
        is_all = client.id in LATEST_ONLY or (size < SMALLEST_PAGE and size % ROUND != 0)
        for _ in range(MOST_PAGES):
            now = time.monotonic()
            missing = self._limit - len(known)
            if missing <= 0 or is_all or not known:
                break
            if now + PATIENCE * (now - began) > self.until:
                return
            began = now
            page = self._before(client, min(known), min(size, missing))
            earlier = _times(page) - known
            if min(earlier, default=math.inf) > min(known):
                break
            # What came first is newer: it has the last word.
            self.rows = [*page, *self.rows]
            known |= earlier
        else:
            return
        self.complete = True

    def _before(self, client: Any, first: float, size: int) -> list[Any]:
        """Up to `size` rows from before `first`, a time in milliseconds, perhaps later ones too."""
        import ccxt

        step = (duration(self.timeframe) or 0.0) * 1000
        since = max(0, int(first - size * step))
        # What an exchange refuses to send lies before the beginning of what it has.
        with contextlib.suppress(ccxt.ExchangeError):
            page = page_from(client, self.symbol, self.timeframe, since, size)
            return page if isinstance(page, list) else []
        return []


def page_from(client: Any, symbol: str, timeframe: str, since: int, size: int) -> object:
    """What `client`, a ccxt object, returns as up to `size` rows from `since` on, a time in ms."""
    step = (duration(timeframe) or 0.0) * 1000
    own = PARAMETERS[client.id](since + size * step) if client.id in PARAMETERS else {}
    return client.fetch_ohlcv(symbol, timeframe, since, size, own)


def largest_page(client: Any) -> int | None:
    """How many candles the exchange sends at once, as far as ccxt knows."""
    spot = (client.features or {}).get("spot") or {}
    most = (spot.get("fetchOHLCV") or {}).get("limit")
    return most if isinstance(most, int) else None


def _times(page: object) -> set[float]:
    return {row[0] for row in page if is_candle(row)} if isinstance(page, list) else set()
