"""The table `watched`: markets whose changes of signal are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from engram.storage.moves import by_chat
from engram.storage.outbox import Outgoing, adding
from engram.storage.store import Row, Store
from engram.storage.watch.armed import ARMED, KINDS, OF_CHAT, SUSPENDED, Armed, Place


@dataclass(frozen=True, slots=True)
class Watched:
    """A watched market, whose `signal` has stood since the candle `since`.

    `was` is the signal before it, "" where it has not changed since the market is watched. `judged`
    is the last closed candle that was judged, at the time `looked_at`.
    """

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
    signal: str
    since: int
    judged: int
    looked_at: float
    was: str = ""

    @property
    def place(self) -> Place:
        """Where it is looked at."""
        return Place(self.exchange, self.symbol, self.timeframe)


COLUMNS = ", ".join(one.name for one in fields(Watched))
WATCHED_KINDS = [KINDS[str(one.type)] for one in fields(Watched)]
SELECT = f"SELECT {COLUMNS} FROM watched"


class WatchedTable:
    """The watched markets of all chats, for several threads.

    A `chat` is the key of a conversation. What is watched from now on, or no more, is safe on the
    disk when the method returns; it raises `StoreError` if that cannot be.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def watch(
        self, by: Armed, place: Place, *, at: float, signal: str, since: int, judged: int,
        instead_of: Sequence[Watched] = (),
    ) -> Watched:  # fmt: skip
        """Watch a market; one that the conversation watches already stays as it is.

        Suspended ones, `instead_of` which it is watched, are ended in the same transaction.
        """
        sql = (
            "INSERT OR IGNORE INTO watched (chat, state, armed_by, person, name, exchange, symbol, "
            f"timeframe, at, signal, since, judged, looked_at) VALUES (?, '{ARMED}', "
            "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        chat = self._store.moves.key(by.chat)
        who, where = (chat, by.armed_by, by.person, by.name), (place.exchange, place.symbol)
        new = (sql, *who, *where, place.timeframe, at, signal, since, judged, at)
        self._store.write_durably(*map(self.resuming, instead_of), new)
        found = self.in_conversation(chat, place.symbol, place.timeframe)
        if not found:
            raise AssertionError("what was just written is there")
        return found[0]

    @by_chat
    def in_conversation(self, chat: str, symbol: str, timeframe: str = "") -> list[Watched]:
        """What the conversation watches of a market, on one timeframe or on all."""
        where = "WHERE chat = ? AND symbol = ? AND timeframe = coalesce(nullif(?, ''), timeframe)"
        return self._watched(f"{where} ORDER BY number", chat, symbol, timeframe)

    @by_chat
    def of_chat(self, chat: str) -> list[Watched]:
        """What the whole chat watches, whichever of its topics `chat` names; suspended, too."""
        id_ = chat.partition("/")[0]
        return self._watched(f"WHERE {OF_CHAT} ORDER BY number", id_, id_)

    @by_chat
    def watchlist(self, chat: str) -> list[Watched]:
        """What the conversation watches, in the order in which it began to; suspended: nothing."""
        return self._watched(f"WHERE chat = ? AND state = '{ARMED}' ORDER BY number", chat)

    def armed(self) -> list[Watched]:
        """All watched markets that are to be looked at."""
        return self._watched(f"WHERE state = '{ARMED}' ORDER BY number")

    @property
    def count(self) -> int:
        """How many are to be looked at."""
        sql = f"SELECT count(*) FROM watched WHERE state = '{ARMED}'"
        return self._store.value(sql, default=0)

    @by_chat
    def in_chat(self, chat: str, number: int) -> Watched | None:
        """The watched market of that number, if it is one of the whole chat."""
        id_ = chat.partition("/")[0]
        return next(iter(self._watched(f"WHERE number = ? AND {OF_CHAT}", number, id_, id_)), None)

    def by_update(self, armed_by: str) -> Watched | None:
        """The market that is watched because of an update."""
        return next(iter(self._watched("WHERE armed_by = ?", armed_by)), None)

    def at(self, place: Place) -> list[Watched]:
        """All that is to be looked at there."""
        where = f"WHERE exchange = ? AND symbol = ? AND timeframe = ? AND state = '{ARMED}'"
        rest = (place.exchange, place.symbol, place.timeframe)
        return self._watched(f"{where} ORDER BY number", *rest)

    def numbered(self, number: int) -> Watched | None:
        """The watched market of that number."""
        return next(iter(self._watched("WHERE number = ?", number)), None)

    def unwatch(self, watched: Sequence[Watched]) -> None:
        """Watch these no more."""
        sql = "DELETE FROM watched WHERE number = ?"
        self._store.write_durably(*((sql, one.number) for one in watched))

    def judging(self, watched: Watched, at: float, said: Outgoing | None = None) -> list[Row]:
        """The statements that keep how `watched` stands by its last judged candle, and say it.

        They do nothing where another process has judged as far.
        """
        sql = (
            "UPDATE watched SET judged = ?1, signal = ?2, since = ?3, was = ?4, looked_at = ?5 "
            f"WHERE number = ?6 AND judged < ?1 AND state = '{ARMED}'"
        )
        stands = (watched.judged, watched.signal, watched.since, watched.was)
        change = (sql, *stands, at, watched.number)
        return [change, adding(said, at, if_changed=True)] if said else [change]

    def resuming(self, watched: Watched) -> Row:
        """The statement that ends a watched market that is armed anew after it was suspended."""
        return f"DELETE FROM watched WHERE number = ? AND state = '{SUSPENDED}'", watched.number

    def _watched(self, where: str, *values: object) -> list[Watched]:
        rows = self._store.read(f"{SELECT} {where}", *values, kinds=WATCHED_KINDS)
        return [Watched(*row) for row in rows]
