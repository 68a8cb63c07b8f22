"""The list of what is armed in a chat, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from engram.core.clock import Clock
from engram.core.events import Button, Buttons
from engram.market.candles import duration
from engram.market.feed import Feed
from engram.storage.outbox import TERMINAL
from engram.storage.watch.alert_table import Alert
from engram.storage.watch.armed import SUSPENDED
from engram.storage.watch.tables import WatchTables
from engram.watch.arming import list_texts as texts
from engram.watch.arming.reply import Reply
from engram.watch.latest import Latest
from engram.watch.texts import RESUME

#: Why what cannot be watched cannot, by exchange and symbol; "" for all markets of an exchange.
Away: TypeAlias = Mapping[tuple[str, str], str]

# Alerts on a page, which is one message, and crosses in a row.
ON_PAGE, IN_ROW = 10, 5


class AlertList:
    """Lists the alerts of a chat with the latest prices, and nobody is asked for any."""

    def __init__(self, tables: WatchTables, feed: Feed, clock: Clock, latest: Latest) -> None:
        self._tables, self._feed, self._clock, self._latest = tables, feed, clock, latest

    def page(self, chat: str, number: int = 1, *, is_whole: bool = False) -> Reply:
        """The page of that number, or the last one before it; all at once if it `is_whole`.

        Those of the conversation come first, then those of other topics, or of the terminal.
        """
        key, table = self._tables.key(chat), self._tables.alerts
        found = [one for home in self._tables.homes(chat) for one in table.of_chat(home)]
        found.sort(key=lambda one: (one.chat != key, one.number))
        suspended = self.suspended(chat)
        if not found:
            return Reply("\n\n".join([texts.NOTHING_ARMED, *suspended]), _resume(suspended))
        size = len(found) if is_whole else ON_PAGE
        pages = -(-len(found) // size)
        number = min(max(1, number), pages)
        shown = found[(number - 1) * size : number * size]
        away = {(one.exchange, one.symbol): one.reason for one in self._tables.away.all()}
        title = [texts.title(len(found), number, pages), *self._state(found, away)]
        entries = [self._entry(one, away, key) for one in shown]
        # Where there are no buttons.
        how = [texts.BY_NUMBER.format(number=found[0].number)] if is_whole else []
        text = "\n\n".join(["\n".join(title), *entries, *how, *suspended])
        buttons = (*_crosses(shown, number), *_turning(number, pages), *_resume(suspended))
        return Reply(text, buttons)

    def _state(self, found: Sequence[Alert], away: Away) -> list[str]:
        """How old the oldest of the last looks is, and whether they are late."""
        now = self._clock.now()
        ages = [(now - one.looked_at, _pause(one)) for one in found if not _reason(away, one)]
        oldest = max(ages, key=lambda one: one[0] - one[1], default=None)
        lines = [texts.looked(max(0.0, oldest[0]), oldest[1])] if oldest else []
        return [*lines, texts.late(self._latest.round_took)] if self._latest.is_late else lines

    def _entry(self, alert: Alert, away: Away, key: str) -> str:
        seen, name = self._latest.of(alert.exchange, alert.symbol), self._feed.name(alert.exchange)
        where = texts.IN_TERMINAL if alert.chat == TERMINAL else texts.ELSEWHERE
        notes = [where] if alert.chat != key else []
        text = texts.entry(alert, name, seen.price if seen else None, *notes)
        reason = _reason(away, alert)
        return f"{text}\n{texts.CANNOT.format(exchange=name, reason=reason)}" if reason else text

    def suspended(self, chat: str) -> list[str]:
        """The line about what is suspended in the chat, if anything is."""
        alerts = self._tables.alerts.of_chat(chat, SUSPENDED)
        watched = self._tables.watched.of_chat(chat, SUSPENDED)
        return texts.suspended(len(alerts), len(watched))


def _pause(alert: Alert) -> float:
    """How many seconds lie between two looks at an alert on closed candles; 0 for a price."""
    return (duration(alert.timeframe) or 0.0) if alert.is_closed else 0.0


def _reason(away: Away, alert: Alert) -> str:
    return away.get((alert.exchange, alert.symbol)) or away.get((alert.exchange, ""), "")


def _crosses(shown: Sequence[Alert], page: int) -> Buttons:
    """A ✖ for each alert, which leaves the list where it is."""
    crosses = [Button(f"✖ {one.number}", f"/disarm {one.number} {page}") for one in shown]
    return tuple(tuple(crosses[at : at + IN_ROW]) for at in range(0, len(crosses), IN_ROW))


def _turning(number: int, pages: int) -> Buttons:
    to = [("◀", number - 1), ("▶", number + 1)]
    row = tuple(Button(label, f"/alerts {page}") for label, page in to if 1 <= page <= pages)
    return (row,) if row else ()


def _resume(suspended: Sequence[str]) -> Buttons:
    return ((Button(RESUME, "/resume"),),) if suspended else ()
