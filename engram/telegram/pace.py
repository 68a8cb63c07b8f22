"""How fast something may be sent; pure. Times are in seconds of one monotonic clock."""

from __future__ import annotations

from collections import deque


class Bucket:
    """A token bucket: `burst` at once, and one more every `interval` seconds.

    Kept as the one moment at which it is full again, the "theoretical arrival time" of the generic
    cell rate algorithm (ITU-T I.371), so that sending can be booked ahead.
    """

    def __init__(self, burst: int, interval: float) -> None:
        self._burst = burst
        self._interval = interval
        self._full_at = 0.0

    def free_at(self, spare: int = 0) -> float:
        """When one can be taken with `spare` left."""
        return self._full_at - (self._burst - 1 - spare) * self._interval

    def take(self, at: float) -> None:
        """Take one at the time `at`."""
        self._full_at = max(self._full_at, at) + self._interval

    def drain(self, at: float) -> None:
        """Take all that there is at the time `at`."""
        self._full_at = max(self._full_at, at + self._burst * self._interval)


class Window:
    """At most `count` within any `seconds`."""

    def __init__(self, count: int, seconds: float) -> None:
        self._seconds = seconds
        self._taken = deque([float("-inf")] * count, maxlen=count)

    def free_at(self, spare: int = 0) -> float:
        """When one can be taken with `spare` left."""
        return self._taken[min(spare, len(self._taken) - 1)] + self._seconds

    def take(self, at: float) -> None:
        """Take one at the time `at`."""
        self._taken.append(at)
