"""One exchange: its list of spot markets, kept for a day, and its candles."""

import contextlib
import json
import math
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import replace
from typing import Any

from engram.config.settings import ExchangeSettings
from engram.core.errors import ExchangeError
from engram.core.key_value import KeyValue, read_json
from engram.market.candles import DAY, Candles, duration, read_candles
from engram.market.exchanges.ccxt_client import PAUSE, CcxtClient, Profile, too_slow
from engram.market.exchanges.history import SMALLEST_PAGE, History

LOADING_TIME = 30.0
# The sets of permissions are most of what Binance would send, several megabytes.
MARKET_PARAMETERS = {"binance": {"showPermissionSets": False}}


class Exchange:
    """One exchange's spot markets and candles, for several threads; `until` as in `CcxtClient`."""

    def __init__(
        self, id_: str, settings: ExchangeSettings, store: KeyValue, clock: Callable[[], float]
    ) -> None:
        self._client = CcxtClient(id_, settings, clock)
        self._aside = CcxtClient(id_, settings, clock, beside=self._client)
        self._store = store
        self._key = f"markets/{id_}"
        self._clock = clock
        self._lock = threading.Lock()
        # By symbol: the ids of market, base and quote, all that ccxt needs to ask for candles.
        self._markets: dict[str, list[str | None]] = {}
        self._loaded_at = -math.inf
        self._loading: Future[None] | None = None

    @property
    def profile(self) -> Profile:
        """Its name and the timeframes of its candles; see `CcxtClient.profile`."""
        return self._client.profile

    def load(self) -> Future[None] | None:
        """Load the list of markets in the background; None if it was loaded within the last day.

        Raises the last call's `ExchangeError` again while the pause after it lasts.
        """
        self._client.check_pause()
        with self._lock:
            if not self._markets:
                self._restore()
            if self._loading is None and abs(self._clock() - self._loaded_at) >= DAY:
                loading: Future[None] = Future()
                threading.Thread(target=self._load, args=[loading], daemon=True).start()
                self._loading = loading
            return self._loading

    def at_hand(self) -> Mapping[str, object]:
        """The spot markets as they are known now, none at first; nobody is asked."""
        with self._lock:
            if not self._markets:
                self._restore()
            return self._markets

    def markets(self, until: float) -> Mapping[str, object]:
        """The spot markets by their symbols; an old list serves while a new one is loading.

        Raises `ExchangeError` when there is no list and none came in time.
        """
        loading = None
        try:
            loading = self.load()
        except ExchangeError:
            if not self._markets:
                raise
        if not self._markets and loading:
            # This caller gives up in time, but the loading goes on: the next one may profit.
            seconds = max(0.0, until - time.monotonic())
            if not wait([loading], seconds).done:
                raise self._client.failed(too_slow(seconds), "list of markets")
            loading.result()
        return self._markets

    def candles(
        self, symbol: str, timeframe: str, limit: int, until: float, *, aside: bool = False
    ) -> Candles:
        """Up to `limit` candles of one of `markets`; a failure of a call `aside` pauses no others.

        The exchange's clock decides which candles are closed, or this machine's clock where the
        exchange sends no time. Fewer of them, not `complete`, are better than none where the later
        pages do not come in time. Raises `ExchangeError`.
        """
        timeframe = self.profile.timeframes[duration(timeframe) or 0.0]
        base, _, quote = symbol.partition("/")
        ids = self._markets.get(symbol)
        if ids is None:
            raise ExchangeError("had no such market any more")
        spot = {"symbol": symbol, "base": base, "quote": quote, "type": "spot", "spot": True}
        spot.update(zip(("id", "baseId", "quoteId"), ids, strict=True))

        history = History(symbol, timeframe, limit, until)

        def ask(client: Any) -> Candles:
            client.set_markets([spot])
            history.fetch(client)
            return self._read(history)

        try:
            client = self._aside if aside else self._client
            return client.call(ask, f"{symbol} {timeframe}", until)
        except ExchangeError:
            if len(history.rows) < SMALLEST_PAGE:
                raise
            return self._read(history)

    def _read(self, history: History) -> Candles:
        now = self._clock() if history.sent_at is None else history.sent_at
        market = (history.symbol, self.profile.name, history.timeframe)
        candles = read_candles(history.rows, *market, now)
        return replace(candles, complete=history.complete)

    def _load(self, loading: Future[None]) -> None:
        what = "list of markets"
        try:
            markets = self._client.call(self._ask_markets, what, time.monotonic() + LOADING_TIME)
        except ExchangeError as err:
            # Without a list no candles can be asked for: even rubbish calls for a pause.
            self._client.failed(ExchangeError(str(err), max(err.pause, PAUSE)), what)
            with self._lock:
                self._loading = None
            loading.set_exception(err)
            return
        with self._lock:
            self._markets, self._loaded_at, self._loading = markets, self._clock(), None
        loading.set_result(None)
        saved = {"at": self._loaded_at, "markets": markets}
        self._store.put(self._key, json.dumps(saved, separators=(",", ":")))

    def _ask_markets(self, client: Any) -> dict[str, list[str | None]]:
        # Not load_markets, which asks for the currencies as well.
        found = client.fetch_markets(MARKET_PARAMETERS.get(self._client.id, {}))
        markets = {
            market["symbol"]: [market["id"], market.get("baseId"), market.get("quoteId")]
            for market in found
            if market and market.get("spot") and market.get("active") is not False
        }
        if not markets:
            raise ExchangeError("sent no list of markets")
        return markets

    def _restore(self) -> None:
        """Take the list of markets from the store, unless there is none or it is damaged."""
        with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError):
            saved = read_json(self._store.get(self._key))
            listed = saved["markets"].items()
            markets = {symbol: [id_, base, quote] for symbol, (id_, base, quote) in listed}
            are_texts = all(isinstance(one, str | None) for row in markets.values() for one in row)
            if markets and are_texts and math.isfinite(loaded_at := float(saved["at"])):
                self._loaded_at, self._markets = loaded_at, markets
