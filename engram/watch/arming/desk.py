"""What people arm and take back: all that answers them about it."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engram.core.clock import Clock
from engram.market.analyst import Analyst
from engram.market.feed import Feed
from engram.storage.inbox import with_reply
from engram.storage.watch.tables import WatchTables
from engram.watch.arming.alert_list import AlertList
from engram.watch.arming.alerts import Alerts
from engram.watch.arming.resuming import Resuming
from engram.watch.arming.start import Starts
from engram.watch.arming.watched import WatchedMarkets
from engram.watch.digest.plans import DigestPlans
from engram.watch.latest import Latest
from engram.watch.watchlist.watchlist import Watchlist


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts of the room that people speak to.

    `identity_of` tells the identity of an update by its row in the inbox.
    """

    alerts: Alerts
    list: AlertList
    watched: WatchedMarkets
    resuming: Resuming
    plans: DigestPlans
    watchlist: Watchlist
    identity_of: Callable[[int], str]
    tables: WatchTables

    @classmethod
    def of(
        cls,
        tables: WatchTables,
        feed: Feed,
        analyst: Analyst,
        clock: Clock,
        latest: Latest,
        identity_of: Callable[[int], str],
    ) -> Desk:
        """All of it, with the same tables, prices and clock."""
        starts = Starts(feed, analyst, clock, latest)
        alerts = Alerts(tables, feed, clock, starts)
        watched = WatchedMarkets(tables, feed, clock, starts)
        listed = AlertList(tables, feed, clock, latest)
        resuming = Resuming(tables, clock, alerts, watched)
        plans = DigestPlans(tables.digests, clock)
        watchlist = Watchlist(tables, feed, clock)
        return cls(alerts, listed, watched, resuming, plans, watchlist, identity_of, tables)

    def identity(self, rows: Sequence[int], text: str) -> str:
        """What tells the update with these rows, which says `text`, from all others.

        It is the same however often the update is seen. The last row is that of the latest words;
        two edits of the same second differ in these alone. What is no update, or is not kept, is
        new.
        """
        known = self.identity_of(rows[-1]) if rows else ""
        return f"{known}/{zlib.crc32(text.encode())}" if known else secrets.token_hex(16)

    def note(self, rows: Sequence[int], reply: str) -> None:
        """Note that the update with these rows is done, and what is replied, after a crash too."""
        self.tables.write(with_reply(rows, reply))
