"""Has the conversations of docs/conversation.md, and prints them.

    python3 -m tests.example_conversation --picture docs/conversation.png

`launcher.py` runs as a process, against simulated servers: the market is that of
`tests.example_chart`, what the model says is scripted here, and everything else is Engram's own.
The picture needs the Noto font of coloured emoji (Debian: fonts-noto-color-emoji).
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.conftest import OWNER, clean_environment, launcher_command
from tests.doubles.exchange import ExchangeDouble
from tests.doubles.lmstudio import Answer, LMStudioDouble
from tests.doubles.telegram import TOKEN, TelegramDouble
from tests.doubles.telegram_api import Shown
from tests.example_chart import SEED, rows
from tests.screenshot import EMOJI, Bubble, draw
from tests.series import NOW

SIZING = """\
Decide first what you can **lose**, then divide:

1. Account 10,000, risk 1 % = 100
2. Entry 50, stop 48: distance 2
3. 100 / 2 = **50 units**

> Size follows from risk, never the other way round.
"""
COMMENT = """\
The averages, RSI and ADX agree that the price rises. Against it: the MACD vote is a narrow one, \
volume is half of its average, and the resistance is only 0.4 % away. Such signals did no better \
than chance.

Signal: HOLD
Confidence: Low
"""
COMPARISON = """\
BTC/USDT is the stronger one: its averages point up.

**BTC/USDT**
Signal: HOLD
Confidence: Low

**ETH/USDT**
Signal: SELL
Confidence: Low
"""


@dataclass(frozen=True)
class Ask:
    """A question, how the last line of the answer begins, and what the model says, if it is asked.

    LM Studio is switched off before one that `is_off`.
    """

    text: str
    end: str
    model: str = ""
    is_off: bool = False

    @property
    def asked(self) -> tuple[str, str]:
        """The question, and what ends the wait for its answer."""
        return self.text, self.end


BEGINNING = (
    Ask("How big should my position be?", "💡", SIZING),
    Ask("/analyze btc 4h", "💡", COMMENT),
)
STATUS = Ask("/status", "Waiting messages")
IN_TELEGRAM = (
    *BEGINNING,
    Ask("/size 10000 1%", "Fees, "),
    Ask("and how do I read that signal?", "⚠️ Note", is_off=True),
    STATUS,
)
IN_THE_TERMINAL = (
    *BEGINNING,
    STATUS,
    Ask("/analyze btc vs eth 4h", "💡", COMPARISON),
    Ask("/size 10000 1% btc 4h", "Fees, "),
    Ask("/price btc eth", "ETH/USDT "),
)
ETH_SEED, ETH_PRICE = 1, 0.05  # in BTC
FRIEND = 8  # another chat, that looks after the model's status
_OTHER_EACH_TIME = re.compile(
    r"(?<=latency )\d+|(?<=within )[\d.]+|(?<=Up for ).+|(?<=-)[\d-]+(?=\.png)"
    r"|(?<=Context: at most )[\d,]+"
)


def steady(text: str) -> str:
    """`text` without what is another each time: durations, and the time in a file's name.

    How many tokens a prompt has changes with each word of it.
    """
    return _OTHER_EACH_TIME.sub("…", text)


@contextmanager
def servers() -> Iterator[tuple[ExchangeDouble, LMStudioDouble]]:
    """An exchange that has BTC and ETH, its clock standing still, and an LM Studio."""
    with ExchangeDouble() as exchange, LMStudioDouble() as lmstudio:
        exchange.now = lambda: NOW
        for timeframe, hours in (("4h", 4), ("1d", 24)):
            exchange.series["BTC/USDT", timeframe] = rows(hours, SEED)
            exchange.series["ETH/USDT", timeframe] = [
                [row[0], *(price * ETH_PRICE for price in row[1:5]), row[5]]
                for row in rows(hours, ETH_SEED)
            ]
        yield exchange, lmstudio


@contextmanager
def launcher(
    config: str, *arguments: str, env: str = "", files: Mapping[str, bytes] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """`launcher.py` in a folder of its own, with these `files`, asked to end at the end."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "config.ini").write_text(config, encoding="utf-8")
        Path(folder, ".env").write_text(env, encoding="utf-8")
        for name, content in (files or {}).items():
            Path(folder, name).write_bytes(content)
        options = ("--config", "config.ini", *arguments)
        command = launcher_command(*options, patient=True, awaiting=True, unpaced=True)
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, cwd=folder, env=clean_environment(), stdin=pipe, stdout=pipe,
            stderr=subprocess.STDOUT, text=True, encoding="utf-8",
        ) as process:  # fmt: skip
            try:
                yield process
            finally:
                process.terminate()


def config(exchange: ExchangeDouble, lmstudio: LMStudioDouble, more: str = "") -> str:
    """The config.ini for these servers."""
    return (
        f"[lmstudio]\nurl = {lmstudio.url}\nprobe_interval = 0.2\n[market]\nexchange = binance\n"
        f"[binance]\napi_url = {exchange.url}\n{more}"
    )


def in_the_terminal() -> list[str]:
    """Each question, with a "> " before it, and what is printed."""
    with ExitStack() as stack:
        exchange, lmstudio = stack.enter_context(servers())
        options = ("--console", "--charts", "charts")
        process = stack.enter_context(launcher(config(exchange, lmstudio), *options))
        assert process.stdin
        assert process.stdout
        said = []
        for ask in IN_THE_TERMINAL:
            lmstudio.behave(Answer(ask.model))
            process.stdin.write(f"{ask.text}\n")
            process.stdin.flush()
            answer = ""
            for line in process.stdout:
                answer += line
                if line.startswith(ask.end):
                    break
            said.append(f"> {ask.text}\n{answer.strip()}\n")
        return said


def answered(telegram: TelegramDouble, chat: int, text: str, end: str) -> list[Shown]:
    """Say `text`, and wait for the messages of which the last one ends with such a line."""
    seen = len(telegram.screen(chat))
    telegram.say(chat, text)

    def new() -> list[Shown]:
        found = telegram.screen(chat)[seen:]
        lines = (found[-1].text or "").splitlines() if found else []
        return found if lines and lines[-1].startswith(end) else []

    return telegram.wait_for(new)


def in_telegram() -> tuple[str, list[Bubble]]:
    """Who said what, and what is on the screen, as it reads at the end."""
    with ExitStack() as stack:
        telegram = stack.enter_context(TelegramDouble())
        exchange, lmstudio = stack.enter_context(servers())
        more = f"[telegram]\napi_url = {telegram.url}\nallowed_chat_ids = {FRIEND}\n"
        env = f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\n"
        stack.enter_context(launcher(config(exchange, lmstudio, more), env=env))
        bubbles: list[Bubble] = []
        for ask in IN_TELEGRAM:
            lmstudio.behave(Answer(ask.model))
            if ask.is_off:
                lmstudio.stop()
                while "🔴" not in (answered(telegram, FRIEND, *STATUS.asked)[0].text or ""):
                    pass
            shown = answered(telegram, OWNER, *ask.asked)
            screen = telegram.screen(OWNER)
            bubbles += [Bubble(ask.text), *(Bubble.of(one, screen) for one in shown)]
        number = count(1)
        said = re.sub(r" \(edited \d+×\)", "", telegram.transcript(OWNER))
        # What the friend asked has numbers, too.
        return re.sub(r"(?m)^\[\d+\](?= Ann:| bot:)", lambda _: f"[{next(number)}]", said), bubbles


def main() -> None:
    """Print both conversations, and draw the second."""
    parser = argparse.ArgumentParser(description="Have the conversations of docs/conversation.md.")
    parser.add_argument("--picture", type=Path, help="draw the one in Telegram, as a PNG")
    parser.add_argument("--emoji", type=Path, default=EMOJI, help="a font of coloured emoji")
    given = parser.parse_args()
    print("\n".join(in_the_terminal()))
    said, bubbles = in_telegram()
    print(said)
    if given.picture:
        draw(bubbles, given.picture, given.emoji)


if __name__ == "__main__":
    main()
