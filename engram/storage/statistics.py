"""The table `answers`: who answered, how fast, at which cost, and whether as the first choice."""

import time
from collections.abc import Iterable
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
    "read, written, speed, first_token, load, context"
)
# So many of the latest answers tell how full contexts are.
LATEST = 20
# More answers than these change no median of a day.
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Rates:
    """The answers of some time: rates are shares of `total`, times are in seconds."""

    total: int = 0
    by_source: dict[str, int] = field(default_factory=dict)
    fallback_rate: float = 0.0
    error_rate: float = 0.0
    p50: float = 0.0
    p95: float = 0.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How the models wrote the answers of some time, as far as is known: else 0.

    `speed`, in tokens a second, and `first_token`, in seconds, are those of half of the answers.
    The fullest context of the latest answers had `taken` tokens in it and holds `context`.
    """

    speed: float = 0.0
    first_token: float = 0.0
    taken: int = 0
    context: int = 0


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
        times = (cost.speed, cost.first_token, cost.load)
        spent = (cost.read, cost.written, *times, cost.context)
        marks = ", ".join("?" * (COLUMNS.count(",") + 1))
        sql = f"INSERT INTO answers ({COLUMNS}) VALUES ({marks})"
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

    def pace(self, since: float) -> Pace:
        """How the models wrote all answers after `since` (seconds since the epoch)."""
        sql = (
            f"SELECT read + written, context, speed, first_token FROM answers WHERE {SOUND} "
            "AND read + written BETWEEN 0 AND 1e9 AND context BETWEEN 0 AND 1e9 "
            f"AND read + written + speed + first_token > 0 ORDER BY at DESC LIMIT {MOST}"
        )
        number = int | float
        rows = self._store.read(sql, since, kinds=(int, int, number, number))
        contexts = ((taken, context) for taken, context, _, _ in rows[:LATEST])
        taken, context = max(contexts, key=_fullness, default=(0, 0))
        return Pace(_half(row[2] for row in rows), _half(row[3] for row in rows), taken, context)

    def _seconds(self, since: float, total: int, share: float) -> float:
        """The time within which `share` of the answers came (nearest rank)."""
        rank = max(0, -int(-share * total // 1) - 1)
        sql = f"SELECT seconds FROM answers WHERE {SOUND} ORDER BY seconds LIMIT 1 OFFSET ?"
        return self._store.value(sql, since, rank, default=0.0)


def _half(figures: Iterable[float]) -> float:
    """The median (nearest rank) of the `figures` that are known."""
    known = sorted(one for one in figures if 0 < one < 1e9)
    return known[(len(known) - 1) // 2] if known else 0.0


def _fullness(row: tuple[int, int]) -> tuple[float, int]:
    """How full a context is; of those whose length nobody knows, the most tokens."""
    taken, context = row
    return taken / context if context > 0 else 0.0, taken
