"""Waiting in line for a model server, which works on a few questions at once and no more.

A server queues what is too much for it in silence, and the silence looks like a failure. Whoever
waits here instead is told the place in line, and the time in line counts against no timeout.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from bisect import bisect_left, insort
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from engram.core.errors import GiveUpError, UnavailableError
from engram.core.events import Event, Finished, Progress, Stage
from engram.core.stop import Stop

# Seconds for which a place that was told stands, unless it is the person's turn: nobody reads
# faster, and telling fifty people about each answer costs more than the answers do.
CALM = 0.25


@dataclass(order=True, slots=True)
class _Ticket:
    """A question in line or at the server; tickets are sorted by whose turn it is.

    `called` wakes whoever waits with it, for changes of place not before `calm_until`.
    """

    round: int
    number: int
    chat: str = field(compare=False)
    called: threading.Condition = field(compare=False)
    calm_until: float = field(default=0.0, compare=False)
    refusal: str = field(default="", compare=False)


class WaitingLine:
    """Lets at most `parallel` questions through at once, one from each chat in turn.

    A chat's second question is in the second round, behind the first ones of all others, however
    early it came (start-time fair queueing).
    """

    def __init__(self, parallel: int) -> None:
        self._parallel = parallel
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._round = 0
        self._served: list[_Ticket] = []
        self._waiting: list[_Ticket] = []

    @property
    def waiting(self) -> int:
        """How many questions stand in line."""
        with self._lock:
            return len(self._waiting)

    def through(
        self, chat: str, stop: Stop, until: float, ask: Callable[[], Generator[Event, None, None]]
    ) -> Generator[Event, None, None]:
        """Yield the place in line as it changes, then the events of `ask()`.

        `until` is when waiting has no more sense, on the clock of `time.monotonic`: then
        `GiveUpError` is raised. Raises `UnavailableError` after `turn_away`, and `StoppedError` as
        soon as `stop` is requested. The place is free again with the answer's last event, or when
        the generator is closed.
        """
        ticket = self._join(chat)
        try:
            with stop.calls(lambda: self._call(ticket)):
                place = 0
                while place := self._wait(ticket, place, stop, until):
                    yield Progress(Stage.WAITING, place=place)
            with contextlib.closing(ask()) as events:
                for event in events:
                    if isinstance(event, Finished):
                        # The server has done its part, however long the reader takes for his.
                        self._leave(ticket)
                    yield event
        finally:
            self._leave(ticket)

    def turn_away(self, why: str) -> None:
        """Have all who stand in line leave it with `UnavailableError(why)`."""
        with self._lock:
            for ticket in self._waiting:
                ticket.refusal = why
                ticket.called.notify()

    def _join(self, chat: str) -> _Ticket:
        with self._lock:
            others = (*self._served, *self._waiting)
            rounds = [other.round + 1 for other in others if other.chat == chat]
            called = threading.Condition(self._lock)
            ticket = _Ticket(max([self._round, *rounds]), next(self._numbers), chat, called)
            insort(self._waiting, ticket)
            self._advance()
            return ticket

    def _leave(self, ticket: _Ticket) -> None:
        with self._lock:
            for place in (self._waiting, self._served):
                if ticket in place:
                    place.remove(ticket)
                    self._advance()

    def _advance(self) -> None:
        """Let through whoever can be; all who still wait may have another place now."""
        while self._waiting and len(self._served) < self._parallel:
            ticket = self._waiting.pop(0)
            self._round = ticket.round
            self._served.append(ticket)
            ticket.called.notify()
        now = time.monotonic()
        for ticket in self._waiting:
            if now >= ticket.calm_until:
                ticket.called.notify()

    def _wait(self, ticket: _Ticket, known: int, stop: Stop, until: float) -> int:
        """Wait for another place than the `known` one and return it; 0 is at the server."""
        with self._lock:
            while ticket not in self._served:
                stop.check()
                if ticket.refusal:
                    raise UnavailableError(ticket.refusal)
                place, now = bisect_left(self._waiting, ticket) + 1, time.monotonic()
                if now >= until:
                    raise GiveUpError(f"too many ask it at once; {place - 1} still stood in front")
                if place != known and now >= ticket.calm_until:
                    ticket.calm_until = now + CALM
                    return place
                wake = ticket.calm_until if now < ticket.calm_until else until
                ticket.called.wait(min(wake, until) - now)
            return 0

    def _call(self, ticket: _Ticket) -> None:
        with self._lock:
            ticket.called.notify()
