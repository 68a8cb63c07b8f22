"""How long one person waits for one answer, and what it takes."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

from tests.benchmark.beside import Answers, beside_echo, results
from tests.benchmark.effort import Effort
from tests.benchmark.processes import Process
from tests.benchmark.result import Result, median
from tests.benchmark.stage import ANSWER, FALLBACK, Stage
from tests.benchmark.start import SETTLED
from tests.doubles.full_context import CHARACTERS
from tests.doubles.lmstudio import LMStudioDouble

# So many chats wait while another one asks for help.
WAITING = 50


def answer(effort: Effort) -> Iterator[Result]:
    """One message, and a model that answers at once."""
    with Stage() as stage:
        measured = beside_echo(stage, effort, "hello", ANSWER)
    what = "message to final answer, model answers at once"
    yield from results("answer", what, measured, 2.3, 2.4)


def down(effort: Effort) -> Iterator[Result]:
    """One message while LM Studio is known to be down."""
    with Stage() as stage:
        stage.lmstudio.end()
        measured = beside_echo(stage, effort, "hello", FALLBACK)
    yield from results("down", "message to final answer, LM Studio known to be down", measured, 2)


def helped(effort: Effort) -> Iterator[Result]:
    """`/help`, which needs no model, while many wait for one that says nothing."""
    with Stage(behaving=True) as stage:
        stage.lmstudio.behave(kind="Hang")

        def wait() -> None:
            first = stage.next_chats(WAITING)
            stage.telegram.control("say_all", first=first, count=WAITING, text="hello")
            time.sleep(SETTLED)

        measured = beside_echo(stage, effort, "/help", "What I can do", wait)
    what = f"/help while {WAITING} chats wait on a hung model"
    yield from results("help", what, measured, 1.5)


def prompt(_effort: Effort) -> Iterator[Result]:
    """What a model reads of "hi", with all that is said around it."""
    with Stage() as stage, LMStudioDouble() as lmstudio:
        stage.model_servers = [lmstudio]
        with stage.engram() as bot:
            stage.started_in(bot)
            stage.ask(stage.next_chat(), "hi", ANSWER)
        tokens = lmstudio.tokens_of(lmstudio.chats[-1].body)
    note = f"{CHARACTERS} characters to a token"
    yield Result("prompt", 'prompt of "hi" to the model', tokens, "tokens", 200, note=note)


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
                analyses = Answers()
                analyses.ask(stage, bot, effort.asks, "/analyze BTC", "Market Analysis")
                chart += analyses.wall
    yield Result("panel", "/analyze to its panel as text, candles cached", median(text), "ms", 20)
    yield Result("panel", "/analyze to its panel with chart", median(chart), "ms", 500)


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
