"""ccxt made safe: a call ends in time, and fails in words for a person."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, wait
from functools import cached_property
from textwrap import shorten
from typing import Any, TypeVar
from urllib.parse import urlsplit

from engram.config.settings import ExchangeSettings
from engram.core.errors import ExchangeError
from engram.core.formats import did_you_mean
from engram.market.call_session import CallSession
from engram.market.candles import duration

log = logging.getLogger(__name__)

CALLS_AT_ONCE = 8
# How long an exchange is left alone, in seconds, after a fault that will not be over at once.
PAUSE = 20.0
LIMIT_PAUSE = 60.0
BLOCK_PAUSE = 600.0
# A pause after waiting in vain, in terms of the wait: so little of the time is ever lost to it.
PAUSE_PER_WAIT = 8.0

T = TypeVar("T")


class CcxtClient:
    """Calls to the exchange that ccxt knows as `id_`, for several threads.

    Points in time named `until` are of `time.monotonic`. Each call has a thread, a session and a
    ccxt object of its own (that is not made to be shared, and takes 2 ms to make), so that one that
    hangs is hung up and holds up no other. After a fault that will last, calls fail at once until
    a pause is over.
    """

    def __init__(self, id_: str, settings: ExchangeSettings, clock: Callable[[], float]) -> None:
        self.id = id_
        self._settings = settings
        self._clock = clock
        self._slots = threading.BoundedSemaphore(CALLS_AT_ONCE)
        self._trouble = ""
        self._silent_until = -math.inf

    @property
    def name(self) -> str:
        """The name for people: Binance."""
        return self._described[0]

    @property
    def timeframes(self) -> Mapping[float, str]:
        """What it has candles of, by the seconds of one; nothing when ccxt has no such exchange."""
        return self._described[1]

    @cached_property
    def _described(self) -> tuple[str, Mapping[float, str]]:
        if unknown_exchanges([self.id]):
            return self.id, {}
        client = self._client(CallSession(), 0)
        lengths = {name: duration(name) for name in client.timeframes or ()}
        return client.name, {length: name for name, length in lengths.items() if length}

    def call(self, ask: Callable[[Any], T], until: float) -> tuple[T, float | None]:
        """What `ask` returns for a ccxt object, and the exchange's time, if it tells one.

        Raises `ExchangeError`.
        """
        self.check_pause()
        answer: Future[T] = Future()
        session = CallSession(self._settings.proxy)
        asked = time.monotonic()
        if not self._slots.acquire(timeout=max(0.0, until - asked)):
            raise self.failed(too_slow(until - asked), f"{CALLS_AT_ONCE} calls are under way")
        seconds = max(0.001, until - time.monotonic())
        work = [ask, session, seconds, answer]
        thread = threading.Thread(target=self._work, args=work, name=f"ask-{self.id}", daemon=True)
        try:
            thread.start()
        except RuntimeError as failure:
            self._slots.release()
            cause = str(failure)
            raise self.failed(ExchangeError("could not be asked", PAUSE), cause) from failure
        if not wait([answer], seconds).done:
            session.hang_up()
            raise self.failed(too_slow(seconds), f"{seconds:.1f} s")
        err = answer.exception()
        if err is not None:
            cause = shorten(f"HTTP status {session.status}, {type(err).__name__}: {err}", 240)
            raise self.failed(explain(err, session), cause) from err
        return answer.result(), session.server_time

    def _work(
        self, ask: Callable[[Any], T], session: CallSession, seconds: float, answer: Future[T]
    ) -> None:
        try:
            answer.set_result(ask(self._client(session, seconds)))
        except Exception as err:
            # ccxt fails in any way on what it did not expect: the one who waits explains it.
            answer.set_exception(err)
        finally:
            session.close()
            self._slots.release()

    def _client(self, session: CallSession, seconds: float) -> Any:
        import ccxt  # 0.2 s and 45 MB that a bot without market data need not spend

        client = getattr(ccxt, self.id)({"session": session, "timeout": int(seconds * 1000)})
        client.options = {**client.options, **spot_only(client.options)}
        if self._settings.api_url:
            api = moved(client.urls["api"], self._settings.api_url)
            client.urls = {**client.urls, "api": api}
        return client

    def answers(self) -> None:
        """What came is usable: end the pause, if any."""
        if self._trouble:
            log.info("%s answers again", self.name)
            self._trouble, self._silent_until = "", -math.inf

    def check_pause(self) -> None:
        """Raise the `ExchangeError` of the last call as long as the pause after it lasts."""
        if self._clock() < self._silent_until:
            raise ExchangeError(self._trouble)

    def failed(self, err: ExchangeError, cause: str) -> ExchangeError:
        """Begin the pause that `err` asks for, and log it unless it is the same as before."""
        if str(err) != self._trouble:
            log.warning("%s %s (%s)", self.name, err, cause)
        self._trouble = str(err)
        self._silent_until = self._clock() + err.pause
        return err


def unknown_exchanges(ids: Iterable[str]) -> list[str]:
    """A sentence for each of `ids` that candles cannot be had from; needs no network."""
    import ccxt

    problems = []
    for id_ in ids:
        if id_ not in ccxt.exchanges:
            meant = did_you_mean(id_, ccxt.exchanges)
            problems.append(f"[market] exchange = {id_}: ccxt knows no such exchange{meant}")
        elif not getattr(ccxt, id_)().has.get("fetchOHLCV"):
            problems.append(f"[market] exchange = {id_}: this exchange offers no candles")
    return problems


def explain(err: BaseException, session: CallSession) -> ExchangeError:
    """What `err`, raised by ccxt in a call through `session`, means to people; and for how long."""
    import ccxt

    if isinstance(err, ExchangeError):
        return err
    status = session.status
    if status in (418, 429) or isinstance(err, (ccxt.RateLimitExceeded, ccxt.DDoSProtection)):
        return ExchangeError("asked for a pause", session.retry_after or LIMIT_PAUSE)
    if status in (403, 451) or isinstance(err, ccxt.RestrictedLocation):
        return ExchangeError("refused requests from here", BLOCK_PAUSE)
    if isinstance(err, ccxt.RequestTimeout):
        return ExchangeError("did not answer in time", PAUSE)
    if isinstance(err, ccxt.ExchangeNotAvailable):
        return ExchangeError("could not answer", session.retry_after or PAUSE)
    if isinstance(err, ccxt.NetworkError) or not status:
        return ExchangeError("could not be reached", PAUSE)
    if isinstance(err, ccxt.BadSymbol):
        return ExchangeError("had no such market any more")
    return ExchangeError("sent nothing usable")


def too_slow(seconds: float) -> ExchangeError:
    """The exchange was given `seconds`, in vain."""
    return ExchangeError("did not answer in time", PAUSE_PER_WAIT * seconds)


def spot_only(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that make ccxt ask for the list of spot markets alone, with a single request."""
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
    """`api`, an address or a dict of them, with scheme and host of `url` in place of their own."""
    if isinstance(api, dict):
        return {name: moved(address, url) for name, address in api.items()}
    return url + urlsplit(api).path if isinstance(api, str) else api
