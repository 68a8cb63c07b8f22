"""What most rows need: a Telegram, a model server, and one bot after the other between them."""

from __future__ import annotations

import contextlib
import tempfile
import time
from pathlib import Path

from tests.benchmark.processes import ROOT, Double, Process
from tests.doubles.lmstudio import LMStudioDouble
from tests.doubles.telegram import TOKEN

# Chats that may speak to the bot: few, unless a row needs many. Telegram's pace in each of them
# holds for the bot, so that questions go round among all.
FIRST, FEW, MANY = 1000, 300, 1300
# For how many seconds Telegram refuses chats that are paused.
PAUSE = 3600
ANSWER = "Powered by LMStudio"
FALLBACK = "(LMStudio unavailable)"


class Stage(contextlib.ExitStack):
    """The doubles, and the folder in which the bots live; the first `owners` chats own them.

    The model server answers at once and takes no controls; with `behaving` it does as it is told.
    With `exchange` there is one with candles that wander, with `markets` one that has so many, on
    which nothing is traded but by `control`.
    """

    def __init__(
        self,
        *,
        flood: bool = False,
        behaving: bool = False,
        exchange: bool = False,
        markets: int = 0,
        owners: int = 1,
        chats: int = FEW,
    ) -> None:
        super().__init__()
        self.telegram = self.double("telegram", *(["--enforce-flood"] if flood else []))
        self.lmstudio = self.double("lmstudio" if behaving else "instant")
        self.model_servers: list[Double | LMStudioDouble] = [self.lmstudio]
        traded = ("--shape", "walk", "--markets", str(markets))
        self.exchange = self.double("exchange", *traded) if exchange or markets else None
        self.folder = Path(self.enter_context(tempfile.TemporaryDirectory()))
        self._next, self._chats = 0, chats
        self.owners = range(FIRST, FIRST + owners)

    def engram(self, *arguments: str, telegram: str = "", lmstudio: str = "") -> Process:
        """Start Engram, with more lines for those sections; wait until it polls."""
        chats = ", ".join(str(FIRST + number) for number in range(self._chats))
        exchange = "binance" if self.exchange else ""
        urls = ", ".join(server.url for server in self.model_servers)
        special = f"[binance]\napi_url = {self.exchange.url}\n" if self.exchange else ""
        (self.folder / "config.ini").write_text(
            f"[telegram]\napi_url = {self.telegram.url}\nallowed_chat_ids = {chats}\n{telegram}\n"
            f"[lmstudio]\nurl = {urls}\n{lmstudio}\n"
            f"[market]\nexchange = {exchange}\n{special}",
            encoding="utf-8",
        )
        heard = "--console" in arguments
        return self._start(
            str(ROOT / "launcher.py"), "--config", "config.ini", *arguments, heard=heard
        )

    def echo(self) -> Process:
        """Start the echo bot; wait until it polls."""
        return self._start("-m", "tests.benchmark.echo_bot")

    def started_in(self, process: Process) -> float:
        """The seconds from the start of `process` to its first getUpdates."""
        seconds = self.telegram.control("first_poll", since=process.began)
        assert seconds is not None, "the bot never polled"
        return float(seconds)

    def ask(self, chat: int, text: str, expect: str, timeout: int = 20) -> float:
        """Have a person ask; the seconds until an answer that contains `expect`."""
        wait = self.telegram.control("ask", chat_id=chat, text=text, expect=expect, timeout=timeout)
        assert wait is not None, f"no {expect!r} within {timeout} s"
        return float(wait)

    def ask_all(self, count: int, text: str, expect: str) -> list[float]:
        """The same in `count` chats at once."""
        chats = self.next_chats(count)
        waits = self.telegram.control("ask_all", first=chats, count=count, text=text, expect=expect)
        assert None not in waits, f"{waits.count(None)} of {count} chats got no {expect!r}"
        return [float(wait) for wait in waits]

    def next_chat(self) -> int:
        """A chat that was not used for the longest time."""
        return self.next_chats(1)

    def next_chats(self, count: int) -> int:
        """The first of `count` such chats."""
        if self._next + count > self._chats:
            self._next = 0
        self._next += count
        return FIRST + self._next - count

    def pause(self, first: int, count: int) -> None:
        """Have Telegram refuse `count` chats from now on; each has two answers to come."""
        for chat in range(first, first + count):
            self.telegram.control(
                "fail", method="sendMessage", status=429, retry_after=PAUSE, chat_id=chat
            )
        self.telegram.control("say_all", first=first, count=count, text="/help")
        while self.telegram.control("refused") < count:
            # Until then these chats take Telegram's turns as others do.
            time.sleep(0.2)
        self.telegram.control("say_all", first=first, count=count, text="hello")

    def double(self, name: str, *arguments: str) -> Double:
        """Start one more double."""
        double = Double(name, *arguments)
        self.enter_context(double)
        return double

    def _start(self, *arguments: str, heard: bool = False) -> Process:
        environment = {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_CHAT_ID": ", ".join(map(str, self.owners)),
            "TELEGRAM_API_URL": self.telegram.url,
        }
        process = Process(*arguments, folder=self.folder, environment=environment, heard=heard)
        self.enter_context(process)
        return process
