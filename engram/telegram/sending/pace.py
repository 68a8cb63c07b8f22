"""How fast something may be sent; pure. All times are seconds of the same monotonic clock."""

from bisect import bisect_left, insort


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

    def leave_one(self, at: float) -> None:
        """Take all but one at the time `at`."""
        self._full_at = max(self._full_at, at + (self._burst - 1) * self._interval)


class Window:
    """At most `count` within any `seconds`."""

    def __init__(self, count: int, seconds: float) -> None:
        self._seconds = seconds
        # In their order, the oldest first.
        self._taken = [float("-inf")] * count

    def resize(self, count: int) -> None:
        """Have it be at most `count` from now on."""
        self._taken = [*[float("-inf")] * count, *self._taken][-count:]

    def free_at(self, reserve: int = 0) -> float:
        """The time from which one can be taken that leaves `reserve`."""
        return self._taken[min(reserve, len(self._taken) - 1)] + self._seconds

    def take(self, at: float) -> None:
        """Take one at the time `at`, which is the latest."""
        self.move(self._taken[0], at)

    def move(self, at: float, to: float) -> None:
        """Count one that was taken at the time `at` as taken at the time `to`."""
        place = bisect_left(self._taken, at)
        if self._taken[place : place + 1] == [at]:
            del self._taken[place]
            insort(self._taken, to)
