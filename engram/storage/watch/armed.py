"""Who armed something, where it is looked at, and what the tables of it have in common."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Generic, TypeVar

from engram.storage.moves import by_chat
from engram.storage.store import Store
from engram.storage.watch.rows import Rows

#: The states of an alert, in their order; a watched market is armed or suspended.
ARMED, FIRED, DELIVERED = "armed", "fired", "delivered"
DISARMED, SUSPENDED = "disarmed", "suspended"
#: All conversations of a chat, by `whole`; and what is at a place, by its three values.
OF_CHAT = "(chat = ? OR chat LIKE ? || '/%')"
AT = "exchange = ? AND symbol = ? AND timeframe = ?"


def whole(chat: str) -> tuple[str, str]:
    """The values of `OF_CHAT`: the chat itself, whichever of its topics `chat` names."""
    id_ = chat.partition("/")[0]
    return id_, id_


@dataclass(frozen=True, slots=True)
class Armed:
    """Who armed something, and where: what alerts and watched markets have in common.

    `chat` is the key of the conversation. `armed_by` is the identity of the update that armed it,
    `message` the message, and `person` with `name` who wrote it, where several may; 0 and "" where
    nobody else is.
    """

    chat: str
    armed_by: str
    message: int | None = None
    person: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A market on one exchange, by its id in ccxt, and a timeframe."""

    exchange: str
    symbol: str
    timeframe: str


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be looked at: prices at a place, or its candles once they have closed."""

    place: Place
    is_closed: bool


@dataclass(frozen=True, slots=True)
class ArmedRow:
    """An alert or a watched market, armed by an update at the time `at`."""

    number: int
    chat: str
    state: str
    armed_by: str | None
    person: int
    name: str
    exchange: str
    symbol: str
    timeframe: str
    at: float

    @property
    def place(self) -> Place:
        """Where it is looked at."""
        return Place(self.exchange, self.symbol, self.timeframe)


T = TypeVar("T", bound=ArmedRow)


class ArmedTable(Generic[T]):
    """What is armed in all chats, for several threads. A `chat` is the key of a conversation.

    What is armed or ended is safe on the disk when the method returns; it raises `StoreError` if
    that cannot be, and then it never happens. What a round of looks changes is returned as
    statements, see `WatchTables.write`.
    """

    def __init__(self, store: Store, table: str, kind: type[T]) -> None:
        self._store, self._rows = store, Rows(store, table, kind)

    def by_update(self, armed_by: str) -> T | None:
        """What an update has armed."""
        return self._rows.first("WHERE armed_by = ?", armed_by)

    def numbered(self, number: int) -> T | None:
        """The one of that number."""
        return self._rows.first("WHERE number = ?", number)

    @by_chat
    def in_chat(self, chat: str, number: int) -> T | None:
        """The one of that number, if it is the whole chat's, whichever topic is named."""
        return self._rows.first(f"WHERE number = ? AND {OF_CHAT}", number, *whole(chat))

    @by_chat
    def of_chat(self, chat: str, *states: str) -> list[T]:
        """The whole chat's in these states, by default what is armed, oldest first."""
        among = ", ".join(f"'{state}'" for state in states or (ARMED,))
        where = f"WHERE {OF_CHAT} AND state IN ({among}) ORDER BY number"
        return self._rows.find(where, *whole(chat))

    @by_chat
    def of_conversation(self, chat: str) -> list[T]:
        """What is armed in the conversation alone, oldest first."""
        return self._rows.find(f"WHERE chat = ? AND state = '{ARMED}' ORDER BY number", chat)

    def at(self, place: Place) -> list[T]:
        """All that is to be looked at there."""
        where = f"WHERE {AT} AND state = '{ARMED}' ORDER BY number"
        return self._rows.find(where, *astuple(place))

    def armed(self) -> list[T]:
        """All that is to be looked at."""
        return self._rows.find(f"WHERE state = '{ARMED}' ORDER BY number")

    @property
    def count(self) -> int:
        """How many are to be looked at."""
        return self._rows.count(f"WHERE state = '{ARMED}'")
