"""Stop signals: how one thread ends an answer that another thread is making."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from engram.core.errors import StoppedError
from engram.core.waits import Steps, Wakeup, wait


class Stop:
    """The stop signal of one answer: no other thread can close a generator that is running."""

    def __init__(self) -> None:
        self._is_requested = False
        self._lock = threading.Lock()
        self._actions: list[Callable[[], None]] = []

    def request(self) -> None:
        """End the answer, whatever it is waiting for."""
        with self._lock:
            self._is_requested = True
            actions = tuple(self._actions)
        for action in actions:
            action()

    @property
    def is_requested(self) -> bool:
        """Whether the answer should end."""
        return self._is_requested

    def check(self) -> None:
        """Raise `StoppedError` if the answer should end."""
        if self.is_requested:
            raise StoppedError("stopped")

    def wait(self, seconds: float) -> Steps[None]:
        """Wait; raise `StoppedError` as soon as the answer should end."""
        woken = Wakeup()
        with self.calls(woken.set):
            yield from wait(woken, time.monotonic() + seconds)
        self.check()

    @contextlib.contextmanager
    def calls(self, action: Callable[[], None]) -> Iterator[None]:
        """Have `request` call `action`, such as closing a connection, during the block."""
        with self._lock:
            self.check()
            self._actions.append(action)
        try:
            yield
        finally:
            with self._lock:
                self._actions.remove(action)


class Stops:
    """The stop signals of all answers in progress, by chat and by the person who asked.

    `now` tells what the key of a chat is by now: a group may get another id.
    """

    def __init__(self, now: Callable[[str], str] = str) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._asked: dict[Stop, tuple[str, int]] = {}

    @contextlib.contextmanager
    def of(self, chat: str, person: int, signal: Stop) -> Iterator[None]:
        """Know `signal` of another answer in `chat`, which is in progress during the block."""
        with self._lock:
            self._asked[signal] = chat, person
        try:
            yield
        finally:
            with self._lock:
                del self._asked[signal]

    def move(self, chat: str, to: str) -> None:
        """Have the answers in progress in `chat` be in progress in `to` instead."""
        with self._lock:
            for signal, (at, person) in self._asked.items():
                self._asked[signal] = (to if at == chat else at), person

    def request(self, chat: str, person: int | None = None) -> bool:
        """End the answers in progress in `chat`, or those that `person` asked for.

        Returns whether there were any.
        """
        signals = self._of(chat, person)
        for signal in signals:
            signal.request()
        return bool(signals)

    def any_left(self, chat: str) -> bool:
        """Whether an answer is in progress in `chat` whose end was not requested."""
        return not all(signal.is_requested for signal in self._of(chat, None))

    def _of(self, chat: str, person: int | None) -> list[Stop]:
        now = self._now
        with self._lock:
            asked = list(self._asked.items())
        return [
            signal for signal, (at, who) in asked if now(at) == now(chat) and person in (None, who)
        ]
