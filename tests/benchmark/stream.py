"""How close the screen follows the model, within Telegram's limits."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.benchmark.effort import Effort
from tests.benchmark.result import Result, median
from tests.benchmark.stage import ANSWER, Stage

STAMP = re.compile(r"\d+\.\d{3}")
CLOCK = {"kind": "Clock", "delay_first": 2.5, "count": 120, "between": 0.025}
# Telegram's pace in a chat, in seconds, and so many steps of a prompt that takes long to be read.
PACE, STEPS = 1.2, 12
CHATS = 20
PARALLEL = f"parallel = {CHATS}"
FIRST_TEXT = "model's first token to first text on screen"
LAST_TEXT = "last token to final text, limits enforced"


def first_text(effort: Effort) -> Iterator[Result]:
    """An answer word by word, while Telegram's limits are enforced."""
    with Stage(flood=True, behaving=True) as stage, stage.engram() as bot:
        stage.started_in(bot)
        shown = [_told(stage) for _ in range(effort.runs)]
        steps = [number / STEPS for number in range(1, STEPS + 1)]
        # The first token comes at any time after what was shown last of the reading.
        delays = [3.0 + PACE * run / effort.runs for run in range(effort.runs)]
        after_reading = [_told(stage, delay_first=delay, prompt=steps) for delay in delays]
        refused = stage.telegram.control("refused")
    yield Result("first_text", FIRST_TEXT, median([one.first for one in shown]), "ms", 50)
    what = f"{LAST_TEXT}, one chat"
    yield Result("first_text", what, median([one.last for one in shown]), "s", 0.3)
    what = f"{FIRST_TEXT}, once the reading of its prompt was shown"
    waits = [one.first for one in after_reading]
    yield Result("first_text", what, median(waits), "ms", note=f"the slowest {max(waits):.0f} ms")
    yield Result("first_text", "of these, refused by Telegram (429)", refused, "", 0)


def stream(effort: Effort) -> Iterator[Result]:
    """The same in many chats at once, and a server that answers all of them at a time."""
    first, last, refused = [], [], 0
    with Stage(flood=True, behaving=True) as stage, stage.engram(lmstudio=PARALLEL) as bot:
        stage.started_in(bot)
        stage.lmstudio.behave(**CLOCK)
        for _ in range(effort.runs):
            stage.ask_all(CHATS, "tell me", ANSWER)
            newest = stage.next_chats(0)
            shown = [_shown(stage, chat) for chat in range(newest - CHATS, newest)]
            first.append(median([one.first for one in shown]))
            last.append(max(one.last for one in shown))
            time.sleep(1)
        refused = stage.telegram.control("refused")
    what = f"{CHATS} chats at once"
    yield Result("stream", f"{FIRST_TEXT}, {what}", median(first), "ms")
    yield Result("stream", f"{LAST_TEXT}, the last of {what}", median(last), "s", 1.5)
    yield Result("stream", "of these, refused by Telegram (429)", refused, "", 0)


@dataclass(frozen=True, slots=True)
class _Shown:
    """Milliseconds from the first token to the first text, seconds from the last to the final."""

    first: float
    last: float


def _told(stage: Stage, **more: Any) -> _Shown:
    """What a chat saw of an answer, from a model that is that much different from `CLOCK`."""
    stage.lmstudio.behave(**{**CLOCK, **more})
    chat = stage.next_chat()
    stage.ask(chat, "tell me", ANSWER)
    time.sleep(1)
    return _shown(stage, chat)


def _shown(stage: Stage, chat: int) -> _Shown:
    """What a chat saw of an answer that tells when each of its words was sent."""
    calls = [one for one in stage.telegram.control("calls") if _shows_time(one, chat)]
    final = next(one for one in calls if ANSWER in one["params"]["text"])
    times = STAMP.findall(final["params"]["text"])
    first = (calls[0]["at"] - float(times[0])) * 1000
    return _Shown(first, final["at"] - float(times[-1]))


def _shows_time(call: dict[str, Any], chat: int) -> bool:
    params = call["params"]
    here = int(params.get("chat_id") or 0) == chat
    return here and call["status"] == 200 and bool(STAMP.search(str(params.get("text", ""))))
