"""How fast the bot starts, and how much memory it takes."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.benchmark.effort import Effort
from tests.benchmark.processes import Process
from tests.benchmark.result import Result, median
from tests.benchmark.stage import ANSWER, MANY, Stage

# What the bot does in the background after its first poll is over by then; seconds.
SETTLED = 3.0
# How many chats ask at a time while memory is watched; each of them has a thread at work.
CROWD = 50


def start(effort: Effort) -> Iterator[Result]:
    """From the start of the process to the first getUpdates."""
    wall: dict[str, list[float]] = {"echo": [], "engram": []}
    used: dict[str, list[float]] = {"echo": [], "engram": []}
    with Stage() as stage:
        for _ in range(effort.runs * effort.starts + 1):
            for name, begin in (("echo", stage.echo), ("engram", stage.engram)):
                with begin() as bot:
                    wall[name].append(stage.started_in(bot))
                    used[name].append(bot.processor())
    # The very first ones may have had to compile what they import.
    waits, times = ({name: median(of[name][1:]) for name in of} for of in (wall, used))
    what = "process start to first getUpdates"
    figures = waits["engram"], "s", 0.5
    yield Result("start", what, *figures, echo=waits["echo"], times_echo=1.6)
    yield Result("start", f"{what}, processor time", times["engram"], "ms", echo=times["echo"])


def idle(effort: Effort) -> Iterator[Result]:
    """Resident memory of a bot that nobody has asked for anything, without market data."""
    ours, theirs = [], []
    with Stage() as stage:
        for _ in range(effort.runs):
            theirs.append(_settled(stage, stage.echo()))
            ours.append(_settled(stage, stage.engram()))
    what = "resident memory, idle, without market data"
    yield Result("idle", what, median(ours), "MB", 45, echo=median(theirs))


def warm(effort: Effort) -> Iterator[Result]:
    """Resident memory once market data was loaded in the background and a chart was asked for."""
    charted = []
    for _ in range(effort.runs):
        with Stage(exchange=True) as stage, stage.engram() as bot:
            stage.started_in(bot)
            time.sleep(SETTLED)
            chat = stage.next_chat()
            stage.ask(chat, "/analyze BTC", ANSWER, timeout=60)
            screen = stage.telegram.control("screen", chat_id=chat)
            assert any(message["photo"] for message in screen), "no chart was drawn"
            time.sleep(SETTLED)
            charted.append(bot.resident())
    what = "resident memory, market data warm and a chart drawn"
    yield Result("warm", what, median(charted), "MB", 150)


def _settled(stage: Stage, process: Process) -> float:
    """The memory of a bot that has just been started."""
    with process as bot:
        stage.started_in(bot)
        time.sleep(SETTLED)
        return bot.resident()


def growth(effort: Effort) -> Iterator[Result]:
    """How much more memory the bot takes after many messages than after some."""
    crowd = min(CROWD, effort.early)
    with Stage(chats=MANY) as stage, stage.engram(telegram="per_second = 1000") as bot:
        stage.started_in(bot)
        early = 0.0
        for done in range(crowd, effort.late + 1, crowd):
            stage.ask_all(crowd, "hello", ANSWER)
            if not early and done >= effort.early:
                early = bot.resident()
        late = bot.resident()
    what = f"memory after {effort.late:,} messages less that after {effort.early:,}"
    note = f"{early:.1f} MB, then {late:.1f} MB, {crowd} chats at a time"
    yield Result("growth", what, late - early, "MB", 8, note=note)
