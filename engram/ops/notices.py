"""What the owner is told about: once when it begins, once when it is over, never a flood; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# A condition that comes and goes is told at most once in so many seconds.
QUIET = 600.0
MINUTE = 60.0
# Fewer answers than these in an hour say nothing about a rate.
ENOUGH_ANSWERS = 10
TOO_MANY_FALLBACKS = 0.5
DISK_LEAST = 200_000_000


@dataclass(frozen=True, slots=True)
class Vital:
    """How it stands now; `fallback_rate` is a share of `answers` in the last hour."""

    server_down: bool = False
    answers: int = 0
    fallback_rate: float = 0.0
    disk_free: int = DISK_LEAST


class Watch:
    """One condition: `began` is told when it has held for `patience` seconds, then `ended`.

    The end has to last for `calm` seconds before it is believed.
    """

    def __init__(self, began: str, ended: str, patience: float, calm: float) -> None:
        self._texts = {True: began, False: ended}
        self._patience = {True: patience, False: calm}
        self._told = False
        self._last_began = float("-inf")
        self._changing_since: float | None = None

    def look(self, holds: bool, now: float) -> str | None:
        """What is to be told at the time `now` (seconds, monotonic), if anything."""
        if holds is self._told:
            self._changing_since = None
            return None
        if self._changing_since is None:
            self._changing_since = now
        if now - self._changing_since < self._patience[holds]:
            return None
        if holds and now - self._last_began < QUIET:
            return None
        self._told, self._changing_since = holds, None
        if holds:
            self._last_began = now
        return self._texts[holds]


class Notices:
    """All that is watched for the owner."""

    def __init__(self) -> None:
        self._down = Watch(
            "🔴 LM Studio has been away for more than a minute. Everybody gets rule-based answers "
            "until it is back; /status shows how it stands.",
            "🟢 LM Studio is back.",
            patience=MINUTE,
            calm=5.0,
        )
        self._fallbacks = Watch(
            "⚠️ More than half of the answers of the last hour were not the model's; the log says "
            "why.",
            "✅ Most answers are the model's again.",
            patience=0.0,
            calm=MINUTE,
        )
        self._disk = Watch(
            "⚠️ The disk is nearly full: less than 200 MB are left. Without room messages are "
            "answered, but not remembered.",
            "✅ There is room on the disk again.",
            patience=0.0,
            calm=MINUTE,
        )

    def look(self, condition: Vital, now: float) -> Iterator[str]:
        """What the owner is to be told at the time `now` (seconds, monotonic)."""
        falls_back = (
            condition.answers >= ENOUGH_ANSWERS and condition.fallback_rate > TOO_MANY_FALLBACKS
        )
        held = (
            (self._down, condition.server_down),
            (self._fallbacks, falls_back),
            (self._disk, condition.disk_free < DISK_LEAST),
        )
        for watch, holds in held:
            if text := watch.look(holds, now):
                yield text
