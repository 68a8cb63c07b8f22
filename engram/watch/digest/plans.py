"""Which digest each conversation wants, and when the next one is due."""

from __future__ import annotations

from dataclasses import dataclass

from engram.core.clock import Clock
from engram.storage.watch.digest_table import ON, DigestPlan, DigestTable
from engram.watch.digest.schedule import upcoming


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan as it is `now`; the next digest will be due at the time `next`, if one is known.

    Times are in seconds since the epoch.
    """

    plan: DigestPlan
    now: float
    next: float | None

    @property
    def is_on(self) -> bool:
        """Whether digests are wanted, and made."""
        return bool(self.plan.minute) and self.plan.state == ON


class DigestPlans:
    """The plans in `table`, by `clock`. What changes one raises `StoreError`."""

    def __init__(self, table: DigestTable, clock: Clock) -> None:
        self._table, self._clock = table, clock

    @property
    def is_lasting(self) -> bool:
        """Whether a plan outlives the process."""
        return self._table.is_lasting

    def of(self, chat: str) -> Planned:
        """What the conversation wants."""
        plan, now = self._table.plan(chat), self._clock.now()
        return Planned(plan, now, upcoming(plan, now) if plan.minute else None)

    def want(self, chat: str, minute: str) -> None:
        """Have a digest at `minute`, or none.

        What is set already stays as it was asked for: a digest that is late may still come.
        """
        planned = self.of(chat)
        if minute != planned.plan.minute or not planned.is_on:
            self._table.put_minute(chat, minute, planned.now)

    def live_in(self, chat: str, zone: str) -> None:
        """Have the time zone `zone` in the conversation."""
        planned = self.of(chat)
        if zone != planned.plan.zone:
            self._table.put_zone(chat, zone, planned.now)
