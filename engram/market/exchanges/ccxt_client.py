"""ccxt made safe: every call ends in time, and fails in words for a person."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import cached_property, partial
from textwrap import shorten
from typing import Any, TypeVar

from engram.config.settings import ExchangeSettings
from engram.core.errors import DelistedError, ExchangeError, KeepAwayError
from engram.core.listener import NOBODY, Listener
from engram.market.exchanges.call_session import CallSession
from engram.market.exchanges.lines import Line, Lines
from engram.market.exchanges.pauses import Pauses
from engram.market.exchanges.profile import Profile, profile_of
from engram.market.exchanges.slots import Slots

log = logging.getLogger(__name__)

CALLS_AT_ONCE = 8
# Beside those that hang there may be so many others.
CALLS_THAT_HANG = 24
# How long an exchange is left alone, in seconds, after a failure that will last for a while.
PAUSE = 20.0
LIMIT_PAUSE = 60.0
BLOCK_PAUSE = 600.0
# So long (s) a look waits for other looks.
QUEUE = 60.0
# The pause after a wait in vain, as a multiple of the wait: little time is ever lost to waiting.
PAUSE_PER_WAIT = 8.0

T = TypeVar("T")


class CcxtClient:
    """Calls to the exchange that ccxt knows as `id_`; several threads may share it.

    Points in time named `until` are those of `time.monotonic`. Each call has its own thread and
    line (a session and a ccxt object, which takes 2 ms to make), so that a call that hangs can be
    hung up and delays no other. At most `slots` calls are in progress, beside those that seem to
    hang. After a failure that will last, calls about the same subject fail at once until a pause
    (by `clock`) is over; see `Pauses`.

    A client `beside` another one has slots and pauses of its own: what it waits for in vain takes
    nothing from the other one's calls. But whoever is told to keep away, both keep away. Unless it
    is `apart` it pauses with the other one. With `keep` lines stay for the next calls, requests
    keep the pace that `Lines` says, a call that hangs keeps its slot, and the time of a call begins
    once it has its slot and its turn. `listener` is told each request, as one for a look if lines
    are kept.
    """

    def __init__(
        self,
        id_: str,
        settings: ExchangeSettings,
        clock: Callable[[], float],
        beside: CcxtClient | None = None,
        *,
        apart: bool = False,
        slots: int = CALLS_AT_ONCE,
        keep: bool = False,
        listener: Listener = NOBODY,
    ) -> None:
        self.id = id_
        #: Whether calls wait for each other before their time begins, as nobody waits for them.
        self.is_kept = keep
        self._at_once = slots
        self._slots = Slots(slots, 0 if keep else CALLS_THAT_HANG)
        told = partial(listener.asked, id_, "look" if keep else "answer")
        self._lines = Lines(id_, settings, slots if keep else 0, told)
        self._beside = beside
        self._apart = apart
        self._pauses = Pauses(clock)
        # What is in the log already, by what pauses for it.
        self._troubles: dict[str, str] = {}

    @cached_property
    def profile(self) -> Profile:
        """What ccxt knows of the exchange."""
        return profile_of(self.id)

    def call(self, ask: Callable[[Any], T], what: str, until: float, subject: str = "") -> T:
        """What `ask` returns for a ccxt object; the log calls it `what`. Raises `ExchangeError`.

        `ask` raises an `ExchangeError`, too, when it cannot use what the exchange sent. It runs in
        another thread, which may outlive `until`.
        """
        self.check_pause(subject)
        asked = time.monotonic()
        try:
            found = self._call(ask, what, until)
        except _FailedError as failed:
            raise self.failed(failed.err, failed.cause, subject) from failed.__cause__
        # An earlier call's answer does not take back that Engram was told to keep away.
        if self._pauses.end(asked, subject):
            of_all, alone = self._troubles.pop("", ""), self._troubles.pop(subject, "")
            if of_all or alone:
                which = "" if of_all else f" ({what})"
                log.info("%s answers again%s", self.profile.name, which)
        return found

    def _call(self, ask: Callable[[Any], T], what: str, until: float) -> T:
        answer: Future[T] = Future()
        slot, seconds = self._slot(what, until)
        line = self._lines.take(answer)
        work = [ask, line, seconds, answer, slot]
        thread = threading.Thread(target=self._work, args=work, name=f"ask-{self.id}", daemon=True)
        try:
            thread.start()
        except RuntimeError as err:
            self._lines.give_back(line, usable=False)
            self._slots.give_back(slot)
            no_thread = ExchangeError("could not be asked", PAUSE)
            raise _FailedError(no_thread, f"{what}: {err}") from err
        if not _comes(answer, line, seconds):
            self._lines.hang_up(line, answer)
            raise _FailedError(too_slow(seconds), f"{what}: {seconds:.1f} s")
        failure = answer.exception()
        if failure is not None:
            status = f"HTTP status {line.session.status}, {type(failure).__name__}"
            cause = shorten(f"{what}: {status}: {failure}", 240)
            raise _FailedError(explain(failure, line.session), cause) from failure
        return answer.result()

    def _slot(self, what: str, until: float) -> tuple[int, float]:
        """A slot, and for how many seconds it may be used."""
        began = time.monotonic()
        allowed = max(0.001, until - began)
        # Looks wait for each other, and an exchange is not blamed for that.
        line = max(QUEUE, allowed) if self.is_kept and until > began else allowed
        slot = self._slots.take(began + line)
        if not slot:
            busy = f"{what}: {self._at_once} calls are in progress"
            raise _FailedError(too_slow(0.0 if self.is_kept else allowed), busy)
        return slot, allowed if self.is_kept else max(0.001, until - time.monotonic())

    def _work(
        self, ask: Callable[[Any], T], line: Line, seconds: float, answer: Future[T], slot: int
    ) -> None:
        try:
            found = ask(line.client(seconds))
        except Exception as err:
            # ccxt can fail in any way on what it did not expect; `call` explains it.
            self._lines.give_back(line, usable=False)
            answer.set_exception(err)
        else:
            self._lines.give_back(line, usable=True)
            answer.set_result(found)
        finally:
            self._slots.give_back(slot)

    def check_pause(self, subject: str = "") -> None:
        """Raise the last failure again while the pause after it lasts."""
        if self._beside and self._apart:
            self._beside.check_ban()
        elif self._beside:
            self._beside.check_pause(subject)
        self._pauses.check(subject)

    def check_ban(self) -> None:
        """The same if the exchange itself has asked for the pause."""
        self._pauses.check_ban()

    def failed(self, err: ExchangeError, cause: str, subject: str = "") -> ExchangeError:
        """Begin the pause that `err` asks for; log `err` unless the last failure was the same."""
        if isinstance(err, KeepAwayError) and self._beside:
            return self._beside.failed(err, cause)
        paused = self._pauses.begin(err, subject)
        if str(err) != self._troubles.get(paused):
            log.warning("%s %s (%s)", self.profile.name, err, cause)
        self._troubles[paused] = str(err)
        return err


def _comes(answer: Future[Any], line: Line, seconds: float) -> bool:
    """Whether it comes within `seconds`, apart from those that it has waited for its turn."""
    until = time.monotonic() + seconds
    while (left := until + line.waited - time.monotonic()) > 0:
        if wait([answer], left).done:
            return True
    return answer.done()


class _FailedError(Exception):
    def __init__(self, err: ExchangeError, cause: str) -> None:
        super().__init__(cause)
        self.err, self.cause = err, cause


def explain(err: BaseException, session: CallSession) -> ExchangeError:
    """What `err`, raised by a call through `session`, means to people, and the pause after it."""
    import ccxt

    if isinstance(err, ExchangeError):
        return err
    status = session.status
    if status in (418, 429) or isinstance(err, (ccxt.RateLimitExceeded, ccxt.DDoSProtection)):
        return KeepAwayError("asked for a pause", session.retry_after or LIMIT_PAUSE)
    if status in (403, 451) or isinstance(err, ccxt.RestrictedLocation):
        return KeepAwayError("refused requests from here", BLOCK_PAUSE)
    if isinstance(err, ccxt.RequestTimeout):
        return ExchangeError("did not answer in time", PAUSE)
    if isinstance(err, ccxt.ExchangeNotAvailable):
        asked = session.retry_after
        away = KeepAwayError if asked else ExchangeError
        return away("could not answer", asked or PAUSE)
    if isinstance(err, ccxt.NetworkError) or not status:
        return ExchangeError("could not be reached", PAUSE)
    if isinstance(err, ccxt.BadSymbol):
        return DelistedError("had no such market any more")
    return ExchangeError("sent nothing usable")


def too_slow(seconds: float) -> ExchangeError:
    """The error of an exchange that was given `seconds` in vain."""
    return ExchangeError("did not answer in time", PAUSE_PER_WAIT * seconds)
