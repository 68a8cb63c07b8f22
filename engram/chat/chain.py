"""`FallbackChain`: asks one responder after the other, with a breaker for each of them."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from engram.core.errors import (
    Cause,
    NotLoadedError,
    ResponderError,
    StoppedError,
    TooLongError,
)
from engram.core.events import (
    Event,
    FellBack,
    Finished,
    Question,
    ServerThread,
    TextDelta,
    TextReset,
)
from engram.core.model import ServerName

log = logging.getLogger(__name__)

FAILURES = 3
COOLDOWN = 60.0


@runtime_checkable
class OnServer(Protocol):
    """A responder that is a model server."""

    @property
    def called(self) -> ServerName:
        """What people call it."""

    @property
    def down(self) -> Cause | None:
        """Why it is not available, if that is so."""


class Responder(Protocol):
    """Something that can answer a question: a model server, or the rules."""

    @property
    def name(self) -> str:
        """The name used in `[fallback] order`, in logs and in metrics."""

    @property
    def base_url(self) -> str:
        """The address of a model server, "" for the rules."""

    @property
    def available(self) -> bool:
        """False when it is already known that asking would fail."""

    def respond(self, question: Question) -> Generator[Event, None, None]:
        """Answer `question`; raise a `ResponderError` when that is impossible."""


class Breaker:
    """Keeps questions away from a responder that fails again and again.

    It opens after 3 failures in a row that are the responder's own (`Cause.counts`). After
    `COOLDOWN` seconds it is half-open: it lets one question through, whose success closes it and
    whose failure opens it again.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._opened = 0.0
        #: Why it failed the last time.
        self.why: Cause | None = None

    @property
    def is_open(self) -> bool:
        """Whether the responder's last answers all failed."""
        return self._failures >= FAILURES

    def admits(self) -> bool:
        """Whether a question may be asked now; when half-open, only the first caller may."""
        with self._lock:
            if not self.is_open:
                return True
            if self._clock() - self._opened < COOLDOWN:
                return False
            self._opened = self._clock()
            return True

    def succeeded(self) -> None:
        """Note that the responder answered."""
        with self._lock:
            self._failures = 0

    def failed(self, why: Cause | None = None) -> None:
        """Note that the responder failed, and why."""
        with self._lock:
            self.why = why
            self._failures += 1
            self._opened = self._clock()

    def spared(self) -> None:
        """Note that the question let through told nothing of the responder: let the next in."""
        with self._lock:
            self._opened = float("-inf")


@dataclass(frozen=True, slots=True)
class Link:
    """A responder of the chain, what it is as a model `server`, if so, and its `breaker`."""

    responder: Responder
    server: OnServer | None
    breaker: Breaker

    @property
    def called(self) -> ServerName | None:
        """What people call the model server."""
        return self.server.called if self.server else None

    @property
    def ready(self) -> bool:
        """Whether the responder is not known to be down."""
        return self.responder.available and not self.breaker.is_open


class FallbackChain:
    """Asks `responders` in their order until one answers; the last of them should never fail."""

    name = "chain"
    available = True

    def __init__(
        self, responders: Iterable[Responder], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self.links: tuple[Link, ...] = ()
        self.replace(responders)

    def replace(self, responders: Iterable[Responder]) -> None:
        """Ask these from the next question on; a responder that stays keeps its breaker."""
        known = {id(link.responder): link for link in self.links}
        self.links = tuple(known.get(id(one)) or self._link(one) for one in responders)

    def _link(self, responder: Responder) -> Link:
        # To tell takes too long for each answer.
        server = responder if isinstance(responder, OnServer) else None
        return Link(responder, server, Breaker(self._clock))

    def respond(self, question: Question) -> Generator[Event, None, None]:
        """Stream the first answer that can be had, with a `FellBack` for each that could not."""
        for link in _in_order(self.links, question.thread):
            responder, shown, on_trial = link.responder, False, link.breaker.is_open
            if not responder.available or not link.breaker.admits():
                log.info("%s is known to be down: skipped", responder.name)
                yield known_down(link)
                continue
            log.info("asking %s", responder.name)
            try:
                with contextlib.closing(responder.respond(question)) as events:
                    for event in events:
                        shown = shown or isinstance(event, TextDelta)
                        if isinstance(event, Finished):
                            on_trial = False
                            link.breaker.succeeded()
                            yield replace(event, server=link.called)
                            return
                        yield event
                raise ResponderError("it ended without an answer")
            except StoppedError:
                raise
            except Exception as err:
                fell_back = _fell_back(link, err)
                if fell_back.cause.counts:
                    on_trial = False
                    link.breaker.failed(fell_back.cause)
            finally:
                # The one question that a half-open breaker let through may be stopped, too.
                if on_trial:
                    link.breaker.spared()
            if shown:
                yield TextReset()
            yield fell_back
        raise ResponderError("nobody could answer")


def _in_order(links: tuple[Link, ...], thread: ServerThread | None) -> Iterable[Link]:
    """`links`; of several servers of one kind, the one that keeps `thread` comes first."""
    if thread is None:
        return links
    kinds = [link.responder.name for link in links]

    def turn(link: Link) -> tuple[int, bool]:
        keeps = link.responder.base_url == thread.server
        return kinds.index(link.responder.name) if keeps else links.index(link), not keeps

    return sorted(links, key=turn)


def known_down(link: Link) -> FellBack:
    """That the responder of `link` was not even asked."""
    since = (link.server and link.server.down) or link.breaker.why
    name, cause = link.responder.name, Cause.KNOWN_DOWN
    return FellBack(name, "unavailable", cause, server=link.called, since=since)


def _fell_back(link: Link, err: Exception) -> FellBack:
    """Log why the responder of `link` failed; an unexpected reason with its traceback."""
    name, server = link.responder.name, link.called
    if not isinstance(err, ResponderError):
        log.error("%s failed unexpectedly: %s", name, err, exc_info=err)
        return FellBack(name, "it failed unexpectedly", Cause.BUG, server=server)
    log.warning("%s did not answer: %s", name, err)
    context = err.context if isinstance(err, TooLongError) else 0
    unloaded = err.model if isinstance(err, NotLoadedError) else None
    return FellBack(name, str(err), err.cause, context, server, unloaded=unloaded)
