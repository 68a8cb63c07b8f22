"""How fast something may be sent; pure. All times are seconds of the same monotonic clock."""

from collections import deque


class Bucket:
    """A token bucket: `burst` at once, and one more every `interval` seconds.

    It keeps a single number, the time at which it is full again: the "theoretical arrival time" of
    the generic cell rate algorithm (ITU-T I.371). So sending can be booked ahead.
    """

    def __init__(self, burst: int, interval: float) -> None:
        self._burst = burst
        self._interval = interval
        self._full_at = 0.0

    def free_at(self, reserve: int = 0) -> float:
        """The time from which one can be taken that leaves `reserve`."""
        return self._full_at - (self._burst - 1 - reserve) * self._interval

    def take(self, at: float) -> None:
        """Take one at the time `at`."""
        self._full_at = max(self._full_at, at) + self._interval

    def drain(self, at: float) -> None:
        """Take everything that is left at the time `at`."""
        self._full_at = max(self._full_at, at + self._burst * self._interval)


class Window:
    """At most `count` within any `seconds`."""

    def __init__(self, count: int, seconds: float) -> None:
        self._seconds = seconds
        self._taken = deque([float("-inf")] * count, maxlen=count)

    def free_at(self, reserve: int = 0) -> float:
        """The time from which one can be taken that leaves `reserve`."""
        return self._taken[min(reserve, len(self._taken) - 1)] + self._seconds

    def take(self, at: float) -> None:
        """Take one at the time `at`."""
        self._taken.append(at)
