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
from engram.core.errors import DelistedError, ExchangeError
from engram.core.key_value import KeyValue, read_json
from engram.core.listener import NOBODY, Listener
from engram.market.candles import DAY, Candles, duration, read_candles
from engram.market.exchanges.ccxt_client import CALLS_AT_ONCE, PAUSE, CcxtClient, too_slow
from engram.market.exchanges.history import SMALLEST_PAGE, History
from engram.market.exchanges.profile import Profile

LOADING_TIME = 30.0
# How long an old list serves, in seconds, after a new one could not be had.
LIST_PAUSE = 300.0
# The sets of permissions are most of what Binance would send, several megabytes.
MARKET_PARAMETERS = {"binance": {"showPermissionSets": False}}


class Exchange:
    """One exchange's spot markets and candles, for several threads; `until` as in `CcxtClient`."""

    def __init__(
        self,
        id_: str,
        settings: ExchangeSettings,
        store: KeyValue,
        clock: Callable[[], float],
        listener: Listener = NOBODY,
    ) -> None:
        self._client = CcxtClient(id_, settings, clock, listener=listener)
        self._settings, self._listener = settings, listener
        #: For calls whose failure pauses no others.
        self.aside = CcxtClient(id_, settings, clock, beside=self._client, listener=listener)
        # Whoever has a list can do without a new one.
        self._lists = self.beside(clock)
        self._store = store
        self._key = f"markets/{id_}"
        self._clock = clock
        self._lock = threading.Lock()
        # By symbol: the ids of market, base and quote, all that ccxt needs to ask for candles.
        self._markets: dict[str, list[str | None]] = {}
        self._loaded_at = -math.inf
        self._loading: Future[None] | None = None

    @property
    def id(self) -> str:
        """Its name in ccxt: "binance"."""
        return self._client.id

    def beside(
        self, clock: Callable[[], float], *, slots: int = CALLS_AT_ONCE, keep: bool = False
    ) -> CcxtClient:
        """A new client for it, with slots and pauses of its own; see `CcxtClient`."""
        return CcxtClient(
            self.id,
            self._settings,
            clock,
            beside=self._client,
            apart=True,
            slots=slots,
            keep=keep,
            listener=self._listener,
        )

    @property
    def profile(self) -> Profile:
        """Its name and the timeframes of its candles; see `Profile`."""
        return self._client.profile

    def load(self, age: float = DAY) -> Future[None] | None:
        """Load the list of markets in the background; None if one came within `age` seconds.

        Raises the last call's `ExchangeError` again while the pause after it lasts.
        """
        with self._lock:
            if not self._markets:
                self._restore()
            client = self._lists if self._markets else self._client
            client.check_pause()
            if self._loading is None and self._is_older(age):
                loading: Future[None] = Future()
                work = threading.Thread(target=self._load, args=[loading, client], daemon=True)
                try:
                    work.start()
                except RuntimeError as err:
                    raise ExchangeError("could not be asked") from err
                self._loading = loading
            return self._loading

    def _is_older(self, age: float) -> bool:
        return abs(self._clock() - self._loaded_at) >= age

    def lists(self, symbol: str, age: float) -> bool | None:
        """Whether it has that market; None if no list that says so is younger than `age` seconds.

        That it has one is taken from older lists, too. Nobody is asked.
        """
        if symbol in self.at_hand():
            return True
        return None if self._is_older(age) else False

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
        self,
        symbol: str,
        timeframe: str,
        limit: int,
        until: float,
        *,
        via: CcxtClient | None = None,
    ) -> Candles:
        """Up to `limit` candles of one of `markets`, `via` this client if it is given.

        The exchange's clock decides which candles are closed, or this machine's clock where the
        exchange sends no time. Fewer of them, not `complete`, are better than none where the later
        pages do not come in time. Raises `ExchangeError`.
        """
        timeframe = self.profile.timeframes[duration(timeframe) or 0.0]
        market = self.market(symbol)
        history, seconds = History(symbol, timeframe, limit, until), until - time.monotonic()

        def ask(client: Any) -> Candles:
            if via and via.is_kept:
                # The time begins with the call, which may have waited for others.
                history.until = time.monotonic() + seconds
            client.set_markets([market])
            history.fetch(client)
            return self._read(history)

        try:
            client = via or self._client
            return client.call(ask, f"{symbol} {timeframe}", until, symbol)
        except ExchangeError:
            if len(history.rows) < SMALLEST_PAGE:
                raise
            return self._read(history)

    def market(self, symbol: str) -> dict[str, object]:
        """One of `markets` as ccxt needs it; raises `DelistedError` if it is not listed."""
        base, _, quote = symbol.partition("/")
        ids = self._markets.get(symbol)
        if ids is None:
            raise DelistedError("had no such market any more")
        spot = {"symbol": symbol, "base": base, "quote": quote, "type": "spot", "spot": True}
        return {**spot, **dict(zip(("id", "baseId", "quoteId"), ids, strict=True))}

    def _read(self, history: History) -> Candles:
        now = self._clock() if history.sent_at is None else history.sent_at
        market = (history.symbol, self.profile.name, history.timeframe)
        candles = read_candles(history.rows, *market, now)
        is_dated, complete = history.sent_at is not None, history.complete
        return replace(candles, complete=complete, exchange_id=self.id, is_dated=is_dated)

    def _load(self, loading: Future[None], client: CcxtClient) -> None:
        what = "list of markets"
        try:
            markets = client.call(self._ask_markets, what, time.monotonic() + LOADING_TIME)
        except ExchangeError as err:
            # Without a list no candles can be asked for: even rubbish calls for a pause.
            pause = LIST_PAUSE if self._markets else PAUSE
            client.failed(ExchangeError(str(err), max(err.pause, pause)), what)
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
        found = client.fetch_markets(MARKET_PARAMETERS.get(self.id, {}))
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
