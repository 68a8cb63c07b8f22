"""How close the screen follows the model, within Telegram's limits."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

from tests.benchmark.effort import Effort
from tests.benchmark.result import Result, median
from tests.benchmark.stage import ANSWER, Stage

STAMP = re.compile(r"\d+\.\d{3}")
TOKENS, BETWEEN = 200, 0.025


def stream(effort: Effort) -> Iterator[Result]:
    """An answer of five seconds, word by word, while Telegram's limits are enforced."""
    first, last, refused = [], [], 0
    with Stage(flood=True) as stage, stage.engram() as bot:
        stage.started_in(bot)
        stage.lmstudio.behave(kind="Clock", count=TOKENS, delay_first=1.5, between=BETWEEN)
        for _ in range(effort.runs):
            chat = stage.next_chat()
            stage.ask(chat, "tell me", ANSWER)
            calls = [one for one in stage.telegram.control("calls") if _shows_time(one, chat)]
            final = next(one for one in calls if ANSWER in one["params"]["text"])
            times = STAMP.findall(final["params"]["text"])
            first.append((calls[0]["at"] - float(times[0])) * 1000)
            last.append(final["at"] - float(times[-1]))
            time.sleep(1)
        refused = stage.telegram.control("refused")
    yield Result("stream", "model's first token to first text on screen", median(first), "ms", 100)
    yield Result("stream", "last token to final text, limits enforced", median(last), "s", 1.5)
    yield Result("stream", "of these, refused by Telegram (429)", refused, "", 0)


def _shows_time(call: dict[str, Any], chat: int) -> bool:
    params = call["params"]
    here = int(params.get("chat_id") or 0) == chat
    return here and call["status"] == 200 and bool(STAMP.search(str(params.get("text", ""))))
