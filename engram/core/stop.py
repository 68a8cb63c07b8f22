"""The wish to end an answer, from another thread than the one that makes it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from engram.core.errors import StoppedError


class Stop:
    """One answer's stop signal; a generator that is running cannot be closed from elsewhere."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._actions: list[Callable[[], None]] = []

    def request(self) -> None:
        """End the answer: whatever it waits for is given up at once."""
        with self._lock:
            self._event.set()
            actions = tuple(self._actions)
        for action in actions:
            action()

    def check(self) -> None:
        """Raise `StoppedError` if the answer is to end."""
        if self._event.is_set():
            raise StoppedError("stopped")

    def wait(self, seconds: float) -> None:
        """Wait; raise `StoppedError` as soon as the answer is to end."""
        self._event.wait(seconds)
        self.check()

    @contextlib.contextmanager
    def calls(self, action: Callable[[], None]) -> Iterator[None]:
        """Have `request` call `action`, for example to close a connection, during the block."""
        with self._lock:
            self.check()
            self._actions.append(action)
        try:
            yield
        finally:
            with self._lock:
                self._actions.remove(action)


class Stops:
    """The stop signals of all answers under way, by their chats."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, set[Stop]] = {}

    @contextlib.contextmanager
    def of(self, chat: str) -> Iterator[Stop]:
        """The signal of one more answer in `chat`, which is under way during the block."""
        signal = Stop()
        with self._lock:
            self._under_way.setdefault(chat, set()).add(signal)
        try:
            yield signal
        finally:
            with self._lock:
                self._under_way[chat].discard(signal)
                if not self._under_way[chat]:
                    del self._under_way[chat]

    def request(self, chat: str) -> bool:
        """End the answers under way in `chat`; whether there were any."""
        with self._lock:
            under_way = tuple(self._under_way.get(chat, ()))
        for one in under_way:
            one.request()
        return bool(under_way)
