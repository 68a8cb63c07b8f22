"""One exchange: its list of spot markets, kept for a day, and its candles."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from typing import Any

from engram.config.settings import ExchangeSettings
from engram.core.errors import ExchangeError
from engram.core.key_value import KeyValue
from engram.market.candles import Candles, duration, read_candles
from engram.market.ccxt_client import PAUSE, CcxtClient, too_slow

DAY = 86400.0
LOADING_TIME = 30.0
# The sets of permissions are most of what Binance would send, several megabytes.
MARKET_PARAMETERS = {"binance": {"showPermissionSets": False}}


class Exchange:
    """Spot markets and candles of one exchange, for several threads; `until` as in `CcxtClient`."""

    def __init__(
        self, id_: str, settings: ExchangeSettings, notes: KeyValue, clock: Callable[[], float]
    ) -> None:
        self._client = CcxtClient(id_, settings, clock)
        self._notes = notes
        self._note = f"markets/{id_}"
        self._clock = clock
        self._lock = threading.Lock()
        # By symbol: the ids of market, base and quote, all that ccxt needs to ask for candles.
        self._markets: dict[str, list[str | None]] = {}
        self._loaded_at = -math.inf
        self._loading: Future[None] | None = None

    @property
    def name(self) -> str:
        """The name for people: Binance."""
        return self._client.name

    @property
    def timeframes(self) -> Mapping[float, str]:
        """What it has candles of, by the seconds of one; nothing when ccxt has no such exchange."""
        return self._client.timeframes

    def load(self) -> Future[None] | None:
        """Begin to load the list of markets in the background, unless one of today is there."""
        with self._lock:
            if not self._markets:
                self._markets, self._loaded_at = self._saved_markets()
            if self._loading is None and abs(self._clock() - self._loaded_at) >= DAY:
                loading: Future[None] = Future()
                threading.Thread(target=self._load, args=[loading], daemon=True).start()
                self._loading = loading
            return self._loading

    def markets(self, until: float) -> Mapping[str, object]:
        """The spot markets, by their symbols; those of yesterday while the new list is loading.

        Raises `ExchangeError` when there are none and none came in time.
        """
        loading = None
        try:
            self._client.check_pause()
            loading = self.load()
        except ExchangeError:
            if not self._markets:
                raise
        if not self._markets and loading:
            # Who waits gives up here, the loading goes on: for the next one it may be done.
            seconds = max(0.0, until - time.monotonic())
            if not wait([loading], seconds).done:
                raise self._client.failed(too_slow(seconds), "list of markets")
            loading.result()
        return self._markets

    def candles(
        self, symbol: str, timeframe: str, limit: int, until: float
    ) -> tuple[Candles, float]:
        """Up to `limit` candles of one of `markets`, and the seconds until the open one closes.

        What is closed the exchange's clock decides, or this machine's where the exchange tells no
        time. Raises `ExchangeError`.
        """
        timeframe = self._client.timeframes[duration(timeframe) or 0.0]
        base, _, quote = symbol.partition("/")
        ids = self._markets.get(symbol)
        if ids is None:
            raise ExchangeError("had no such market any more")
        spot = {"symbol": symbol, "base": base, "quote": quote, "type": "spot", "spot": True}
        spot.update(zip(("id", "baseId", "quoteId"), ids, strict=True))

        def ask(client: Any) -> object:
            client.set_markets([spot])
            return client.fetch_ohlcv(symbol, timeframe, limit=limit)

        rows, server_time = self._client.call(ask, until)
        now = self._clock() if server_time is None else server_time
        try:
            candles, closes_at = read_candles(rows, symbol, self._client.name, timeframe, now)
        except ExchangeError as err:
            raise self._client.failed(err, f"{symbol} {timeframe}") from err
        self._client.answers()
        return candles, closes_at - now

    def _load(self, loading: Future[None]) -> None:
        try:
            markets, _ = self._client.call(self._ask_markets, time.monotonic() + LOADING_TIME)
        except ExchangeError as err:
            # Without a list there is no asking for candles: even rubbish calls for a pause.
            self._client.failed(ExchangeError(str(err), max(err.pause, PAUSE)), "list of markets")
            with self._lock:
                self._loading = None
            loading.set_exception(err)
            return
        self._client.answers()
        with self._lock:
            self._markets, self._loaded_at, self._loading = markets, self._clock(), None
        loading.set_result(None)
        saved = {"at": self._loaded_at, "markets": markets}
        self._notes.put(self._note, json.dumps(saved, separators=(",", ":")))

    def _ask_markets(self, client: Any) -> dict[str, list[str | None]]:
        # Not load_markets: that asks for the currencies as well.
        found = client.fetch_markets(MARKET_PARAMETERS.get(self._client.id, {}))
        markets = {
            market["symbol"]: [market["id"], market.get("baseId"), market.get("quoteId")]
            for market in found
            if market and market.get("spot") and market.get("active") is not False
        }
        if not markets:
            raise ExchangeError("sent no list of markets")
        return markets

    def _saved_markets(self) -> tuple[dict[str, list[str | None]], float]:
        try:
            saved = json.loads(self._notes.get(self._note) or "{}")
            listed = saved["markets"].items()
            markets = {symbol: [id_, base, quote] for symbol, (id_, base, quote) in listed}
            return markets, float(saved["at"]) if markets else -math.inf
        except (ValueError, TypeError, KeyError, AttributeError):
            return {}, -math.inf
