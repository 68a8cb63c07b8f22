"""Limits how many calls to an exchange are in progress, without those that hang."""

import threading
import time

# A call that takes longer than this (s) may hang: others need not wait for it.
HANGS = 0.5


class Slots:
    """Slots for `most` calls, and for each call that hangs one more, up to `spare`.

    For several threads. The next call would otherwise wait for calls of other markets, which an
    exchange may never answer.
    """

    def __init__(self, most: int, spare: int = 0) -> None:
        self._most = most
        self._spare = spare
        self._changed = threading.Condition()
        self._number = 0
        # Since when (s, monotonic) each slot has been taken.
        self._since: dict[int, float] = {}

    def take(self, until: float) -> int:
        """Wait for a slot, until the time `until` (s, monotonic); 0 if none became free."""
        with self._changed:
            while not self._is_free():
                left = until - time.monotonic()
                if left <= 0:
                    return 0
                self._changed.wait(min(left, self._until_one_hangs()))
            self._number += 1
            self._since[self._number] = time.monotonic()
            return self._number

    def give_back(self, slot: int) -> None:
        """Let the next call have `slot`."""
        with self._changed:
            del self._since[slot]
            self._changed.notify()

    def _is_free(self) -> bool:
        now = time.monotonic()
        hang = sum(now - since >= HANGS for since in self._since.values())
        return len(self._since) < self._most + min(hang, self._spare)

    def _until_one_hangs(self) -> float:
        """The seconds until the next call has been in progress for so long that it may hang."""
        now = time.monotonic()
        left = (since + HANGS - now for since in self._since.values())
        return min((one for one in left if one > 0), default=HANGS)
