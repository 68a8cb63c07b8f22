"""What the assistant remembers: conversations, and the analyses of this hour."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from engram.events import Finished, Thread

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

CONVERSATIONS = 10_000
ANALYSES = 200


class Recent(Generic[K, V]):
    """The values of the last `size` keys that were used; for several threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """The value of `key`."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        """Keep `value`, and drop the one that was not used for longest."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            if len(self._values) > self._size:
                self._values.popitem(last=False)

    def drop(self, key: K) -> None:
        """Forget `key`."""
        with self._lock:
            self._values.pop(key, None)


class Memory:
    """The model server's thread of each chat, and the model's analyses with their age."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._threads: Recent[str, Thread] = Recent(CONVERSATIONS)
        self._analyses: Recent[Hashable, tuple[Finished, float]] = Recent(ANALYSES)

    def thread(self, chat: str) -> Thread | None:
        """The model server's memory of the conversation, None for a new one."""
        return self._threads.get(chat)

    def remember(self, chat: str, answer: Finished) -> None:
        """Go on from `answer` with the next question."""
        if answer.thread:
            self._threads.put(chat, answer.thread)

    def forget(self, chat: str) -> None:
        """Begin a new conversation."""
        self._threads.drop(chat)

    def keep_analysis(self, key: Hashable, answer: Finished) -> None:
        """Keep a model's analysis of what `key` names."""
        self._analyses.put(key, (answer, self._clock()))

    def analysis(self, key: Hashable) -> tuple[Finished, float] | None:
        """The analysis of what `key` names, and its age in seconds."""
        kept = self._analyses.get(key)
        return (kept[0], self._clock() - kept[1]) if kept else None
