"""Lines to an exchange: a session and the ccxt object that sends its requests through it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from engram.config.settings import ExchangeSettings
from engram.market.exchanges.call_session import CallSession

# Looks leave at least so many times the pause that ccxt asks for between two requests.
GENTLE = 2.0
# A connection that was idle for so long (s) may be dead without anybody having said so.
IDLE = 45.0


class Pace:
    """Lets time pass between the starts of requests; several threads may share it.

    ccxt's own way to do this reads the wall clock: one that was set back would hold up a request
    for as long.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0.0

    def turn(self, seconds: float) -> float:
        """In how many seconds a request may begin; the next one may `seconds` after it."""
        with self._lock:
            now = time.monotonic()
            start = max(now, self._next)
            self._next = start + seconds
            return start - now


class Turns:
    """The turns of one line, whose requests wait at least `least` seconds for each other.

    `waited` is how long (s) the call has waited for its turns so far, and for the one that it waits
    for now: the exchange has nothing to do with that.
    """

    def __init__(self, pace: Pace, least: float) -> None:
        self._pace = pace
        self._least = least
        self.waited = 0.0

    def wait(self, cost: float | None = None) -> None:
        """Wait for the turn of a request that costs so much; ccxt calls it to throttle."""
        seconds = self._pace.turn(self._least * max(1.0, cost or 1.0))
        self.waited += seconds
        time.sleep(seconds)


class Line:
    """A session and its ccxt object, for one call at a time; `call` is whatever stands for that."""

    def __init__(
        self,
        id_: str,
        settings: ExchangeSettings,
        pace: Pace,
        slowed: float,
        told: Callable[[int], None],
    ) -> None:
        self.session = CallSession(settings.proxy, told)
        self.call: object = None
        self._id = id_
        self._settings = settings
        self._pace = pace
        self._slowed = slowed
        self._turns: Turns | None = None
        self._used = time.time(), time.monotonic()
        self._client: Any = None

    @property
    def waited(self) -> float:
        """How long (s) its call has waited for its turns; see `Turns`."""
        return self._turns.waited if self._turns else 0.0

    def begin(self, call: object) -> None:
        """Be there for `call`; what was idle for long is connected anew."""
        # One clock may have been set, and the other stands still while the machine sleeps.
        idle = max(abs(time.time() - self._used[0]), time.monotonic() - self._used[1])
        if idle > IDLE:
            self.session.close()
        self.call, self.session.response = call, None
        if self._turns:
            self._turns.waited = 0.0

    def end(self) -> None:
        """Be idle from now on."""
        self.call, self._used = None, (time.time(), time.monotonic())

    def client(self, seconds: float) -> Any:
        """The ccxt object, which lets a server be silent for so long; it is made at first."""
        if self._client is None:
            self._client = self._make()
        self._client.timeout = int(seconds * 1000)
        return self._client

    def _make(self) -> Any:
        import ccxt  # 0.2 s and 45 MB that a bot without market data need not spend

        client = getattr(ccxt, self._id)({"session": self.session})
        client.options = {**client.options, **spot_only(client.options)}
        if self._settings.api_url:
            api = moved(client.urls["api"], self._settings.api_url)
            client.urls = {**client.urls, "api": api}
        self._turns = Turns(self._pace, self._slowed * client.rateLimit / 1000)
        client.throttle = self._turns.wait
        return client


class Lines:
    """The lines to the exchange that ccxt knows as `id_`; for several threads.

    With `kept` so many stay for the next calls, which saves most of the processor time of a call;
    all of them then share one pace, `GENTLE`. Otherwise each call has a new one. `told` as in
    `CallSession`.
    """

    def __init__(
        self,
        id_: str,
        settings: ExchangeSettings,
        kept: int,
        told: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._told = told
        self._id = id_
        self._settings = settings
        self._kept = kept
        self._pace = Pace()
        self._lock = threading.Lock()
        self._idle: list[Line] = []

    def take(self, call: object) -> Line:
        """A line for `call`."""
        with self._lock:
            if self._idle:
                line = self._idle.pop()
            elif self._kept:
                line = Line(self._id, self._settings, self._pace, GENTLE, self._told)
            else:
                line = Line(self._id, self._settings, Pace(), 1.0, self._told)
            line.begin(call)
            return line

    def give_back(self, line: Line, *, usable: bool) -> None:
        """End the call of `line`; one that is not `usable`, or was hung up, is closed."""
        with self._lock:
            line.end()
            if usable and not line.session.is_over and len(self._idle) < self._kept:
                self._idle.append(line)
                return
        line.session.close()

    def hang_up(self, line: Line, call: object) -> None:
        """End `call`, if `line` still makes it, wherever it is."""
        with self._lock:
            if line.call is call:
                line.session.hang_up()


def spot_only(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that make ccxt ask only for the list of spot markets, in a single request."""
    chosen = options.get("fetchMarkets")
    if not isinstance(chosen, dict):
        return {}
    types = chosen.get("types")
    if isinstance(types, dict):
        types = {name: name == "spot" for name in types}
    elif isinstance(types, list):
        types = [name for name in types if name == "spot"]
    return {"fetchMarkets": {**chosen, "types": types, "fetchTickersFees": False}}


def moved(api: Any, url: str) -> Any:
    """`api`, an address or a dict of addresses, with scheme and host replaced by those of `url`."""
    if isinstance(api, dict):
        return {name: moved(address, url) for name, address in api.items()}
    return url + urlsplit(api).path if isinstance(api, str) else api
