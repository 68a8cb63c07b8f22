"""The table `answers`: which responder answered, how fast, and whether it was the first choice."""

import time
from dataclasses import dataclass, field

from engram.core.listener import NOBODY, Answered, Listener
from engram.storage.store import Store

# Those after a time, except for what is damaged: a text is more than any number.
SOUND = (
    "at > ? AND at < 1e12 AND seconds BETWEEN 0 AND 1e9 "
    "AND fell_back IS NOT NULL AND failed IS NOT NULL AND typeof(source) = 'text'"
)


COLUMNS = (
    "at, source, kind, seconds, first_text, fell_back, failed, "
    "read, written, speed, first_token, load"
)


@dataclass(frozen=True, slots=True)
class Rates:
    """The answers of some time: rates are shares of `total`, times are in seconds."""

    total: int = 0
    by_source: dict[str, int] = field(default_factory=dict)
    fallback_rate: float = 0.0
    error_rate: float = 0.0
    p50: float = 0.0
    p95: float = 0.0


class Statistics:
    """One row in `store` for each answer that was given; `listener` is told the same."""

    def __init__(self, store: Store, listener: Listener = NOBODY) -> None:
        self._store = store
        self._listener = listener

    def note(self, answer: Answered) -> None:
        """Note an answer."""
        self._listener.answered(answer)
        how = (answer.seconds, answer.first_text, answer.fell_back, answer.failed)
        cost = answer.usage
        spent = (cost.read, cost.written, cost.speed, cost.first_token, cost.load)
        sql = f"INSERT INTO answers ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        self._store.write(sql, time.time(), answer.source, answer.kind.value, *how, *spent)

    def rates(self, since: float) -> Rates:
        """The rates of all answers after `since` (seconds since the epoch)."""
        sql = (
            "SELECT source, count(*), sum(fell_back <> 0), sum(failed <> 0) "
            f"FROM answers WHERE {SOUND} GROUP BY source"
        )
        rows = self._store.read(sql, since, kinds=(str, int, int, int))
        total = sum(count for _, count, _, _ in rows)
        if not total:
            return Rates()
        return Rates(
            total,
            {source: count for source, count, _, _ in rows},
            sum(fell_back for _, _, fell_back, _ in rows) / total,
            sum(failed for _, _, _, failed in rows) / total,
            self._seconds(since, total, 0.50),
            self._seconds(since, total, 0.95),
        )

    def _seconds(self, since: float, total: int, share: float) -> float:
        """The time within which `share` of the answers came (nearest rank)."""
        rank = max(0, -int(-share * total // 1) - 1)
        sql = f"SELECT seconds FROM answers WHERE {SOUND} ORDER BY seconds LIMIT 1 OFFSET ?"
        return self._store.value(sql, since, rank, default=0.0)
