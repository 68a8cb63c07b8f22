"""Arms alerts and takes them back; what is replied says what was understood, or why not."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace

from engram.core.clock import Clock
from engram.core.errors import StoreError
from engram.market.feed import Feed
from engram.market.symbols import Request
from engram.storage.watch import armed
from engram.storage.watch.alert_table import Alert
from engram.storage.watch.armed import ARMED, DISARMED, SUSPENDED, Armed
from engram.storage.watch.tables import WatchTables
from engram.watch import texts
from engram.watch.arming.reply import Reply, disarm, with_cross
from engram.watch.arming.start import (
    CannotStartError,
    Check,
    MarketNow,
    Start,
    Starts,
    asked_by,
    go_on,
)
from engram.watch.conditions import Condition

log = logging.getLogger(__name__)


class Alerts:
    """The alerts of all chats, for several threads; each begins where `starts` says.

    `feed` tells what exchanges are called.
    """

    def __init__(self, tables: WatchTables, feed: Feed, clock: Clock, starts: Starts) -> None:
        self._tables, self._feed, self._clock, self._starts = tables, feed, clock, starts
        # What is the same, or too much, is found before the next one is armed.
        self._arming = threading.Lock()

    def arm(
        self, by: Armed, request: Request, asked: Condition,
        *, is_default: bool, check: Check = go_on,
    ) -> Reply:  # fmt: skip
        """Arm an alert for what is `asked`, unless that is true already.

        `is_default` tells that nobody named the timeframe. The same update gives the same reply;
        what its message has armed before, with other words, is disarmed. `check` may raise before
        anything is armed.
        """
        if known := self._tables.alerts.by_update(by.armed_by):
            return self._reply(known, is_default=is_default)
        before = self._tables.alerts.of_message(by.chat, by.message) if by.message else []
        try:
            # Whoever waits for a price has not asked for candles of the default timeframe.
            needs_none = is_default and not asked.needs_candles
            market = self.market(replace(request, timeframe="") if needs_none else request)
            start = market.start(asked)
            check()
            if start.holds:
                about = asked, start.venue.symbol, start.timeframe, start.words
                raise CannotStartError(texts.true_already(*about))
            alert, is_new = self.keep(by, start, asked, before)
        except CannotStartError as err:
            return Reply("\n".join([str(err), *map(texts.still, before)]))
        return self._reply(alert, is_default=is_default, is_new=is_new)

    def again(self, by: Armed, number: int, check: Check = go_on) -> Reply:
        """Arm the alert of that number anew, also where it is true already.

        It fires at the next crossing then; a percentage counts from the price now. `check` may
        raise before anything is armed.
        """
        if known := self._tables.alerts.by_update(by.armed_by):
            return self._reply(known)
        old = self._tables.find(self._tables.alerts, by.chat, number)
        if old is None:
            return Reply(texts.NO_ALERT)
        if old.state == ARMED:
            return self._reply(old, is_new=False)
        try:
            asked = asked_by(old)
            start = self.market(Request.of(old.symbol, old.timeframe)).start(asked)
            check()
            by = replace(by, chat=old.chat)
            instead = [old] if old.state == SUSPENDED else []
            alert, is_new = self.keep(by, start, asked, instead, is_anew=True)
        except CannotStartError as err:
            return Reply(str(err))
        return self._reply(alert, is_new=is_new)

    def disarm(self, chat: str, number: int, *, is_told: bool = False) -> Reply:
        """Disarm the alert of that number.

        Where its message `is_told`, by which it has fired, the reply is that without its buttons.
        """
        alert = self._tables.find(self._tables.alerts, chat, number)
        if alert is None:
            return Reply(texts.NO_ALERT)
        try:
            is_done = self._tables.alerts.disarm(alert, self._clock.now())
        except StoreError as err:
            log.warning("an alert cannot be disarmed: %s", err)
            return Reply(texts.NOT_CHANGED)
        # By now it may have fired.
        alert = self._tables.alerts.numbered(number) or alert
        # Anywhere else that would be on screen twice.
        said = self._tables.outbox.text_of(number) if is_told and not is_done else ""
        return Reply(said or texts.ended(alert), is_done=is_done)

    def numbered(self, chat: str, number: int) -> Alert | None:
        """The alert of that number, if it is one of the whole chat."""
        return self._tables.find(self._tables.alerts, chat, number)

    def has_armed(self, chat: str, message: int) -> bool:
        """Whether a message of the chat has armed something, whatever became of it."""
        return self._tables.alerts.has_armed(chat, message)

    def what_stays(self, chat: str, message: int | None) -> str:
        """What a message has armed that is armed still, in words; "" for nothing."""
        found = self._tables.alerts.of_message(chat, message) if message else []
        return "\n".join(map(texts.still, found))

    def market(self, request: Request) -> MarketNow:
        """A market where something can be armed; raises `CannotStartError`."""
        if not self._tables.is_lasting:
            raise CannotStartError(texts.IN_MEMORY.format(did="armed"))
        return self._starts.market(request)

    def keep(
        self, by: Armed, start: Start, asked: Condition, instead: Sequence[Alert] = (),
        *, is_anew: bool = False,
    ) -> tuple[Alert, bool]:  # fmt: skip
        """Arm what begins at `start`; returns it, and whether it is new: it may be armed already.

        What it is armed `instead` of is disarmed. Where it `is_anew`, one that was asked for in the
        same words is the same, whatever level they came to. Raises `CannotStartError`.
        """
        table, now = self._tables.alerts, self._clock.now()
        where = armed.Place(start.venue.exchange, start.venue.symbol, start.timeframe)
        replaced = {one.number for one in instead}
        try:
            with self._arming:
                all_armed = table.of_chat(by.chat)
                here = [one for one in all_armed if one.chat == self._tables.key(by.chat)]
                wanted = str(start.condition), str(asked) if is_anew else ""
                if same := _same(here, where, *wanted):
                    for one in instead:
                        if one.number != same.number:
                            table.disarm(one, now)
                    return same, False
                count = len([one for one in all_armed if one.number not in replaced])
                if count >= texts.MOST_ALERTS:
                    raise CannotStartError(texts.TOO_MANY_ALERTS.format(count=count))
                alert = table.arm(
                    by, where, asked=str(asked), condition=str(start.condition),
                    price=start.venue.price, at=now, since=start.since, looked=start.since,
                    ready=not start.holds, instead_of=[*replaced],
                )  # fmt: skip
        except StoreError as err:
            log.warning("an alert cannot be armed: %s", err)
            raise CannotStartError(texts.UNWRITTEN.format(did="armed")) from err
        return alert, True

    def _reply(self, alert: Alert, *, is_default: bool = False, is_new: bool = True) -> Reply:
        """What to say of `alert`: the same whenever its update is seen."""
        if alert.state == DISARMED:
            return Reply(texts.ended(alert))
        name, minute = self._feed.name(alert.exchange), self._feed.minute(alert.exchange)
        text = texts.armed(alert, name, is_new=is_new, is_default=is_default, minute=minute)
        if is_new and (replaced := self._tables.alerts.replaced_by(alert.chat, alert)):
            text += f"\n{texts.instead(replaced)}"
        return with_cross(text, disarm(alert.number), is_done=is_new)


def _same(here: Sequence[Alert], where: armed.Place, condition: str, asked: str) -> Alert | None:
    """The alert that waits for the same, or was `asked` for in the same words."""
    like = (one for one in here if one.place == where)
    return next((one for one in like if condition == one.condition or asked == one.asked), None)
