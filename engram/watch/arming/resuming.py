"""Arms anew all that was suspended because a chat could not be reached."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

from engram.core.clock import Clock
from engram.core.errors import StoreError
from engram.market.symbols import Request
from engram.storage.watch.alert_table import Alert
from engram.storage.watch.armed import SUSPENDED, Armed
from engram.storage.watch.digest_table import DigestPlan
from engram.storage.watch.tables import WatchTables
from engram.storage.watch.watched_table import Watched
from engram.watch import texts
from engram.watch.arming.alerts import Alerts
from engram.watch.arming.reply import Reply
from engram.watch.arming.start import CannotStartError, MarketNow, asked_by
from engram.watch.arming.watched import WatchedMarkets

log = logging.getLogger(__name__)

# What is not armed anew after so long (s) stays suspended until somebody asks again.
PATIENCE = 30.0

Markets: TypeAlias = dict[Request, MarketNow]


class Resuming:
    """Arms anew what is suspended in a chat, as 🔁 does with an alert."""

    def __init__(
        self, tables: WatchTables, clock: Clock, alerts: Alerts, watched: WatchedMarkets
    ) -> None:
        self._tables, self._clock, self._alerts, self._watched = tables, clock, alerts, watched

    def resume(self, chat: str, update: str, is_stopped: Callable[[], bool]) -> Reply:
        """Arm it all anew; what cannot be stays suspended, and the reply says why.

        `update` is the identity of the update that asks for it. Everything stays with the person
        who armed it. What follows once it `is_stopped` stays suspended, too.
        """
        until = time.monotonic() + PATIENCE
        done: list[str] = []
        left: dict[str, list[str]] = {}
        for what, arm in [*self._suspended(chat, update)]:
            try:
                if is_stopped():
                    raise CannotStartError(texts.STOPPED)
                if time.monotonic() > until:
                    raise CannotStartError(texts.TOOK_TOO_LONG)
                done.append(arm())
            except CannotStartError as err:
                left.setdefault(str(err), []).append(what)
        if not done and not left:
            return Reply(texts.NOTHING_SUSPENDED)
        return Reply(texts.resumed(done, left), is_done=bool(done))

    def _suspended(self, chat: str, update: str) -> Iterator[tuple[str, Callable[[], str]]]:
        """What is suspended, in words, and what arms it anew, which returns it as it is then."""
        markets: Markets = {}
        for alert in self._tables.alerts.of_chat(chat, SUSPENDED):
            again = partial(self._alert, alert, f"{update}/{alert.number}", markets)
            yield texts.what_is_awaited(alert), again
        for one in self._tables.watched.of_chat(chat, SUSPENDED):
            yield self._watched.markets([one]), partial(self._watch, one, f"{update}/w")
        for plan in self._tables.digests.of_chat(chat):
            if plan.state == SUSPENDED:
                yield texts.DIGEST.format(minute=plan.minute), partial(self._digest, plan)

    def _alert(self, alert: Alert, armed_by: str, markets: Markets) -> str:
        by = Armed(alert.chat, armed_by, person=alert.person, name=alert.name)
        asked = asked_by(alert)
        request = Request.of(alert.symbol, alert.timeframe)
        if request not in markets:
            markets[request] = self._alerts.market(request)
        start = markets[request].start(asked)
        armed, _is_new = self._alerts.keep(by, start, asked, [alert], is_anew=True)
        return texts.what_is_awaited(armed)

    def _watch(self, watched: Watched, armed_by: str) -> str:
        armed_by = f"{armed_by}{watched.number}"
        by = Armed(watched.chat, armed_by, person=watched.person, name=watched.name)
        self._watched.keep(by, Request.of(watched.symbol, watched.timeframe), [watched])
        return self._watched.markets([watched])

    def _digest(self, plan: DigestPlan) -> str:
        try:
            self._tables.digests.put_minute(plan.chat, plan.minute, self._clock.now())
        except StoreError as err:
            log.warning("a digest cannot be taken up again: %s", err)
            raise CannotStartError(texts.UNWRITTEN.format(did="armed")) from err
        return texts.DIGEST.format(minute=plan.minute)
