"""`FallbackChain`: the first responder that answers, and a breaker for each of them."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Generator, Iterable
from typing import TypeAlias

from engram.core.errors import ResponderError, StoppedError, TryAgainError, UnavailableError
from engram.core.events import (
    Event,
    FellBack,
    Finished,
    Question,
    Responder,
    ServerThread,
    TextDelta,
    TextReset,
)

log = logging.getLogger(__name__)

FAILURES = 3
COOLDOWN = 60.0


class Breaker:
    """Keeps questions away from a responder that keeps failing.

    It opens after 3 failures in a row. After `COOLDOWN` seconds it is half-open: one question is
    let through, whose success closes it and whose failure opens it again.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._opened = 0.0

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
        """Note an answer."""
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        """Note a failure."""
        with self._lock:
            self._failures += 1
            self._opened = self._clock()


Links: TypeAlias = tuple[tuple[Responder, Breaker], ...]


class FallbackChain:
    """Asks `responders` in their order until one answers; the last of them should never fail."""

    name = "chain"
    available = True

    def __init__(
        self, responders: Iterable[Responder], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self.links: Links = ()
        self.replace(responders)

    def replace(self, responders: Iterable[Responder]) -> None:
        """Ask these from the next question on; who stays keeps its breaker."""
        known = {id(responder): breaker for responder, breaker in self.links}
        self.links = tuple((one, known.get(id(one)) or Breaker(self._clock)) for one in responders)

    @property
    def names(self) -> tuple[str, ...]:
        """Those that are asked, in their order."""
        return tuple(responder.name for responder, _ in self.links)

    @property
    def ready(self) -> tuple[str, ...]:
        """Those of them that are not known to be down now."""
        return tuple(
            one.name for one, breaker in self.links if one.available and not breaker.is_open
        )

    def respond(self, question: Question) -> Generator[Event, None, None]:
        """Stream the first answer that can be had, with a `FellBack` for each that could not."""
        for responder, breaker in _in_turn(self.links, question.thread):
            if not responder.available or not breaker.admits():
                log.info("%s is known to be down: skipped", responder.name)
                yield FellBack(responder.name, "unavailable", "known down")
                continue
            log.info("asking %s", responder.name)
            shown = False
            try:
                with contextlib.closing(responder.respond(question)) as events:
                    for event in events:
                        shown = shown or isinstance(event, TextDelta)
                        if isinstance(event, Finished):
                            breaker.succeeded()
                            yield event
                            return
                        yield event
                raise ResponderError("it ended without an answer")
            except StoppedError:
                raise
            except UnavailableError as err:
                # It is skipped until a probe finds it; the breaker would only delay its return.
                reason, cause = _reason(responder, err), "unreachable"
            except Exception as err:
                breaker.failed()
                reason, cause = _reason(responder, err), _cause(err)
            if shown:
                yield TextReset()
            yield FellBack(responder.name, reason, cause)
        raise ResponderError("nobody could answer")


def _in_turn(links: Links, thread: ServerThread | None) -> Links:
    """`links`, of several servers of one kind first the one that keeps the conversation."""
    keeps = next((one for one in links if thread and _address(one[0]) == thread.server), None)
    if keeps is None:
        return links
    first = next(n for n, (responder, _) in enumerate(links) if responder.name == keeps[0].name)
    others = [one for one in links if one is not keeps]
    return (*others[:first], keeps, *others[first:])


def _address(responder: Responder) -> str | None:
    return getattr(responder, "base_url", None)


def _cause(err: Exception) -> str:
    """What `err` is called in figures."""
    if isinstance(err, TryAgainError):
        return "no answer"
    return "refused" if isinstance(err, ResponderError) else "bug"


def _reason(responder: Responder, err: Exception) -> str:
    """Log why `responder` failed; what is not foreseen goes there with its traceback."""
    if isinstance(err, ResponderError):
        log.warning("%s did not answer: %s", responder.name, err)
        return str(err)
    log.error("%s failed unexpectedly: %s", responder.name, err, exc_info=err)
    return "it failed unexpectedly"
