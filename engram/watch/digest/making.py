"""Makes a digest: gathers what there is to be told, and what a model says about it."""

from __future__ import annotations

import threading
import time

from engram.core.clock import Clock
from engram.core.model import Remarks
from engram.market.candles import DAY
from engram.storage.outbox import DIGEST, Outgoing
from engram.storage.watch.digest_table import DigestPlan
from engram.storage.watch.tables import WatchTables
from engram.watch.digest import texts
from engram.watch.digest.schedule import Due, since
from engram.watch.watchlist.current import is_current, was_looked_at
from engram.watch.watchlist.watchlist import Watchlist

# For so long (s) the prices are waited for.
PRICES_WITHIN = 20.0
# So long (s) it takes at most until all was looked at after an absence, and so often that is seen.
LOOKS_WITHIN, GLANCE = 30.0, 0.5
# What is older is no news, also where the last digest was made before.
OLDEST = 7 * DAY


class DigestMaker:
    """Makes the digests of all conversations, for several threads."""

    def __init__(
        self, tables: WatchTables, watchlist: Watchlist, remarks: Remarks, clock: Clock
    ) -> None:
        self._tables, self._watchlist = tables, watchlist
        self._remarks, self._clock = remarks, clock
        self._never = threading.Event()

    def make(self, plan: DigestPlan, due: Due, until: float) -> Outgoing:
        """The digest that is due; the model has time until `until` (s, `time.monotonic`)."""
        parts = [texts.head(due.at, plan.zone)]
        if due.late:
            parts[0] += "\n" + texts.late(due.late, plan.minute)
            self._catch_up(plan.chat)
        parts += self._facts(plan)
        remark = ""
        if time.monotonic() < until:
            remark = self._remarks.remark(texts.PROMPT, texts.data("\n\n".join(parts)), until)
        text = "\n\n".join(filter(None, [*parts, remark]))
        return Outgoing(plan.chat, DIGEST, text, name=texts.NAME.format(day=due.day))

    def _catch_up(self, chat: str) -> None:
        """Wait until what is armed was looked at after the absence, and what has fired arrived."""
        began, until = self._clock.now(), time.monotonic() + LOOKS_WITHIN
        while time.monotonic() < until and not self._is_up_to_date(chat, began):
            self._clock.wait(self._never, GLANCE)

    def _is_up_to_date(self, chat: str, began: float) -> bool:
        tables, now = self._tables, self._clock.now()
        watched = tables.watched.of_conversation(chat)
        return (
            all(is_current(one.judged, one.timeframe, now) for one in watched)
            and all(was_looked_at(one, began, now) for one in tables.alerts.of_conversation(chat))
            and tables.outbox.next(chat) is None
        )

    def _facts(self, plan: DigestPlan) -> list[str]:
        """The table, and below it what has happened."""
        watched = self._tables.watched.of_conversation(plan.chat)
        table = self._watchlist.at_once(plan.chat, PRICES_WITHIN)
        now = self._clock.now()
        begins = max(since(plan, now), now - OLDEST)
        fired = self._tables.alerts.fired_since(plan.chat, begins)
        ended = self._tables.ledger.ended_since(begins)
        news = [
            *texts.changed(watched, begins, now, plan.zone),
            *texts.fired(fired, now, plan.zone),
            *texts.came_out(ended, [one.symbol for one in watched]),
        ]
        return [table or texts.NOTHING_WATCHED, "\n".join(news) or texts.QUIET]
