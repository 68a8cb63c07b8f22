"""The table `alerts`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from engram.storage.moves import by_chat
from engram.storage.outbox import Outgoing, adding
from engram.storage.store import Row, Store
from engram.storage.watch.armed import (
    ARMED,
    DELIVERED,
    DISARMED,
    FIRED,
    KINDS,
    OF_CHAT,
    SUSPENDED,
    Armed,
    Place,
)


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert.

    `asked` is the condition as it was asked for ("price moves +5%"), `condition` what it came to
    ("price > 105"), both as `Condition` writes them. `price` was the price when it was armed, at
    the time `at`. High and low count in candles after `since`; `looked` is the newest candle that
    was looked at, at the time `looked_at`; for closed candles the last one that was judged. It is
    `ready` once the condition has been false. `fired_candle` and `fired_price` are what fired it.
    """

    number: int
    chat: str
    state: str
    armed_by: str | None
    message: int | None
    person: int
    name: str
    exchange: str
    symbol: str
    timeframe: str
    asked: str
    condition: str
    price: float
    at: float
    since: int
    looked: int
    looked_at: float
    ready: int
    fired_candle: int | None
    fired_price: float | None

    @property
    def place(self) -> Place:
        """Where it is looked at."""
        return Place(self.exchange, self.symbol, self.timeframe)


COLUMNS = ", ".join(one.name for one in fields(Alert))
ALERT_KINDS = [KINDS[str(one.type)] for one in fields(Alert)]
SELECT = f"SELECT {COLUMNS} FROM alerts"


class AlertTable:
    """The alerts of all chats, for several threads. A `chat` is the key of a conversation.

    What is armed or disarmed is safe on the disk when the method returns; it raises `StoreError` if
    that cannot be, and then it never happens. What a round of looks changes is returned as
    statements, see `Tables.write`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def arm(
        self, by: Armed, place: Place, *, asked: str, condition: str, price: float, at: float,
        since: int, looked: int, ready: bool, instead_of: Sequence[int] = (),
    ) -> Alert:  # fmt: skip
        """Arm an alert; what the same update has armed before is returned again.

        The alerts `instead_of` which it is armed are disarmed in the same transaction.
        """
        sql = (
            "INSERT OR IGNORE INTO alerts (chat, state, armed_by, message, person, name, exchange, "
            "symbol, timeframe, asked, condition, price, at, since, looked, looked_at, ready) "
            f"VALUES (?, '{ARMED}', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        who = (self._store.moves.key(by.chat), by.armed_by, by.message, by.person, by.name)
        where = (place.exchange, place.symbol, place.timeframe)
        new = (sql, *who, *where, asked, condition, price, at, since, looked, at, ready)
        ended = (self._disarming(one, at) for one in instead_of)
        self._store.write_durably(*ended, new)
        alert = self.by_update(by.armed_by)
        if alert is None:
            raise AssertionError("what was just written is there")
        return alert

    def by_update(self, armed_by: str) -> Alert | None:
        """The alert that an update has armed."""
        return next(iter(self._alerts("WHERE armed_by = ?", armed_by)), None)

    def numbered(self, number: int) -> Alert | None:
        """The alert of that number."""
        return next(iter(self._alerts("WHERE number = ?", number)), None)

    @by_chat
    def in_chat(self, chat: str, number: int) -> Alert | None:
        """The alert of that number, if it is one of the whole chat, whichever topic is named."""
        id_ = chat.partition("/")[0]
        return next(iter(self._alerts(f"WHERE number = ? AND {OF_CHAT}", number, id_, id_)), None)

    @by_chat
    def of_message(self, chat: str, message: int) -> list[Alert]:
        """What a message of the chat has armed, whichever words it had, and is armed still."""
        sql = f"WHERE chat = ? AND message = ? AND state = '{ARMED}' ORDER BY number"
        return self._alerts(sql, chat, message)

    @by_chat
    def replaced_by(self, chat: str, alert: Alert) -> Alert | None:
        """What the same message had armed before, and was disarmed when it armed `alert`."""
        sql = (
            f"WHERE chat = ? AND message = ? AND state = '{DISARMED}' AND ended_at = ? "
            "AND number < ? ORDER BY number DESC LIMIT 1"
        )
        found = self._alerts(sql, chat, alert.message, alert.at, alert.number)
        return next(iter(found), None)

    @by_chat
    def has_armed(self, chat: str, message: int) -> bool:
        """Whether a message of the chat has armed anything, whatever became of it."""
        return bool(self._alerts("WHERE chat = ? AND message = ? LIMIT 1", chat, message))

    @by_chat
    def of_chat(self, chat: str, state: str = ARMED) -> list[Alert]:
        """The alerts of the whole chat, whichever of its topics `chat` names, oldest first."""
        id_ = chat.partition("/")[0]
        return self._alerts(f"WHERE {OF_CHAT} AND state = ? ORDER BY number", id_, id_, state)

    def armed(self) -> list[Alert]:
        """All that is to be looked at."""
        return self._alerts(f"WHERE state = '{ARMED}' ORDER BY number")

    @property
    def count(self) -> int:
        """How many are to be looked at."""
        sql = f"SELECT count(*) FROM alerts WHERE state = '{ARMED}'"
        return self._store.value(sql, default=0)

    def at(self, place: Place) -> list[Alert]:
        """All that is to be looked at there."""
        where = f"WHERE exchange = ? AND symbol = ? AND timeframe = ? AND state = '{ARMED}'"
        rest = (place.exchange, place.symbol, place.timeframe)
        return self._alerts(f"{where} ORDER BY number", *rest)

    @by_chat
    def fired_since(self, chat: str, at: float) -> list[Alert]:
        """The alerts of the conversation that have fired and were delivered after that time."""
        sql = f"WHERE chat = ? AND state = '{DELIVERED}' AND ended_at > ? ORDER BY number"
        return self._alerts(sql, chat, at)

    def looked(self, alerts: Sequence[Alert], candle: int, at: float) -> Row:
        """The statement that notes that these were looked at up to `candle`, at the time `at`."""
        numbers = ", ".join(str(one.number) for one in alerts)
        sql = (
            "UPDATE alerts SET looked = max(looked, ?), looked_at = ? "
            f"WHERE number IN ({numbers}) AND state = '{ARMED}'"
        )
        return sql, candle, at

    def becoming_ready(self, alert: Alert, since: int) -> Row:
        """The statement that notes that the condition was false in the candle `since`."""
        sql = f"UPDATE alerts SET ready = 1, since = ? WHERE number = ? AND state = '{ARMED}'"
        return sql, since, alert.number

    def firing(
        self, alert: Alert, candle: int, price: float, said: Outgoing, at: float
    ) -> list[Row]:
        """The statements that have `alert` fire by `candle` at `price`, and say so."""
        sql = (
            f"UPDATE alerts SET state = '{FIRED}', fired_candle = ?, fired_price = ? "
            f"WHERE number = ? AND state = '{ARMED}'"
        )
        return [(sql, candle, price, alert.number), adding(said, at, if_changed=True)]

    def fired_directly(self, alert: Alert, candle: int, price: float, at: float) -> Row:
        """The statement that notes that `alert` has fired and was said without the outbox."""
        sql = (
            f"UPDATE alerts SET state = '{DELIVERED}', fired_candle = ?, fired_price = ?, "
            f"ended_at = ? WHERE number = ? AND state = '{ARMED}'"
        )
        return sql, candle, price, at, alert.number

    def disarm(self, alert: Alert, at: float) -> bool:
        """Disarm `alert`; returns whether it was armed until now."""
        (done,) = self._store.write_durably(self._disarming(alert.number, at))
        return done.rowcount > 0

    @staticmethod
    def _disarming(number: int, at: float) -> Row:
        sql = f"UPDATE alerts SET state = '{DISARMED}', ended_at = ? WHERE number = ? "
        return f"{sql}AND state IN ('{ARMED}', '{SUSPENDED}')", at, number

    def _alerts(self, where: str, *values: object) -> list[Alert]:
        rows = self._store.read(f"{SELECT} {where}", *values, kinds=ALERT_KINDS)
        return [Alert(*row) for row in rows]
