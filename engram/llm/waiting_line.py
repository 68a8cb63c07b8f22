"""The line before a model server, which works on a few questions at once and no more.

A server queues in silence what is too much for it, and that silence looks like a failure. A
question that waits here knows its place instead, and its time in line counts against no timeout.
First come, first served is fair, because a chat has one question in line at a time.
"""

import itertools
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Generator
from dataclasses import dataclass
from operator import attrgetter

from engram.core.errors import CrowdedError, UnavailableError
from engram.core.events import Event, Progress, Stage
from engram.core.stop import Stop
from engram.core.waits import Wakeup, wait

# Seconds between two looks at the place in line, or for each place: far back nobody counts along.
LOOK, LOOK_PER_PLACE = 0.5, 0.02
_NUMBER = attrgetter("number")


@dataclass(eq=False, slots=True)
class Ticket:
    """A question in line or at the server, and how to wake what waits with it."""

    number: int
    wake: Callable[[], None]
    refusal: str = ""


class WaitingLine:
    """Lets at most `parallel` questions through at once, in the order in which they came.

    Nothing waits in here. A ticket is woken once, from any thread, when its turn has come or it was
    turned away; in between its holder may look at its `place` as often as it likes.
    """

    def __init__(self, parallel: int) -> None:
        self._parallel = parallel
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._served: set[Ticket] = set()
        # In the order of their numbers. Somebody waits only while the server has no place left.
        self._waiting: list[Ticket] = []

    @property
    def waiting(self) -> int:
        """How many questions are in line."""
        return len(self._waiting)

    @property
    def served(self) -> int:
        """How many questions are at the server."""
        return len(self._served)

    def join(self, wake: Callable[[], None]) -> Ticket:
        """Go to the server, or to the end of the line; `leave` has to follow."""
        with self._lock:
            ticket = Ticket(next(self._numbers), wake)
            if len(self._served) < self._parallel:
                self._served.add(ticket)
            else:
                self._waiting.append(ticket)
        return ticket

    def place(self, ticket: Ticket) -> int:
        """The place in line, 1 for the next; 0 at the server.

        Raises `UnavailableError` after `turn_away`.
        """
        with self._lock:
            if ticket.refusal:
                raise UnavailableError(ticket.refusal)
            return 0 if ticket in self._served else self._index(ticket) + 1

    def wait(
        self, ticket: Ticket, woken: Wakeup, stop: Stop, until: float
    ) -> Generator[Event, None, None]:
        """Yield the place in line as it changes, and `Stage.ASKING` when the turn has come.

        `woken` is what wakes the ticket. Raises `UnavailableError` after `turn_away`,
        `CrowdedError` at the time `until`, and `StoppedError` as soon as `stop` is requested.
        """
        told = 0
        with stop.calls(woken.set):
            while place := self.place(ticket):
                stop.check()
                left = until - time.monotonic()
                if left <= 0:
                    raise CrowdedError(f"too many ask it at once; {place - 1} were still ahead")
                if place != told:
                    told = place
                    yield Progress(Stage.WAITING, place=place)
                look = min(left, max(LOOK, place * LOOK_PER_PLACE))
                yield from wait(woken, time.monotonic() + look)
        if told:
            yield Progress(Stage.ASKING)

    def leave(self, ticket: Ticket) -> None:
        """Give up the place, in line or at the server; leaving twice does no harm."""
        with self._lock:
            if ticket in self._served:
                self._served.remove(ticket)
                woken, self._waiting = self._waiting[:1], self._waiting[1:]
                self._served.update(woken)
            else:
                woken, index = [], self._index(ticket)
                if self._waiting[index : index + 1] == [ticket]:
                    del self._waiting[index]
        for next_one in woken:
            next_one.wake()

    def turn_away(self, why: str) -> None:
        """Have all that are in line leave it with `UnavailableError(why)`."""
        with self._lock:
            refused, self._waiting = self._waiting, []
            for ticket in refused:
                ticket.refusal = why
        for ticket in refused:
            ticket.wake()

    def _index(self, ticket: Ticket) -> int:
        return bisect_left(self._waiting, ticket.number, key=_NUMBER)
