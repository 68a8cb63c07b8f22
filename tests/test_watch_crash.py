"""Killed at random moments, again and again: each alert that is due is on screen, and no other.

Prices are scripted: on each market there are spikes of a second, each lower than the one before, so
that a level may be reached now, once more later, or never again after it was armed. Which alerts
are due, and by which minute, follows from the script and from what stands on the screens of the
Telegram double; the bot's own books are only looked at to choose moments and to know the end.

A message that Telegram has taken and whose number the bot has not learned before it died is sent
again: nothing else is possible. Such copies have to be explained by a kill; they are counted and
printed.

The full size: `python3 -m pytest -m long tests/test_watch_crash.py`.
"""

from __future__ import annotations

import random
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tests.adjustable_clock import AdjustableClock
from tests.conftest import OWNER, Launcher, wait_until
from tests.doubles.exchange import ExchangeDouble
from tests.doubles.tape import Tape
from tests.doubles.telegram import TOKEN, TelegramDouble
from tests.doubles.telegram_rules import NOT_MODIFIED
from tests.machine_speed import exit_code, slowness

LATENCY = 0.05
WINDOW = LATENCY + 0.3
FIRST_CHAT = 1000
BEGAN = 1_795_339_800.0
MINUTE = 60.0
CALM = 100.0
ARMED = "🔔 Armed"
# So long (s, of the clock) a spike lasts, and so long before the next one on the same market.
SPIKE, APART = 1.0, 3 * MINUTE


@dataclass(frozen=True)
class Size:
    """`alerts` on `markets`, while the bot is killed `kills` times; the clock runs at `rate`."""

    alerts: int
    markets: int
    kills: int
    rate: float
    longest_life: float

    @property
    def chats(self) -> range:
        """Those who arm them, five each."""
        return range(FIRST_CHAT, FIRST_CHAT + -(-self.alerts // 5))


SMALL, FULL = Size(20, 4, 5, 30, 2.5), Size(200, 20, 25, 20, 6.0)


@dataclass
class Wish:
    """One alert that somebody asks for: above `level`, which no other one has."""

    chat: int
    symbol: str
    level: float
    said_at: float = 0.0
    armed_at: float | None = None

    @property
    def text(self) -> str:
        """What is written to the bot."""
        return f"/alert {self.symbol} > {self.level}"


@dataclass(frozen=True)
class Spike:
    """At the time `at` `symbol` was traded once at `price`."""

    symbol: str
    at: float
    price: float


@dataclass
class Script:
    """All spikes, and which of them fires a wish: the first one after it was armed."""

    spikes: list[Spike] = field(default_factory=list)

    def of(self, wish: Wish, after: float) -> Spike | None:
        """The first spike after that time that reaches the level."""
        return next(
            (one for one in self.spikes if one.symbol == wish.symbol and one.at > after
             and one.price > wish.level),
            None,
        )  # fmt: skip

    def next_height(self, symbol: str, now: float) -> float:
        """By how much the next spike there exceeds the calm price."""
        return (
            next(one.price for one in self.spikes if one.symbol == symbol and one.at > now) - CALM
        )

    def near(self, wish: Wish) -> bool:
        """Whether it was armed in the same minute as a spike, before it or after it."""
        assert wish.armed_at is not None
        first, last = wish.said_at - MINUTE, wish.armed_at + MINUTE
        return any(
            one.symbol == wish.symbol and first < one.at < last and one.price > wish.level
            for one in self.spikes
        )


@pytest.fixture
def telegram() -> Iterator[TelegramDouble]:
    """Telegram at some distance."""
    with TelegramDouble(latency=LATENCY) as double:
        yield double
    assert double.errors == []
    assert [one for one in double.violations if NOT_MODIFIED not in one] == []


def symbols(size: Size) -> list[str]:
    """The markets of the script."""
    return [
        f"{chr(65 + number // 10)}{chr(75 + number % 10)}X/USDT" for number in range(size.markets)
    ]


def written(size: Size, exchange: ExchangeDouble, seconds: float) -> Script:
    """The script of so many seconds of the clock, which the exchange plays."""
    script, exchange.symbols = Script(), symbols(size)
    for number, symbol in enumerate(exchange.symbols):
        trades = [(BEGAN - 86_400.0, CALM)]
        at, price = BEGAN + 2 * MINUTE + number * 7, CALM + 90
        while at < BEGAN + seconds:
            script.spikes.append(Spike(symbol, at, price))
            trades += [(at, price), (at + SPIKE, CALM)]
            at, price = at + APART, CALM + (price - CALM) * 0.8
            if price < CALM + 1:
                price = CALM + 90
        # Something is traded all the time, so that no market counts as frozen.
        trades += [(BEGAN + second + 0.5, CALM) for second in range(-3600, int(seconds) + 7200, 20)]
        exchange.tapes[symbol] = Tape(trades)
    script.spikes.sort(key=lambda one: one.at)
    return script


class Run:
    """The bot between its kills, and the people who arm alerts meanwhile."""

    def __init__(self, size: Size, launched: Launcher, telegram: TelegramDouble) -> None:
        self.size, self.launched, self.telegram = size, launched, telegram
        self.killed: list[float] = []
        self.is_telegram_down = False
        self.chance = random.Random(11)

    @property
    def file(self) -> Path:
        """The store."""
        return self.launched.folder / "engram.db"

    def count(self, sql: str) -> int:
        """A number from the store; 0 while there is none."""
        try:
            with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=10)) as db:
                return int(db.execute(sql).fetchone()[0] or 0)
        except sqlite3.OperationalError:
            return 0

    def wait_for_row(self, sql: str) -> None:
        """Wait for a moment in which `sql` counts more than before, but not for ever."""
        before, until = self.count(sql), time.monotonic() + self.size.longest_life * slowness()
        while self.count(sql) <= before and time.monotonic() < until:
            time.sleep(0.001)

    def back(self, exchange: ExchangeDouble) -> None:
        """Have everybody be there who was away."""
        exchange.heal()
        if self.is_telegram_down:
            self.telegram.up()
        self.is_telegram_down = False

    def kill(self) -> None:
        """Kill the bot."""
        process = self.launched.process
        assert process is not None
        assert process.poll() is None, self.launched.output
        process.kill()
        self.killed.append(time.monotonic())
        exit_code(process, 10)


def moments(run: Run, exchange: ExchangeDouble) -> list[Callable[[], None]]:
    """The kinds of moments in which the bot is killed."""

    def at_random() -> None:
        time.sleep(slowness() * run.chance.uniform(0.3, run.size.longest_life))

    def armed() -> None:
        run.wait_for_row("SELECT count(*) FROM alerts")

    def fired() -> None:
        run.wait_for_row("SELECT count(*) FROM outbox")

    def exchange_away() -> None:
        exchange.fail("klines", "503", times=None)
        at_random()

    def telegram_away() -> None:
        run.telegram.down()
        run.is_telegram_down = True
        at_random()

    return [at_random, armed, fired, exchange_away, telegram_away]


@pytest.mark.parametrize(
    "size",
    [SMALL, pytest.param(FULL, marks=[pytest.mark.long, pytest.mark.timeout(1800)])],
    ids=["small", "full"],
)
def test_every_alert_that_is_due_arrives_whenever_the_bot_is_killed(
    launcher: Callable[..., Launcher], telegram, exchange, measured, idle_clock, size
):
    """Somebody would sleep through what they asked to be woken for."""
    allowed = ", ".join(map(str, size.chats))
    launched = launcher(
        f"[telegram]\napi_url = {telegram.url}\nallowed_chat_ids = {allowed}\n"
        f"[lmstudio]\nurl = http://127.0.0.1:9\n[fallback]\norder = mock, rules\n"
        f"[market]\nexchange = binance\n[binance]\napi_url = {exchange.url}\n",
        f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\n",
    )
    launched.adjusted = True
    clock = AdjustableClock(launched.folder / "clock.json", BEGAN)
    clock.run(size.rate)
    real = time.monotonic()
    exchange.now = clock.now

    def told_at(moment: float) -> float:
        """The time of the clock at a real moment."""
        return BEGAN + (moment - real) * size.rate

    script = written(size, exchange, 4 * 3600.0)
    run = Run(size, launched, telegram)
    wishes = arm_and_kill(run, exchange, clock, script)
    launched.start()
    wait_until(lambda: not telegram.pending, 120)
    wait_until(lambda: not run.count("SELECT count(*) FROM inbox WHERE state <> 'sent'"), 240)
    for wish in wishes:
        shown = reply(telegram, wish)
        # While the exchange is away nothing is armed, and the reply says so.
        if shown and ARMED in shown.text:
            wish.armed_at = told_at(shown.sent_at)
    enough = clock.now() + APART
    armed = "SELECT count(*) FROM alerts WHERE state = 'armed' AND looked < {}"
    wait_until(lambda: not run.count(armed.format(int(enough * 1000))), 240)
    wait_until(lambda: not run.count("SELECT count(*) FROM outbox WHERE state <> 'sent'"), 120)
    judged_at = clock.now()
    assert launched.stop() == 0
    armed_ones = sum(wish.armed_at is not None for wish in wishes)
    assert armed_ones > 0.6 * size.alerts, launched.log
    copies = check(run, script, wishes, enough, judged_at, told_at, idle_clock)
    found = [script.of(wish, wish.armed_at) for wish in wishes if wish.armed_at]
    due = sum(one is not None and one.at < enough for one in found)
    measured(
        f"{size.kills} kills, {size.alerts} alerts on {size.markets} markets",
        f"{armed_ones} armed, {due} due by the end, each on screen, {copies} of them twice; none "
        f"of the other {armed_ones - due}",
    )
    assert "Traceback" not in launched.log


def arm_and_kill(
    run: Run, exchange: ExchangeDouble, clock: AdjustableClock, script: Script
) -> list[Wish]:
    """Kill the bot again and again while people arm alerts; returns what they asked for."""
    size, kinds = run.size, moments(run, exchange)
    names, wishes = symbols(size), []
    each = -(-size.alerts // size.kills)
    for life in range(size.kills):
        run.launched.start()
        run.back(exchange)
        for _ in range(min(each, size.alerts - len(wishes))):
            number = len(wishes)
            symbol, chat = run.chance.choice(names), size.chats[number % len(size.chats)]
            # From what the next spike surely reaches to what none reaches any more.
            height = script.next_height(symbol, clock.now())
            level = round(CALM + height * run.chance.uniform(0.2, 1.3), 2)
            wish = Wish(chat, symbol, level, said_at=clock.now())
            run.telegram.say(chat, wish.text)
            wishes.append(wish)
        if life % 2:
            time.sleep(slowness() * 1.5)
        kinds[life % len(kinds)]()
        run.kill()
    run.back(exchange)
    return wishes


def about(telegram: TelegramDouble, wish: Wish) -> list:
    """The messages that name the wish's level, oldest first."""
    shown = f"{wish.level:,.2f}|{wish.level:g}"
    return [
        one for one in telegram.screen(wish.chat)
        if re.search(rf"\b({shown})", (one.text or "").replace(",", ""))
    ]  # fmt: skip


def reply(telegram: TelegramDouble, wish: Wish):
    """What the bot has said to the wish, if that names its level."""
    return next((one for one in about(telegram, wish) if not is_fired(one.text)), None)


def is_fired(text: str) -> bool:
    """Whether it tells of an alert that fired."""
    return text.startswith("🔔") and "rmed" not in text


def check(run, script, wishes, enough, judged_at, told_at, idle_clock) -> int:
    """Every alert that is due is on screen, by the right minute, and no other; counts copies."""
    copies = 0
    for wish in wishes:
        transcript = run.telegram.transcript(wish.chat)
        if wish.armed_at is None:
            continue
        fired = [one for one in about(run.telegram, wish) if is_fired(one.text)]
        due = script.of(wish, wish.armed_at)
        if script.near(wish):
            assert len(fired) <= 2, transcript
            continue
        if due is None or due.at > judged_at:
            assert not fired, transcript
            continue
        if due.at < enough - MINUTE:
            assert fired, f"{wish}, {due}:\n{transcript}"
        for one in fired:
            minute = datetime.fromtimestamp(due.at, timezone.utc).strftime("%H:%M")
            assert minute in one.text, f"{wish}, {due}:\n{transcript}"
        ages = [age_at_kill(one, run.killed, idle_clock) for one in fired]
        explained = sum(age < WINDOW for age in ages)
        assert len(fired) - 1 <= explained, f"{ages}:\n{transcript}"
        copies += max(0, len(fired) - 1)
    return copies


def age_at_kill(shown, killed: list[float], idle_clock) -> float:
    """How old, in seconds of an idle machine, the message was at the next kill."""
    later = [at for at in killed if at + WINDOW >= shown.sent_at]
    return idle_clock.between(shown.sent_at, min(later)) if later else float("inf")
