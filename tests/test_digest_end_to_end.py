"""The digest with `launcher.py` as a process, whose clock runs fast, jumps and is put back."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tests.adjustable_clock import AdjustableClock
from tests.conftest import OWNER, Launcher, wait_until
from tests.doubles.exchange import ExchangeDouble
from tests.doubles.lmstudio import Answer, LMStudioDouble
from tests.doubles.telegram import TOKEN, TelegramDouble

# So many seconds of the bot's clock pass in one.
RATE = 60.0


def at(text: str) -> float:
    """A time in UTC as seconds since the epoch."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()


@pytest.fixture
def bot(
    launcher: Callable[..., Launcher],
    telegram: TelegramDouble,
    lmstudio: LMStudioDouble,
    exchange: ExchangeDouble,
) -> Callable[[], Launcher]:
    """Starts the bot, which goes by the clock that the exchange goes by."""
    config = (
        f"[telegram]\napi_url = {telegram.url}\n[lmstudio]\nurl = {lmstudio.url}\n"
        f"[market]\nexchange = binance\n[binance]\napi_url = {exchange.url}\n"
    )
    env = f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\n"

    def start() -> Launcher:
        made = launcher(config, env)
        made.adjusted = True
        exchange.now = made.clock.now
        made.start().wait_for("Bot is running and listening for messages...")
        return made

    return start


@pytest.fixture
def clock(tmp_path) -> AdjustableClock:
    """The clock of all of them: two minutes to eight in Berlin, the day before summer time ends."""
    return AdjustableClock(tmp_path / "clock.json", at("2026-10-24 05:58"))


@pytest.fixture
def passes(clock, telegram) -> Callable[[str, str], None]:
    """Has the clock run fast from one time to another."""

    def passed(begin: str, end: str) -> None:
        clock.set(at(begin))
        clock.run(RATE)
        telegram.wait_for(lambda: clock.now() > at(end))
        clock.run(1)

    return passed


def is_noted(folder: Path) -> bool:
    """Whether the bot knows that all it has said unasked has arrived."""
    with contextlib.closing(sqlite3.connect(folder / "engram.db")) as store:
        ((open_,),) = store.execute("SELECT count(*) FROM outbox WHERE state <> 'sent'")
    return not open_


def digests(telegram: TelegramDouble) -> list[str]:
    """The digests on screen."""
    return [
        one.text for one in telegram.screen(OWNER) if one.text and one.text.startswith("🗞 Digest ·")
    ]


def test_a_digest_a_day_whatever_the_clock_does(bot, clock, passes, telegram, lmstudio, tmp_path):
    """A digest would be lost or doubled by a summer time, a crash, a sleep, or a wrong clock."""
    lmstudio.behave(Answer("Bitcoin moved little. It costs 123,456."))
    running = bot()
    telegram.answer_to(OWNER, "/watch BTC 4h", "BTC/USDT (4h, Binance) is watched")
    telegram.answer_to(OWNER, "/digest 8", "each day at 08:00 UTC")
    telegram.answer_to(OWNER, "/timezone europe/berlin", "comes at 08:00 there")
    passes("2026-10-24 05:59", "2026-10-24 06:01")
    telegram.wait_for(lambda: len(digests(telegram)) == 1)
    (first,) = digests(telegram)
    assert first.startswith("🗞 Digest · Sat 24 Oct 08:00 in Berlin\n\n👁 1 market · Binance · 06:0")
    assert "💬 Bitcoin moved little. It costs 123,456. (GLM-4.7-flash)" in first
    assert first.endswith("⚠️ Not in the data: 123,456")
    (table,) = [one for one in telegram.screen(OWNER) if one.text == first]
    assert [one["type"] for one in table.entities] == ["pre"]
    # Whoever dies between the sending and the note of it sends again.
    wait_until(lambda: is_noted(tmp_path), 30)
    assert running.stop(signal.SIGKILL) != 0
    # The same minute comes again.
    clock.set(at("2026-10-24 04:00"))
    running = bot()
    passes("2026-10-24 05:59", "2026-10-24 06:01")
    assert len(digests(telegram)) == 1
    # The night in which clocks are put back: half past two comes twice.
    telegram.answer_to(OWNER, "/digest 02:30", "each day at 02:30 in Berlin, the first one Sun 25")
    passes("2026-10-25 00:29", "2026-10-25 00:31")
    telegram.wait_for(lambda: len(digests(telegram)) == 2)
    passes("2026-10-25 01:29", "2026-10-25 01:31")
    assert len(digests(telegram)) == 2
    # The machine sleeps through the next one, for two hours.
    assert running.stop() == 0
    clock.set(at("2026-10-26 03:30"))
    bot()
    telegram.wait_for(lambda: len(digests(telegram)) == 3)
    late = "🗞 Digest · Mon 26 Oct 02:30 in Berlin\n⏰ It comes 2 h late: I was away at 02:30.\n"
    assert digests(telegram)[-1].startswith(late)
