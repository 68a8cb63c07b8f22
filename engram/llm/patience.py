"""Patience with a model server: one answer in several attempts, the timeout doubling each time."""

from __future__ import annotations

import contextlib
import itertools
import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass

import backoff

from engram.core.errors import TryAgainError
from engram.core.events import Event, Finished, Progress, Stage, TextDelta, TextReset
from engram.core.stop import Stop

log = logging.getLogger(__name__)

# An answer cut short is worth keeping from this many characters on.
WORTH_KEEPING = 200
# A server that asks for a longer wait than this (seconds) is given up at once: somebody is waiting.
LONGEST_PAUSE = 240.0

Attempt = Callable[[float], Generator[Event, None, None]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a model server.

    `timeout` is in seconds of silence and doubles with each of the `max_retries` attempts; between
    two attempts there are 1, 2, 4 ... seconds, or what the server asked for. With 60 and 3 that is
    60 + 1 + 120 + 2 + 240 = 423 s at most before the next responder is asked.
    """

    timeout: float = 60.0
    max_retries: int = 3

    @property
    def longest(self) -> float:
        """The seconds after which it is at an end, if the server asks for no longer waits."""
        doubled = 1 << self.max_retries
        return self.timeout * (doubled - 1) + doubled // 2 - 1

    def attempts(
        self, attempt: Attempt, cut_short: Callable[[str], Finished], stop: Stop
    ) -> Generator[Event, None, None]:
        """Yield the events of `attempt(timeout)`, called again after each `TryAgainError`.

        Once text was on screen, a broken stream gets one more attempt and no others. Raises the
        last error, unless so much text had come that `cut_short(text)` is the answer, or
        `StoppedError` when `stop` was requested.
        """
        timeouts, waits = backoff.expo(factor=self.timeout), backoff.expo()
        next(timeouts), next(waits)  # backoff's generators start with an empty value
        last, partial = self.max_retries, ""
        for number in itertools.count(1):
            shown: list[str] = []
            try:
                yield from _watched(attempt(next(timeouts)), shown)
                return
            except TryAgainError as err:
                log.warning("attempt %d of %d: %s", number, last, err)
                if shown:
                    last = number if partial else number + 1
                    partial = max(partial, "".join(shown), key=len)
                pause = next(waits) if err.retry_after is None else err.retry_after
                if number >= last or pause > LONGEST_PAUSE:
                    if len(partial) < WORTH_KEEPING:
                        raise
                    yield cut_short(partial)
                    return
            if shown:
                yield TextReset()
            yield Progress(Stage.RETRYING, attempt=number + 1, attempts=last)
            stop.wait(pause)


def _watched(
    events: Generator[Event, None, None], shown: list[str]
) -> Generator[Event, None, None]:
    """Pass `events` on and note the text among them in `shown`."""
    with contextlib.closing(events):
        for event in events:
            if isinstance(event, TextDelta):
                shown.append(event.text)
            yield event
