"""Many chats at once, and a process that is killed."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.benchmark.effort import Effort
from tests.benchmark.processes import Process
from tests.benchmark.result import Result, median, percentile
from tests.benchmark.stage import ANSWER, MANY, Stage
from tests.benchmark.start import SETTLED

CROWD = 50
# What a bot does after its answers is over by then; seconds.
AFTERWARDS = 1.0
# /status is asked at a pace that leaves Telegram's limits of a chat and of the bot alone.
BETWEEN = 0.2
KILLED = 20


def crowd(effort: Effort) -> Iterator[Result]:
    """Many chats ask at once, and the model answers at once."""
    echo, engram = _Crowd(), _Crowd()
    with Stage() as stage:
        for _ in range(effort.runs):
            with stage.echo() as bot:
                echo.ask(stage, bot, effort.crowds, "hello")
            with stage.engram(telegram="per_second = 1000") as bot:
                engram.ask(stage, bot, effort.crowds, ANSWER)
    what = f"{CROWD} chats at once, answers a second, per_second = 1000"
    figures = median(engram.rates), "/s"
    yield Result("crowd", what, *figures, at_least=True, echo=median(echo.rates), times_echo=0.16)
    what = f"{CROWD} chats at once, processor time of an answer"
    yield Result("crowd", what, median(engram.used), "ms", echo=median(echo.used))


@dataclass
class _Crowd:
    """The answers a second of one bot, and the milliseconds of processor time for each."""

    rates: list[float] = field(default_factory=list)
    used: list[float] = field(default_factory=list)

    def ask(self, stage: Stage, bot: Process, times: int, expect: str) -> None:
        """Have a crowd ask a bot that has just been started, so many times."""
        stage.started_in(bot)
        stage.ask(stage.next_chat(), "hello", expect)
        for _ in range(times):
            before = bot.processor()
            self.rates.append(CROWD / max(stage.ask_all(CROWD, "hello", expect)))
            time.sleep(AFTERWARDS)
            self.used.append((bot.processor() - before) / CROWD)


def status(effort: Effort) -> Iterator[Result]:
    """`/status` while Telegram refuses what is to be told to many others."""
    waits = []
    with Stage(flood=True, chats=MANY) as stage, stage.engram() as bot:
        stage.started_in(bot)
        stage.pause(stage.next_chats(effort.paused), effort.paused)
        time.sleep(SETTLED)
        for _ in range(effort.statuses):
            waits.append(stage.ask(stage.next_chat(), "/status", "LMStudio") * 1000)
            time.sleep(BETWEEN)
    what = f"/status while {effort.paused} chats are in a pause of Telegram's, p99"
    note = f"{len(waits)} times, median {median(waits):.3g} ms"
    yield Result("status", what, percentile(waits, 0.99), "ms", 50, note=note)


def kill(effort: Effort) -> Iterator[Result]:
    """Answers in progress when the process is killed are given after the restart, and once."""
    answered, twice, longest = [], [], []
    for _ in range(effort.runs):
        with Stage(flood=True, behaving=True) as stage:
            stage.lmstudio.behave(kind="Answer", text="word " * 40, delay_between=0.1)
            first = stage.next_chats(KILLED)
            with stage.engram() as bot:
                stage.started_in(bot)
                for one in range(KILLED):
                    stage.telegram.control("say", chat_id=first + one, text="hello")
                time.sleep(2)
                bot.end(signal.SIGKILL)
            began = time.monotonic()
            stage.engram()
            finals = _finals(stage, first, began + 60)
            answered.append(sum(count > 0 for count in finals))
            twice.append(sum(count > 1 for count in finals))
            longest.append(time.monotonic() - began)
    what = f"{KILLED} answers in progress at SIGKILL: answered within 60 s of the restart"
    note = f"the last of them after {median(longest):.1f} s"
    yield Result("kill", what, min(answered), "", KILLED, at_least=True, note=note)
    yield Result("kill", "of these, answered twice", max(twice), "", 0)


def _finals(stage: Stage, first: int, deadline: float) -> list[int]:
    """How many final answers stand in each of the chats, once there is one in all of them."""
    while True:
        finals = [
            sum(ANSWER in (shown["text"] or "") for shown in screen)
            for screen in (
                stage.telegram.control("screen", chat_id=first + one) for one in range(KILLED)
            )
        ]
        if all(finals) or time.monotonic() > deadline:
            # Whoever answers a second time does so soon after.
            return finals
        time.sleep(0.5)
