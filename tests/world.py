"""A bot, its clock, and an exchange that knows the right time whatever that clock does."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path

from tests.adjustable_clock import AdjustableClock
from tests.conftest import OWNER, Launcher, wait_until
from tests.doubles.exchange import ExchangeDouble
from tests.doubles.tape import Tape
from tests.doubles.telegram import TOKEN, TelegramDouble

MINUTE, HOUR = 60.0, 3600.0
# Two days before summer time begins in Berlin; 02:25 there.
BEGAN = datetime(2027, 3, 26, 1, 25, tzinfo=timezone.utc).timestamp()
# So many seconds pass in one while a test waits for something.
RATE = 600.0
CALM = 100.0
COINS = ("BTC", "ETH", "SOL", "DOGE")


class World:
    """A bot, its clock, an exchange that knows the right time, and what is traded there."""

    def __init__(
        self, folder: Path, telegram: TelegramDouble, exchange: ExchangeDouble,
        launcher: Callable[..., Launcher], owner: int | None = OWNER,
    ) -> None:  # fmt: skip
        self.telegram, self.exchange = telegram, exchange
        self.clock = AdjustableClock(folder / "clock.json", BEGAN)
        self._ahead = BEGAN - self.clock.monotonic()
        exchange.now = self.now
        for coin in COINS:
            # Something is traded in each minute, so that nothing counts as frozen.
            trades = [(BEGAN + n * 30.0 + 1, CALM + n % 2 * 0.5) for n in range(-6000, 6000)]
            exchange.tapes[f"{coin}/USDT"] = Tape(trades)
        self.config = (
            f"[telegram]\napi_url = {telegram.url}\n[lmstudio]\nurl = http://127.0.0.1:9\n"
            f"[fallback]\norder = rules\n"
            f"[market]\nexchange = binance\n[binance]\napi_url = {exchange.url}\n"
        )
        env = f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={owner or ''}\n"
        self.bot = launcher(self.config, env)
        self.bot.adjusted = True
        self.clock.run(1)
        # So many alerts were seen to fire.
        self.seen = 0

    def configure(self, exchange: str) -> None:
        """Have config.ini name another exchange."""
        new = self.config.replace("binance", exchange)
        (self.bot.folder / "config.ini").write_text(new, "utf-8")

    def start(self) -> None:
        """Start the bot."""
        self.bot.start().wait_for("Bot is running and listening for messages...")

    def now(self) -> float:
        """The right time, in seconds since the epoch."""
        return self.clock.monotonic() + self._ahead

    def minute(self) -> float:
        """The beginning of the next minute."""
        return (self.now() // MINUTE + 1) * MINUTE

    def skip(self, hours: float) -> None:
        """Let so many hours pass at once."""
        self.clock.skip(hours * HOUR)

    def sleep(self, hours: float) -> None:
        """Have the machine sleep for so many hours."""
        self.clock.sleep(hours * HOUR)
        self._ahead += hours * HOUR

    @contextlib.contextmanager
    def fast(self) -> Iterator[None]:
        """Have time pass fast during the block; else it passes as it does for everybody."""
        self.clock.run(RATE)
        yield
        self.clock.run(1)

    def wait(self, holds: Callable[[], object]) -> None:
        """Wait until `holds()` is true, while time passes fast."""
        with self.fast():
            wait_until(holds, 30)

    def wait_until(self, moment: float) -> None:
        """Wait for that right time."""
        self.wait(lambda: self.now() >= moment)

    def wick(self, coin: str, at: float, price: float) -> str:
        """Have a coin cost so much for a second; returns the minute, as people read it."""
        tape = self.exchange.tapes[f"{coin}/USDT"]
        before = tape.price(at)
        tape.trade(at, price)
        tape.trade(at + 1, before)
        return clock_time(at)

    def reach(self, text: str) -> None:
        """Let time pass at once, up to two minutes before "27 05:00" in UTC, and then for a bit."""
        moment = datetime.strptime(f"2027-03-{text} +0000", "%Y-%m-%d %H:%M %z").timestamp()
        self.clock.skip(moment - 2 * MINUTE - self.now())
        self.wait_until(moment + 2 * MINUTE)

    def digests(self) -> list[str]:
        """The headings of all digests."""
        shown = (one.text or "" for one in self.telegram.screen(OWNER))
        return [text.split("\n")[0] for text in shown if text.startswith("🗞 Digest · ")]

    def arm(self, text: str) -> None:
        """Arm an alert."""
        self.telegram.answer_to(OWNER, f"/alert {text}", "🔔 Armed")

    def fired(self) -> list[str]:
        """What has fired, oldest first."""
        shown = (one.text or "" for one in self.telegram.screen(OWNER))
        return [text for text in shown if text.startswith("🔔") and "rmed" not in text]

    def wait_for_fired(self, price: float, when: str, *, is_away: bool = False) -> None:
        """Wait until one more alert has fired, at that price and time, and all is noted."""
        self.wait(lambda: len(self.fired()) > self.seen)
        self.wait(lambda: not self.rows("SELECT 1 FROM outbox WHERE state <> 'sent'"))
        text, self.seen = self.fired()[-1], self.seen + 1
        assert len(self.fired()) == self.seen, self.fired()
        assert f"\n{price:.2f} on Binance at " in text
        assert f"{when} UTC" in text
        assert ("while I was away\n" in text) == is_away, text

    def notices(self) -> list[str]:
        """What is told of markets that cannot be watched, or can be again."""
        shown = (one.text or "" for one in self.telegram.screen(OWNER))
        return [text for text in shown if text.startswith(("⚠️ I cannot watch", "✅ I can watch"))]

    def wait_for_notice(self, begin: str) -> None:
        """Wait until the newest notice begins like that."""
        self.wait(lambda: any(one.startswith(begin) for one in self.notices()))
        assert sum(one.startswith(begin) for one in self.notices()) == 1

    def rows(self, sql: str, *values: float) -> list[tuple[object, ...]]:
        """Rows of the store."""
        with contextlib.closing(sqlite3.connect(self.bot.folder / "engram.db")) as db:
            return db.execute(sql, values).fetchall()

    def look(self) -> None:
        """Wait until all that is armed was looked at in a minute that has not begun yet."""
        behind = "SELECT 1 FROM alerts WHERE state = 'armed' AND looked < ?"
        minute = self.minute() * 1000
        self.wait(lambda: not self.rows(behind, minute))


def clock_time(at: float) -> str:
    """A time of day in UTC."""
    return f"{datetime.fromtimestamp(at, timezone.utc):%H:%M}"
