"""What watching costs: a thousand alerts on a hundred markets, and the watchlist."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

from engram.market.exchanges.looks import Rows
from engram.storage.outbox import Outbox
from engram.storage.store import Store
from engram.storage.watch.armed import Armed, Place
from engram.storage.watch.tables import WatchTables
from engram.watch.looking.price import Standing
from engram.watch.looking.reading import Rung, look
from tests.benchmark.effort import Effort
from tests.benchmark.processes import Process
from tests.benchmark.result import Result, median
from tests.benchmark.stage import FIRST, Stage

MINUTE = 60.0
PRICE, LEVEL, TRADED = 100.0, 200.0, 250.0
JUDGED = "1,000 alerts on 100 markets judged once, processor time"
A_MINUTE = "a minute of looking at them, processor time"
FIRED = "one of them fired to its message on screen"


def alerts(effort: Effort) -> Iterator[Result]:
    """What it takes to judge all alerts once, to look at them for a minute, and to tell of one."""
    yield Result("alerts", JUDGED, median([judged(effort) for _ in range(effort.runs)]), "s", 0.1)
    used, told = [], []
    for _ in range(effort.runs):
        with Stage(markets=effort.markets) as stage:
            arm(stage, effort)
            with stage.engram() as bot:
                used.append(processor_time(stage, bot, effort))
                told.append(seconds_to_screen(stage))
    note = f"{effort.alerts} alerts on {effort.markets} markets; the doubles not counted"
    yield Result("alerts", A_MINUTE, median(used), "s", 1.2, note=note)
    yield Result("alerts", FIRED, median(told), "s", 2.0, note="from its row in the outbox on")


def judged(effort: Effort) -> float:
    """The processor time of judging all alerts by three candles of each market; seconds."""
    rows = tuple((at * 60_000.0, PRICE, PRICE, PRICE, PRICE, 1.0) for at in range(3))
    each = effort.alerts // effort.markets
    standings = [Standing(number, True, LEVEL + number, 0, 0) for number in range(each)]
    before = time.process_time()
    for _ in range(effort.markets):
        steps = look(standings, [Rung("1m", 60_000)], 120_000)
        next(steps)
        with contextlib.suppress(StopIteration):
            steps.send(Rows(rows, 125.0))
            raise AssertionError("one request is enough")
    return time.process_time() - before


def arm(stage: Stage, effort: Effort) -> None:
    """Put the alerts into the store, as if people had armed them a minute ago."""
    store = Store(stage.folder / "engram.db")
    tables, now = WatchTables(store, Outbox(store)), time.time()
    candle = int(now // MINUTE * 60_000) - 60_000
    for number in range(effort.alerts):
        where = Place("binance", f"C{number % effort.markets:02d}/USDT", "1m")
        condition = f"price > {LEVEL + number // effort.markets:g}"
        by = Armed(str(FIRST + number // 20), f"benchmark/{number}")
        tables.alerts.arm(
            by, where, asked=condition, condition=condition, price=PRICE, at=now,
            since=candle, looked=candle, ready=True,
        )  # fmt: skip
    store.close()


def processor_time(stage: Stage, bot: Process, effort: Effort) -> float:
    """What the bot uses in a minute, once it has looked at everything; seconds."""
    stage.started_in(bot)
    until = time.monotonic() + 3 * MINUTE
    while _value(stage, "SELECT min(looked_at) FROM alerts") < time.time() - MINUTE:
        assert time.monotonic() < until, "not all markets were looked at"
        time.sleep(1)
    before = bot.footprint().processor
    time.sleep(effort.minutes * MINUTE)
    return (bot.footprint().processor - before) / effort.minutes


def seconds_to_screen(stage: Stage) -> float:
    """How long it takes from the row of an alert that fired to its message on screen; seconds."""
    assert stage.exchange is not None
    # Telegram knows nobody who has never written.
    stage.ask(FIRST, "/help", "What I can do")
    stage.exchange.control("trade?symbol=C07/USDT&price=200.5")
    stage.exchange.control("trade?symbol=C07/USDT&price=100")
    until = time.monotonic() + 3 * MINUTE
    while len(stage.telegram.control("screen", chat_id=FIRST)) < 2:
        assert time.monotonic() < until, "the alert never arrived"
        time.sleep(0.01)
    return time.time() - _value(stage, "SELECT min(at) FROM outbox")


def _value(stage: Stage, sql: str) -> float:
    with closing(sqlite3.connect(stage.folder / "engram.db", timeout=10)) as db:
        return float(db.execute(sql).fetchone()[0] or 0)


def watchlist(effort: Effort) -> Iterator[Result]:
    """A watchlist of 30 markets on four timeframes, its candles cold and then warm."""
    cold, warm = [], []
    for _ in range(effort.runs):
        with Stage(markets=effort.watched) as stage:
            watch(stage, effort)
            with stage.engram() as bot:
                stage.started_in(bot)
                # With its price: the table grows in the same message.
                last = f"C{effort.watched - 1:02d}  {PRICE:.2f}"
                for seconds in (cold, warm):
                    seconds.append(stage.ask(FIRST, "/watchlist", last, timeout=60))
    what = f"/watchlist of {effort.watched} markets on 4 timeframes"
    yield Result("watchlist", f"{what}, candles cold", median(cold), "s", 8.0)
    yield Result("watchlist", f"{what}, candles warm", median(warm), "s", 0.5)


def watch(stage: Stage, effort: Effort) -> None:
    """Put the watched markets into the store."""
    store = Store(stage.folder / "engram.db")
    tables, now = WatchTables(store, Outbox(store)), time.time()
    for number in range(effort.watched):
        for timeframe in ("15m", "1h", "4h", "1d"):
            where = Place("binance", f"C{number:02d}/USDT", timeframe)
            by = Armed(str(FIRST), f"benchmark/{number}/{timeframe}")
            judged_at = int(now * 1000)
            tables.watched.watch(
                by, where, at=now, signal="HOLD", since=judged_at, judged=judged_at
            )
    store.close()
