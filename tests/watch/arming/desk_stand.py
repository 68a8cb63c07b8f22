"""A desk at an exchange whose prices a test sets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engram.core.clock import Clock
from engram.market.analyst import Analyst
from engram.market.feed import Feed
from engram.market.symbols import Request
from engram.storage.inbox import identity_of
from engram.storage.outbox import Outbox
from engram.storage.store import Store
from engram.storage.watch.armed import Armed
from engram.storage.watch.tables import WatchTables
from engram.watch.arming.desk import Desk
from engram.watch.arming.reply import Reply
from engram.watch.conditions import Condition
from engram.watch.latest import Latest
from tests.conftest import make_source
from tests.doubles.exchange import ExchangeDouble, candles

MINUTES = 20


def set_price(exchange: ExchangeDouble, price: float, symbol: str = "BTC/USDT") -> None:
    """Have the minute candles of a market be at `price`."""
    rows = candles(MINUTES, "flat", "1m", exchange.now())
    exchange.series[symbol, "1m"] = [[row[0], *[price] * 4, 1.0] for row in rows]


def set_market(exchange: ExchangeDouble, price: float, symbol: str, seed: int = 1) -> None:
    """Have a market that has wandered to `price`, on all timeframes that are asked for."""
    set_price(exchange, price, symbol)
    for frame in ("1h", "4h", "1d"):
        rows = candles(1000, "walk", frame, exchange.now(), seed)
        scale = price / rows[-1][4]
        exchange.series[symbol, frame] = [
            [row[0], *(value * scale for value in row[1:5]), row[5]] for row in rows
        ]


@dataclass(frozen=True)
class Stand:
    """A desk, and all that it works with."""

    desk: Desk
    tables: WatchTables
    exchange: ExchangeDouble
    latest: Latest
    feed: Feed

    @classmethod
    def at(cls, exchange: ExchangeDouble, path: Path | None, price: float = 90.0) -> Stand:
        """One whose store is at `path`, in memory without one; BTC/USDT costs `price`."""
        set_price(exchange, price)
        store = Store(path)
        source, tables, latest = make_source(exchange), WatchTables(store, Outbox(store)), Latest()
        feed, analyst = Feed(source), Analyst(source, "USDT", "4h", 24)
        desk = Desk.of(tables, feed, analyst, Clock(), latest, partial(identity_of, store))
        return cls(desk, tables, exchange, latest, feed)

    def arm(
        self, condition: str, by: str = "", chat: str = "7", message: int = 1, frame: str = "4h",
        coin: str = "BTC", **who: object,
    ) -> Reply:  # fmt: skip
        """Arm an alert by the update `by`, a new one by default."""
        by = by or self.desk.identity((), "")
        person = Armed(chat, by, message, **who)  # type: ignore[arg-type]
        asked = Condition.read(condition)
        return self.desk.alerts.arm(person, Request(coin, "USDT", frame), asked, is_default=False)

    def armed(self, chat: str = "7") -> list[str]:
        """What the alerts of the chat wait for."""
        return [one.condition for one in self.tables.alerts.of_chat(chat)]
