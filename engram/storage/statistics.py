"""How it went: who answered, how fast, and how often that was not the first choice."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from engram.storage.store import Store


@dataclass(frozen=True, slots=True)
class Rates:
    """The answers of a stretch of time; rates are shares of `total`, times in seconds."""

    total: int = 0
    by_source: dict[str, int] = field(default_factory=dict)
    fallback_rate: float = 0.0
    error_rate: float = 0.0
    p50: float = 0.0
    p95: float = 0.0


class Statistics:
    """A line for each answer that was given, kept in `store`; `on_note` is told the same."""

    def __init__(self, store: Store) -> None:
        self.on_note: Callable[[str, float, float | None, bool, bool], None] = lambda *_: None
        self._store = store

    def note(
        self,
        source: str,
        kind: str,
        seconds: float,
        first_text: float | None,
        fell_back: bool,
        failed: bool,
    ) -> None:
        """Note an answer by `source` after `seconds`, its first text after `first_text`.

        `fell_back` tells that somebody else should have answered, `failed` that only the last
        resort did.
        """
        self.on_note(source, seconds, first_text, fell_back, failed)
        self._store.write(
            "INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(time.time(), source, kind, seconds, first_text, fell_back, failed),
        )

    def rates(self, since: float) -> Rates:
        """The rates of all answers after `since`, in seconds since the epoch."""
        sql = (
            "SELECT source, count(*), sum(fell_back), sum(failed) FROM answers "
            "WHERE at > ? GROUP BY source"
        )
        rows = self._store.read(sql, since)
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
        sql = "SELECT seconds FROM answers WHERE at > ? ORDER BY seconds LIMIT 1 OFFSET ?"
        rows = self._store.read(sql, since, rank)
        return float(rows[0][0]) if rows else 0.0
