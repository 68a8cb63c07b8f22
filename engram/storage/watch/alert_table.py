"""The table `alerts`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from engram.storage.moves import by_chat
from engram.storage.outbox import Outgoing, adding
from engram.storage.store import Row, Store
from engram.storage.watch.armed import (
    ARMED,
    DELIVERED,
    DISARMED,
    FIRED,
    SUSPENDED,
    Armed,
    ArmedRow,
    ArmedTable,
    Place,
)


@dataclass(frozen=True, slots=True)
class Alert(ArmedRow):
    """One alert.

    `asked` is the condition as it was asked for ("price moves +5%"), `condition` what it came to
    ("price > 105"), both as `Condition` writes them. `price` was the price when it was armed, at
    the time `at`. High and low count in candles after `since`; `looked` is the newest candle that
    was looked at, at the time `looked_at`; for closed candles the last one that was judged. It is
    `ready` once the condition has been false. `fired_candle` and `fired_price` are what fired it.
    """

    message: int | None
    asked: str
    condition: str
    price: float
    since: int
    looked: int
    looked_at: float
    ready: int
    fired_candle: int | None
    fired_price: float | None

    @property
    def is_closed(self) -> bool:
        """Whether closed candles of its timeframe are judged: all but the price are."""
        return not self.condition.startswith("price ")


class AlertTable(ArmedTable[Alert]):
    """The alerts of all chats."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, "alerts", Alert)

    def arm(
        self, by: Armed, place: Place, *, asked: str, condition: str, price: float, at: float,
        since: int, looked: int, ready: bool, instead_of: Sequence[int] = (),
    ) -> Alert:  # fmt: skip
        """Arm an alert; what the same update has armed before is returned again.

        The alerts `instead_of` which it is armed are disarmed in the same transaction.
        """
        who = asdict(by) | {"chat": self._store.moves.key(by.chat), "state": ARMED}
        new = self._rows.adding(
            **who, **asdict(place), asked=asked, condition=condition, price=price, at=at,
            since=since, looked=looked, looked_at=at, ready=ready,
        )  # fmt: skip
        ended = (self._disarming(one, at) for one in instead_of)
        self._store.write_durably(*ended, new)
        alert = self.by_update(by.armed_by)
        if alert is None:
            raise AssertionError("what was just written is there")
        return alert

    @by_chat
    def of_message(self, chat: str, message: int) -> list[Alert]:
        """What a message of the chat has armed, whichever words it had, and is armed still."""
        sql = f"WHERE chat = ? AND message = ? AND state = '{ARMED}' ORDER BY number"
        return self._rows.find(sql, chat, message)

    @by_chat
    def replaced_by(self, chat: str, alert: Alert) -> Alert | None:
        """What the same message had armed before, and was disarmed when it armed `alert`."""
        sql = (
            f"WHERE chat = ? AND message = ? AND state = '{DISARMED}' AND ended_at = ? "
            "AND number < ? ORDER BY number DESC LIMIT 1"
        )
        return self._rows.first(sql, chat, alert.message, alert.at, alert.number)

    @by_chat
    def has_armed(self, chat: str, message: int) -> bool:
        """Whether a message of the chat has armed anything, whatever became of it."""
        return bool(self._rows.count("WHERE chat = ? AND message = ?", chat, message))

    @by_chat
    def fired_since(self, chat: str, at: float) -> list[Alert]:
        """The alerts of the conversation that have fired and were delivered after that time."""
        sql = f"WHERE chat = ? AND state = '{DELIVERED}' AND ended_at > ? ORDER BY number"
        return self._rows.find(sql, chat, at)

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
