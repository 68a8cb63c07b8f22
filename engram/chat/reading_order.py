"""Lets what is answered beside a conversation's questions wait until these are read."""

import contextlib
import math
import threading
from collections.abc import Generator, Hashable
from dataclasses import dataclass, field

from engram.core.events import Event, Progress, Stage
from engram.core.waits import Wakeup, wait


@dataclass(slots=True)
class _Message:
    """A message that came in `conversation`, and those before it that it goes on from."""

    conversation: str
    ahead: set[Hashable] = field(default_factory=set)
    is_read: bool = False


class ReadingOrder:
    """Knows which messages have been read; for several threads.

    A message has been read once the first event of its answer has come: from then on it is known
    which market it is about. Messages are whatever can be told apart.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._messages: dict[Hashable, _Message] = {}
        self._waiting: list[Wakeup] = []

    def come(self, message: Hashable, conversation: str, *, goes_on: bool = False) -> None:
        """Know of `message`; if it `goes_on`, it means what is said in all that came before it."""
        with self._lock:
            new = self._messages[message] = _Message(conversation)
            if goes_on:
                new.ahead = {
                    key
                    for key, other in self._messages.items()
                    if other is not new and not other.is_read and other.conversation == conversation
                }

    def read(
        self, message: Hashable, events: Generator[Event, None, None]
    ) -> Generator[Event, None, None]:
        """The `events` of the answer to `message`, once all that it goes on from is read."""
        with contextlib.closing(events):
            yield from self._wait(message)
            is_first = True
            for event in events:
                if is_first:
                    is_first = False
                    self._note(message)
                yield event

    def end(self, message: Hashable) -> None:
        """Forget `message`, whose answer is complete or not wanted any more."""
        with self._lock:
            self._messages.pop(message, None)
            self._wake()

    def _wait(self, message: Hashable) -> Generator[Event, None, None]:
        told = 0
        while True:
            with self._lock:
                own = self._messages.get(message)
                ahead = sum(map(self._is_unread, own.ahead)) if own else 0
                if not ahead:
                    return
                woken = Wakeup()
                self._waiting.append(woken)
            if ahead != told:
                told = ahead
                yield Progress(Stage.BEHIND, place=ahead)
            yield from wait(woken, math.inf)

    def _note(self, message: Hashable) -> None:
        with self._lock:
            if own := self._messages.get(message):
                own.is_read = True
                self._wake()

    def _is_unread(self, message: Hashable) -> bool:
        known = self._messages.get(message)
        return known is not None and not known.is_read

    def _wake(self) -> None:
        """Have all that wait look again."""
        waiting, self._waiting = self._waiting, []
        for woken in waiting:
            woken.set()
