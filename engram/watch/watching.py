"""All that Engram does unasked, begun and ended together."""

from __future__ import annotations

from collections.abc import Callable

from engram.core.clock import Clock
from engram.core.listener import NOBODY, Listener
from engram.market.analyst import Analyst
from engram.market.feed import Feed
from engram.storage.outbox import Outgoing
from engram.storage.watch.tables import WatchTables
from engram.watch.digest.rounds import DigestRounds
from engram.watch.latest import Latest
from engram.watch.ledger.judging import Judging
from engram.watch.loop import always
from engram.watch.rounds.parts import Parts
from engram.watch.rounds.rounds import Rounds
from engram.watch.rounds.telling import Telling


class Watching:
    """Looks at what is armed in `tables`, has `digests` made and `judging` done.

    `listener` hears what is found.
    """

    def __init__(
        self,
        tables: WatchTables,
        feed: Feed,
        analyst: Analyst,
        clock: Clock,
        latest: Latest,
        digests: DigestRounds,
        judging: Judging,
        listener: Listener = NOBODY,
    ) -> None:
        self._tables, self._feed, self._analyst = tables, feed, analyst
        self._clock, self._latest = clock, latest
        self._digests, self._judging, self._listener = digests, judging, listener
        self._rounds: Rounds | None = None

    def start(
        self,
        direct: Callable[[Outgoing], None],
        may: Callable[[], bool] = always,
        waits: Callable[[Outgoing], bool] = lambda _said: False,
    ) -> None:
        """Begin, in the background, while this process `may`.

        What cannot be written into the outbox is said by `direct`, and `waits` until it arrives.
        """
        telling = Telling(self._tables, direct, self._listener, waits)
        what = (self._feed, self._tables, self._analyst, self._clock, self._latest, telling)
        self._rounds = Rounds(Parts(*what))
        for one in (self._rounds, self._digests, self._judging):
            one.start(may)

    @property
    def look_ages(self) -> dict[str, float]:
        """How many seconds ago the last look at each exchange was; see `Lookout.age`."""
        return self._rounds.ages if self._rounds else {}

    @property
    def round_took(self) -> float:
        """How many seconds the latest round of looks at prices took; 0 if there was none."""
        return self._latest.round_took

    def stop(self) -> None:
        """End; what is in progress is found again by the next process."""
        for one in (self._rounds, self._digests, self._judging):
            if one:
                one.stop()
