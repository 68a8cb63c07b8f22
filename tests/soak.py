"""Many messages to one bot, and what it holds on to: `python3 -m tests.soak [--messages 20000]`.

The bot runs as a process of its own against the doubles of Telegram, LM Studio and the exchange.
A hundred chats write at once, and the next hundred when all of them are answered; of each hundred
messages one asks for an analysis and one for the status. After each thousand the bot is measured
from outside: memory, threads and open files must not grow from the first thousand to the last. The
file grows by what is remembered of each message for 30 days, and by nothing else.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.conftest import OWNER, Launcher, wait_until
from tests.doubles.exchange import ExchangeDouble
from tests.doubles.lmstudio import Answer, LMStudioDouble
from tests.doubles.telegram import TOKEN, TelegramDouble
from tests.footprint import Footprint
from tests.test_crash import unfinished

BATCH, AT_ONCE, CHATS, FIRST_CHAT = 1000, 100, 500, 10_000
# What may be more at the end than after the first batch. Up to 64 connections to Telegram are kept.
MORE_MEGABYTES, MORE_THREADS, MORE_FILES = 10.0, 8, 8
# Threads start when they are needed; so many may be at work whenever that is.
THREADS = 52


def is_flat(first: Footprint, last: Footprint) -> bool:
    """Whether nothing has grown."""
    return (
        last.megabytes - first.megabytes <= MORE_MEGABYTES
        and last.threads <= max(first.threads + MORE_THREADS, THREADS)
        and last.files - first.files <= MORE_FILES
    )


def start(
    folder: Path, telegram: TelegramDouble, lmstudio: LMStudioDouble, market: str
) -> Launcher:
    """Start the bot."""
    allowed = ", ".join(str(FIRST_CHAT + number) for number in range(CHATS))
    launched = Launcher(
        folder,
        f"[telegram]\napi_url = {telegram.url}\nallowed_chat_ids = {allowed}\nper_second = 1000\n"
        f"[lmstudio]\nurl = {lmstudio.url}\nparallel = 16\n"
        f"[market]\nexchange = binance\n[binance]\napi_url = {market}\n",
        f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\n",
    ).start()
    launched.wait_for("Bot is running and listening for messages...", timeout=30)
    return launched


def say(telegram: TelegramDouble, number: int) -> int:
    """Say message `number`, to the chat whose turn it is; returns how many messages answer it."""
    chat = FIRST_CHAT + number % CHATS
    if number % 100 == 1:
        telegram.say(chat, "/status")
        return 1
    if number % 100 == 2:
        telegram.say(chat, "/refresh BTC 4h")
        return 2
    telegram.say(chat, f"What about number {number}?")
    return 1


def on_screen(telegram: TelegramDouble) -> int:
    """How many messages the bot has sent that are complete."""
    return sum(
        not any(label == "⏹" for label, _ in shown.buttons)
        for chat in range(FIRST_CHAT, FIRST_CHAT + CHATS)
        for shown in telegram.screen(chat)
    )


def soak(messages: int) -> bool:
    """Say that many messages and print a line for each batch; whether the bot stayed flat."""
    with (
        tempfile.TemporaryDirectory() as name,
        TelegramDouble() as telegram,
        LMStudioDouble() as lmstudio,
        ExchangeDouble(shape="walk") as exchange,
    ):
        folder = Path(name)
        lmstudio.behave(Answer("All is **calm**; see `BTC`. " * 5))
        bot = start(folder, telegram, lmstudio, exchange.url)
        assert bot.process is not None
        print(
            f"{'messages':>8} {'seconds':>8} {'MB':>7} {'threads':>8} {'files':>6} {'store MB':>9}"
        )
        began, first, last, expected = time.monotonic(), None, None, 0
        try:
            for said in range(0, messages, BATCH):
                for wave in range(said, said + BATCH, AT_ONCE):
                    expected += sum(say(telegram, wave + one) for one in range(AT_ONCE))
                    wait_until(lambda: not telegram.pending and not unfinished(bot), 300)
                last = Footprint.of(bot.process.pid)
                first = first or last
                store = sum(file.stat().st_size for file in folder.glob("engram.db*")) / 1e6
                print(
                    f"{said + BATCH:8} {time.monotonic() - began:8.1f} {last.megabytes:7.1f} "
                    f"{last.threads:8} {last.files:6} {store:9.1f}",
                    flush=True,
                )
                # What the doubles remember of it is not what is measured.
                telegram.calls.clear()
                lmstudio.requests.clear()
        finally:
            bot.stop()
        assert first is not None
        assert last is not None
        print(f"{on_screen(telegram)} of {expected} messages are on screen")
        complete = on_screen(telegram) == expected and not telegram.violations
        return complete and is_flat(first, last)


def main() -> int:
    """Print the table; 1 when something grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    flat = soak(parser.parse_args().messages)
    print("flat" if flat else "NOT flat: something grew, is missing, or was refused by Telegram")
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())
