"""Lets what is answered beside a conversation's questions wait until these are read."""

import contextlib
import math
import threading
from collections.abc import Generator, Hashable
from dataclasses import dataclass, field

from engram.core.events import Event, Progress, Stage
from engram.core.waits import Wakeup, wait


@dataclass(slots=True)
class _Unread:
    """A message in `conversation`: what it waits for, and what waits until it is read."""

    conversation: str
    waits_for: list[Wakeup] = field(default_factory=list)
    wakes: list[Wakeup] = field(default_factory=list)


class ReadingOrder:
    """Knows which messages have not been read; for several threads.

    A message has been read once the first event of its answer has come: from then on it is known
    which market it is about. Messages are whatever can be told apart.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._unread: dict[Hashable, _Unread] = {}

    def come(self, message: Hashable, conversation: str, *, goes_on: bool = False) -> None:
        """Know of `message`; if it `goes_on`, it means what is said in all that came before it."""
        new = _Unread(conversation)
        with self._lock:
            for other in self._unread.values():
                if goes_on and other.conversation == conversation:
                    # One for each pair: a wakeup wakes only one who waits.
                    woken = Wakeup()
                    other.wakes.append(woken)
                    new.waits_for.append(woken)
            self._unread[message] = new

    def read(
        self, message: Hashable, events: Generator[Event, None, None]
    ) -> Generator[Event, None, None]:
        """The `events` of the answer to `message`, once all that it goes on from is read."""
        own = self._unread.get(message)
        with contextlib.closing(events):
            while ahead := [one for one in own.waits_for if not one.is_set()] if own else []:
                yield Progress(Stage.BEHIND, place=len(ahead))
                yield from wait(ahead[0], math.inf)
            for event in events:
                self.end(message)
                yield event

    def end(self, message: Hashable) -> None:
        """Forget `message`: it is read, or not wanted any more."""
        with self._lock:
            ended = self._unread.pop(message, None)
        for woken in ended.wakes if ended else ():
            woken.set()
