"""The table `watched`: markets whose changes of signal are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from engram.storage.moves import by_chat
from engram.storage.outbox import Outgoing, adding
from engram.storage.store import Row, Store
from engram.storage.watch.armed import ARMED, SUSPENDED, Armed, ArmedRow, ArmedTable, Place


@dataclass(frozen=True, slots=True)
class Watched(ArmedRow):
    """A watched market, whose `signal` has stood since the candle `since`.

    `was` is the signal before it, "" where it has not changed since the market is watched. `judged`
    is the last closed candle that was judged, at the time `looked_at`.
    """

    signal: str
    since: int
    judged: int
    looked_at: float
    was: str


class WatchedTable(ArmedTable[Watched]):
    """The watched markets of all chats."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, "watched", Watched)

    def watch(
        self, by: Armed, place: Place, *, at: float, signal: str, since: int, judged: int,
        instead_of: Sequence[Watched] = (),
    ) -> Watched:  # fmt: skip
        """Watch a market; one that the conversation watches already stays as it is.

        Suspended ones, `instead_of` which it is watched, are ended in the same transaction.
        """
        chat = self._store.moves.key(by.chat)
        new = self._rows.adding(
            chat=chat, state=ARMED, armed_by=by.armed_by, person=by.person, name=by.name,
            **asdict(place), at=at, signal=signal, since=since, judged=judged, looked_at=at,
        )  # fmt: skip
        self._store.write_durably(*map(self.resuming, instead_of), new)
        found = self.of_market(chat, place.symbol, place.timeframe)
        if not found:
            raise AssertionError("what was just written is there")
        return found[0]

    @by_chat
    def of_market(self, chat: str, symbol: str, timeframe: str = "") -> list[Watched]:
        """What the conversation watches of a market, on one timeframe or on all; suspended, too."""
        where = "WHERE chat = ? AND symbol = ? AND timeframe = coalesce(nullif(?, ''), timeframe)"
        return self._rows.find(f"{where} ORDER BY number", chat, symbol, timeframe)

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
