"""How long one person waits for one answer."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator

from tests.benchmark.effort import Effort
from tests.benchmark.processes import Process
from tests.benchmark.result import Result, median
from tests.benchmark.stage import ANSWER, FALLBACK, Stage

# Seconds between two questions: all of them together stay far below Telegram's limits.
BETWEEN = 0.1


def answer(effort: Effort) -> Iterator[Result]:
    """One message, and a model that answers at once."""
    with Stage() as stage:
        echo, engram, first = _compare(stage, effort, stage.engram, ANSWER)
    yield Result(
        "answer",
        "message to final answer, model answers at once",
        *(engram, "ms", 25),
        echo=echo,
        times_echo=4,
        note=f"the first one after the start: {first:.0f} ms",
    )


def down(effort: Effort) -> Iterator[Result]:
    """One message while LM Studio is known to be down."""
    with Stage() as stage:
        stage.lmstudio.end()
        echo, engram, first = _compare(stage, effort, stage.engram, FALLBACK)
    yield Result(
        "down",
        "message to final answer, LM Studio known to be down",
        *(engram, "ms", 20),
        echo=echo,
        times_echo=3,
        note=f"the first one after the start: {first:.0f} ms",
    )


def black_hole(effort: Effort) -> Iterator[Result]:
    """LM Studio's machine swallows all packets, and nobody knows it yet."""
    patience, first, second = 1.0, [], []
    for _ in range(effort.runs):
        with Stage() as stage:
            keys = f"connect_timeout = {patience}\nprobe_interval = 3600"
            bot = stage.engram(lmstudio=keys)
            stage.started_in(bot)
            stage.ask(stage.next_chat(), "hello", ANSWER)
            stage.lmstudio.end()
            with _swallowing(stage.lmstudio.port):
                first.append(stage.ask(stage.next_chat(), "hello", FALLBACK))
                second.append(stage.ask(stage.next_chat(), "hello", FALLBACK) * 1000)
    what = f"LM Studio black-holed: message to final answer, connect_timeout = {patience:g}"
    yield Result("black_hole", what, median(first), "s", patience + 0.5)
    yield Result("black_hole", "the second question then", median(second), "ms", 20)


def panel(effort: Effort) -> Iterator[Result]:
    """`/analyze` with cached candles: in the terminal as text, in Telegram with its chart."""
    text, chart = [], []
    with Stage(exchange=True) as stage:
        for _ in range(effort.runs):
            with stage.engram("--console") as bot:
                _analyse(bot)
                text.append(median([_analyse(bot) for _ in range(effort.asks)]))
            with stage.engram() as bot:
                stage.started_in(bot)
                chart.append(_median_wait(stage, effort, "/analyze BTC", "Market Analysis")[0])
    yield Result("panel", "/analyze to its panel as text, candles cached", median(text), "ms", 20)
    yield Result("panel", "/analyze to its panel with chart", median(chart), "ms", 500)


def _compare(
    stage: Stage, effort: Effort, engram: Callable[[], Process], expect: str
) -> tuple[float, float, float]:
    """Milliseconds: the echo bot's median, Engram's, and what the first question to it took."""
    theirs, ours, firsts = [], [], []
    for _ in range(effort.runs):
        with stage.echo() as bot:
            stage.started_in(bot)
            theirs.append(_median_wait(stage, effort, "hello", "hello")[0])
        with engram() as bot:
            stage.started_in(bot)
            wait, first = _median_wait(stage, effort, "hello", expect)
            ours.append(wait)
            firsts.append(first)
    return median(theirs), median(ours), median(firsts)


def _median_wait(stage: Stage, effort: Effort, text: str, expect: str) -> tuple[float, float]:
    """The median of the waits for an answer and the very first of them, in milliseconds."""
    waits = []
    for _ in range(effort.asks + 1):
        waits.append(stage.ask(stage.next_chat(), text, expect) * 1000)
        time.sleep(BETWEEN)
    return median(waits[1:]), waits[0]


def _analyse(bot: Process) -> float:
    """Milliseconds from /analyze to the panel in the terminal."""
    began = time.monotonic()
    bot.type("/analyze BTC")
    while "Market Analysis" not in bot.line():
        pass
    panel_at = time.monotonic()
    while ANSWER not in bot.line():
        pass
    return (panel_at - began) * 1000


@contextlib.contextmanager
def _swallowing(port: int) -> Iterator[None]:
    """A port at which connections are never completed: its queue is full and nobody accepts."""
    with contextlib.ExitStack() as sockets:
        listening = sockets.enter_context(socket.socket())
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(0)
        for _ in range(4):
            filling = sockets.enter_context(socket.socket())
            filling.setblocking(False)
            filling.connect_ex(("127.0.0.1", port))
        yield
