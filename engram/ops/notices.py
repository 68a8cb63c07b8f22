"""Watches for what the owner should know: told once when it begins, once when it is over; pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from engram.core.model import PROVIDERS
from engram.ops import texts

# A condition that comes and goes is told at most once in this many seconds.
QUIET = 600.0
MINUTE = 60.0
# Fewer answers than these in an hour say nothing about a rate.
ENOUGH_ANSWERS = 10
TOO_MANY_FALLBACKS = 0.5
DISK_LEAST = 200_000_000


@dataclass(frozen=True, slots=True)
class Vital:
    """The bot's health; `fallback_rate` is a share of the `answers` of the last hour.

    `server` is what people call the model server, `server_problem` why questions fail there though
    it can be reached.
    """

    server_down: bool = False
    server_problem: str = ""
    answers: int = 0
    fallback_rate: float = 0.0
    disk_free: int = DISK_LEAST
    server: str = PROVIDERS["lmstudio"].title


class Notice:
    """Watches one condition: says `began` when it has held for `after` seconds, then `ended`.

    The end has to last for `calm` seconds before it is believed.
    """

    def __init__(self, began: str, ended: str, *, after: float, calm: float) -> None:
        self._texts = {True: began, False: ended}
        self._after = {True: after, False: calm}
        self._told = False
        self._last_began = float("-inf")
        self._changing_since: float | None = None

    def look(self, now: float, *, holds: bool, **words: str) -> str | None:
        """What to tell at the time `now` (seconds, monotonic), if anything, with these `words`."""
        if holds is self._told:
            self._changing_since = None
            return None
        if self._changing_since is None:
            self._changing_since = now
        if now - self._changing_since < self._after[holds]:
            return None
        if holds and now - self._last_began < QUIET:
            return None
        self._told, self._changing_since = holds, None
        if holds:
            self._last_began = now
        return self._texts[holds].format(**words)


class Notices:
    """All that is watched for the owner."""

    def __init__(self) -> None:
        self._down = Notice(texts.SERVER_DOWN, texts.SERVER_BACK, after=MINUTE, calm=5.0)
        told_at_once = {"after": 0.0, "calm": MINUTE}
        self._failing = Notice(texts.SERVER_FAILING, texts.SERVER_ANSWERS, after=0.0, calm=0.0)
        self._fallbacks = Notice(texts.MANY_FALLBACKS, texts.FEW_FALLBACKS, **told_at_once)
        self._disk = Notice(texts.DISK_FULL, texts.DISK_FREE, **told_at_once)

    def look(self, vital: Vital, now: float) -> Iterator[str]:
        """What to tell the owner at the time `now` (seconds, monotonic)."""
        many = vital.answers >= ENOUGH_ANSWERS and vital.fallback_rate > TOO_MANY_FALLBACKS
        told = (
            self._down.look(now, holds=vital.server_down, server=vital.server),
            self._failing.look(now, holds=bool(vital.server_problem), problem=vital.server_problem),
            self._fallbacks.look(now, holds=many),
            self._disk.look(now, holds=vital.disk_free < DISK_LEAST),
        )
        yield from filter(None, told)
