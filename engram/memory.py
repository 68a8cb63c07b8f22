"""What is kept while the process lives: the values used last, and the latest analyses."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from engram.events import Finished

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

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


class Analyses:
    """The model's latest analyses, with their age."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: Recent[Hashable, tuple[Finished, float]] = Recent(ANALYSES)

    def keep(self, key: Hashable, answer: Finished) -> None:
        """Keep a model's analysis of what `key` names."""
        self._kept.put(key, (answer, self._clock()))

    def get(self, key: Hashable) -> tuple[Finished, float] | None:
        """The analysis of what `key` names, and its age in seconds."""
        kept = self._kept.get(key)
        return (kept[0], self._clock() - kept[1]) if kept else None
