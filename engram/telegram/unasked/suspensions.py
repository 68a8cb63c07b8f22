"""Chats that are suspended: nothing is said there unasked, and what they armed is not looked at."""

import logging
from collections.abc import Callable, Iterator

from engram.core.events import Button
from engram.storage.moves import Moves, is_id
from engram.storage.outbox import NOTICE, Outgoing
from engram.storage.watch.alert_table import Alert
from engram.storage.watch.armed import SUSPENDED
from engram.storage.watch.tables import WatchTables
from engram.telegram import texts
from engram.watch.conditions import Condition
from engram.watch.texts import DIGEST, RESUME

log = logging.getLogger(__name__)

BUTTON = ((Button(RESUME, "/resume"),),)
# So many lines of what is suspended fit into one message, whatever stands in them.
LISTED = 40


class Suspensions:
    """Keeps in `tables` which chats are suspended; `moves` knows all ids of a chat."""

    def __init__(self, tables: WatchTables, moves: Moves) -> None:
        self._tables, self._moves = tables, moves
        # By the first id of each, as pauses are.
        self._chats = {moves.first(chat) for chat in tables.suspended_chats()}
        self._unwritten: set[int] = set()

    def holds(self, chat: int) -> bool:
        """Whether the chat is suspended."""
        return self._moves.first(chat) in self._chats

    def begin(self, chat: int) -> None:
        """Suspend the chat."""
        first = self._moves.first(chat)
        self._chats.add(first)
        self._unwritten.add(first)
        self.save()

    def begin_where(self, is_stranger: Callable[[int], bool]) -> None:
        """Suspend the chats in which anything is to be said and that are strangers."""
        for chat in {key.partition("/")[0] for key in self._tables.chats()}:
            if is_id(chat) and not self.holds(int(chat)) and is_stranger(int(chat)):
                log.info("chat %s is not allowed any more: what it armed is kept", chat)
                self.begin(int(chat))

    def save(self) -> None:
        """Write down what could not be written before."""
        for chat in list(self._unwritten):
            if self._tables.suspend(str(chat)):
                self._unwritten.discard(chat)

    def end(self, conversation: str, chat: int, at: float) -> None:
        """Say again what is to be said in the chat, at last what is suspended there.

        That is said in the `conversation` of it in which somebody has written, at the time `at`.
        """
        first = self._moves.first(chat)
        self._chats.discard(first)
        self._unwritten.discard(first)
        self._tables.welcome(conversation, self._list(conversation), at)

    def _list(self, conversation: str) -> Outgoing | None:
        """The message that lists what is suspended in the whole chat; None if nothing is."""
        lines = list(self._lines(conversation))
        if not lines:
            return None
        more = [texts.MORE.format(count=len(lines) - LISTED)] if len(lines) > LISTED else []
        what = "\n".join([*lines[:LISTED], *more])
        text = texts.SUSPENDED.format(what=what, button=RESUME)
        return Outgoing(conversation, NOTICE, text, BUTTON, name=texts.SUSPENDED_NAME)

    def _lines(self, conversation: str) -> Iterator[str]:
        tables = self._tables
        for alert in tables.alerts.of_chat(conversation, SUSPENDED):
            yield f"🔔 {_awaited(alert)}"
        for market in tables.watched.of_chat(conversation, SUSPENDED):
            yield f"👁 {market.symbol} {market.timeframe}"
        for plan in tables.digests.of_chat(conversation):
            if plan.state == SUSPENDED and plan.minute:
                yield f"🗞 {DIGEST.format(minute=plan.minute)}"


def _awaited(alert: Alert) -> str:
    """What the alert waits for, in words."""
    try:
        return Condition.read(alert.asked).words(alert.symbol, alert.timeframe)
    except ValueError:
        # A row that is damaged.
        return f"{alert.symbol} {alert.asked}"
