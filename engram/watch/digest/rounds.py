"""Has each digest be made at its minute."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial

from engram.core.clock import Clock
from engram.core.crew import Crew
from engram.core.errors import StoreError
from engram.core.listener import NOBODY, Listener
from engram.storage.outbox import Outgoing
from engram.storage.watch.digest_table import DigestPlan, DigestTable
from engram.watch.digest.making import DigestMaker
from engram.watch.digest.schedule import Due, due, upcoming, with_day
from engram.watch.loop import Loop, always

log = logging.getLogger(__name__)

# The wall clock may jump, and plans may change: so long (s) is the longest sleep.
LONGEST_SLEEP = 20.0
# So many digests are made at the same time, and a model may take so long (s) for its sentences.
AT_ONCE, REMARK_WITHIN = 4, 60.0


class DigestRounds:
    """Looks in `plans` which digest is due and has `maker` make it.

    Which digests there were is in the store, so that two processes make one between them.
    `listener` hears of each.
    """

    def __init__(
        self,
        plans: DigestTable,
        maker: DigestMaker,
        clock: Clock,
        listener: Listener = NOBODY,
    ) -> None:
        self._plans, self._maker, self._clock = plans, maker, clock
        self._listener = listener
        self._loop = Loop("digest rounds", self.look, LONGEST_SLEEP, clock)
        self._crew = Crew("digests", AT_ONCE)
        self._lock = threading.Lock()
        self._in_progress: set[str] = set()
        # What could not be written yet, with its date, by its conversation.
        self._unwritten: dict[str, tuple[str, Outgoing]] = {}

    def start(self, may: Callable[[], bool] = always) -> None:
        """Begin, in the background; it looks while this process `may`."""
        self._loop.start(may)

    def stop(self) -> None:
        """End at once; what is being made is not said."""
        self._loop.stop()

    def look(self) -> float:
        """Have all that is due be made; returns for how many seconds nothing will be."""
        now, sleep, until = self._clock.now(), LONGEST_SLEEP, time.monotonic() + REMARK_WITHIN
        for plan in self._plans.wanted():
            try:
                found, at = due(plan, now), upcoming(plan, now)
            except ValueError as err:
                log.warning("the plan of a digest cannot be read: %s", err)
                continue
            if found:
                self._begin(plan, found, until)
            if at is not None:
                sleep = min(sleep, at - now)
        return sleep

    def _begin(self, plan: DigestPlan, found: Due, until: float) -> None:
        with self._lock:
            if plan.chat in self._in_progress:
                return
            self._in_progress.add(plan.chat)
        self._crew.add(partial(self._make, plan, found, until))

    def _make(self, plan: DigestPlan, found: Due, until: float) -> None:
        try:
            day, said = self._unwritten.pop(plan.chat, ("", None))
            if said is None or day != found.day:
                said = self._maker.make(plan, found, until)
            if not self._loop.is_stopped:
                self._write(plan, found, said)
        except Exception:
            # The store may be closed already: the next process makes it.
            if not self._loop.is_stopped:
                raise
        finally:
            with self._lock:
                self._in_progress.discard(plan.chat)

    def _write(self, plan: DigestPlan, found: Due, said: Outgoing) -> None:
        """Keep it, or try that again in the next round."""
        days = with_day(plan, found.day)
        try:
            if self._plans.made(plan, days, said, self._clock.now()):
                log.info("made the digest of %s", found.day)
                self._listener.made(said.kind)
        except StoreError as err:
            log.warning("the digest of %s cannot be written: %s", found.day, err)
            self._unwritten[plan.chat] = found.day, said
