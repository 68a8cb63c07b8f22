"""Engram beside the echo bot, in turn: how long each takes for an answer, and how much for it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.benchmark.effort import Effort
from tests.benchmark.processes import Process
from tests.benchmark.result import Result, median
from tests.benchmark.stage import Stage

# Seconds between two questions: all of them together stay far below Telegram's limits. What a bot
# does after an answer is over by then, and counted with it.
BETWEEN = 0.1


@dataclass
class Answers:
    """What the answers of one bot took, in milliseconds; a figure for each start of the bot.

    `wall` is from the message to its answer, `used` the processor time until the next question; of
    each the median. `first` is the wait for the first one after the start.
    """

    wall: list[float] = field(default_factory=list)
    used: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)

    def ask(self, stage: Stage, bot: Process, asks: int, text: str, expect: str) -> None:
        """Ask a bot that has just been started."""
        waits, used = [], [bot.processor()]
        for _ in range(asks + 1):
            waits.append(stage.ask(stage.next_chat(), text, expect) * 1000)
            time.sleep(BETWEEN)
            used.append(bot.processor())
        self.first.append(waits[0])
        self.wall.append(median(waits[1:]))
        self.used.append(median([after - before for before, after in itertools.pairwise(used[1:])]))


def beside_echo(
    stage: Stage,
    effort: Effort,
    text: str,
    expect: str,
    prepare: Callable[[], None] = lambda: None,
) -> tuple[Answers, Answers]:
    """What the echo bot and Engram took, which is asked `text` once it was prepared for that."""
    echo, engram = Answers(), Answers()
    for _ in range(effort.runs):
        with stage.echo() as bot:
            stage.started_in(bot)
            echo.ask(stage, bot, effort.asks, "hello", "hello")
        with stage.engram() as bot:
            stage.started_in(bot)
            prepare()
            engram.ask(stage, bot, effort.asks, text, expect)
    return echo, engram


def results(
    row: str,
    what: str,
    measured: tuple[Answers, Answers],
    wall: float,
    used: float | None = None,
) -> Iterator[Result]:
    """Both figures of Engram beside those of the echo bot, and how many times they may be those."""
    echo, engram = measured
    note = f"the first one after the start: {median(engram.first):.0f} ms"
    yield Result(
        row,
        what,
        *(median(engram.wall), "ms"),
        echo=median(echo.wall),
        times_echo=wall,
        note=note,
    )
    yield Result(
        row,
        f"{what}, processor time",
        *(median(engram.used), "ms"),
        echo=median(echo.used),
        times_echo=used,
    )
