"""How fast the bot starts, and how much memory it takes."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.benchmark.effort import Effort
from tests.benchmark.result import Result, median
from tests.benchmark.stage import ANSWER, Stage

# What the bot does in the background after its first poll is over by then; seconds.
SETTLED = 3.0
# How many chats ask at a time while memory is watched; each of them has a thread at work.
CROWD = 50


def start(effort: Effort) -> Iterator[Result]:
    """From the start of the process to the first getUpdates."""
    engram, echo = [], []
    with Stage() as stage:
        for _ in range(effort.runs):
            with stage.echo() as bot:
                echo.append(stage.started_in(bot))
            with stage.engram() as bot:
                engram.append(stage.started_in(bot))
    what = "process start to first getUpdates"
    yield Result("start", what, median(engram), "s", 0.6, echo=median(echo))


def memory(effort: Effort) -> Iterator[Result]:
    """Resident memory without market data, and with it after a chart was drawn."""
    idle, echo, charted = [], [], []
    for _ in range(effort.runs):
        with Stage() as stage:
            with stage.echo() as bot:
                stage.started_in(bot)
                time.sleep(SETTLED)
                echo.append(bot.resident())
            with stage.engram() as bot:
                stage.started_in(bot)
                time.sleep(SETTLED)
                idle.append(bot.resident())
        with Stage(exchange=True) as stage, stage.engram() as bot:
            stage.started_in(bot)
            chat = stage.next_chat()
            stage.ask(chat, "/analyze BTC", ANSWER, timeout=60)
            screen = stage.telegram.control("screen", chat_id=chat)
            assert any(message["photo"] for message in screen), "no chart was drawn"
            time.sleep(SETTLED)
            charted.append(bot.resident())
    what = "resident memory, idle, without market data"
    yield Result("memory", what, median(idle), "MB", 55, echo=median(echo))
    what = "resident memory, market data warm and a chart drawn"
    yield Result("memory", what, median(charted), "MB", 200)


def growth(effort: Effort) -> Iterator[Result]:
    """How much more memory the bot takes after many messages than after some."""
    crowd = min(CROWD, effort.early)
    with Stage() as stage, stage.engram(telegram="per_second = 1000") as bot:
        stage.started_in(bot)
        early = 0.0
        for done in range(crowd, effort.late + 1, crowd):
            stage.ask_all(crowd, "hello", ANSWER)
            if not early and done >= effort.early:
                early = bot.resident()
        late = bot.resident()
    what = f"memory after {effort.late:,} messages less that after {effort.early:,}"
    note = f"{early:.1f} MB, then {late:.1f} MB, {crowd} chats at a time"
    yield Result("growth", what, late - early, "MB", 10, note=note)
