"""The latest prices that the looks have seen, and how long a round of looks takes."""

from __future__ import annotations

import threading
from dataclasses import dataclass

# How often a price is looked at (s), and the pause after a look that failed: a round that takes
# longer is late.
ROUND = 60.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A price that was seen at the time `at` (seconds since the epoch)."""

    price: float
    at: float


class Latest:
    """Remembers the latest price of each market on each exchange, for several threads.

    `round_took` is how long (s) the latest round of looks took.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], Seen] = {}
        self.round_took = 0.0

    @property
    def is_late(self) -> bool:
        """Whether looks are further apart than they should be."""
        return self.round_took > ROUND

    def note(self, exchange: str, symbol: str, price: float, at: float) -> None:
        """Remember the price that was seen at the time `at`."""
        with self._lock:
            self._seen[exchange, symbol] = Seen(price, at)

    def of(self, exchange: str, symbol: str) -> Seen | None:
        """The latest price of a market; None if none was seen yet."""
        with self._lock:
            return self._seen.get((exchange, symbol))
