"""Has the conversation that README.md begins with, and makes a moving picture of it.

    python3 -m tests.example_film --picture docs/conversation.gif

`launcher.py` runs as a process, and what it has on screen is taken down as it comes and goes; where
nothing happens for long the film is cut. The market is that of `tests.example_chart`, what the
model says is scripted here, at the pace of a small model, and everything else is Engram's own. The
picture needs the Noto font of coloured emoji (Debian: fonts-noto-color-emoji).
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.adjustable_clock import AdjustableClock
from tests.conftest import OWNER, Launcher
from tests.doubles.exchange import ExchangeDouble
from tests.doubles.lmstudio import Answer, LMStudioDouble
from tests.doubles.tape import Tape
from tests.doubles.telegram import TOKEN, TelegramDouble
from tests.example_chart import LAST_PRICE
from tests.example_conversation import COMMENT, SIZING, Ask, config, servers
from tests.film import Moment, Note, Screen, save
from tests.screenshot import EMOJI, Bubble
from tests.series import NOW

ANALYSIS = Ask("/analyze btc 4h", "💡", COMMENT)
QUESTION = Ask("How big should my position be?", "💡", SIZING)
ALERT = Ask("tell me when btc rises above 62600", "The price is")
OFF = Ask("and how do I read that signal?", "⚠️ Note")
MINUTE = 60.0
# So many minutes after it was armed the price is there; so many seconds of the bot pass in one.
LATER, RISEN, RATE = 2.5, 62_655.2, 60.0
FIRED = "🔔 BTC/USDT rises above"
# In seconds: what is longer than `CUT` without anything new is cut to it, a chart and what is
# complete are looked at for so long.
CUT, CHART, SAYING, READING, AT_THE_END = 1.0, 4.0, 0.9, 3.0, 5.0


@dataclass
class Play:
    """The bot, what it talks to, and what was on screen, from when (s, monotonic)."""

    telegram: TelegramDouble
    lmstudio: LMStudioDouble
    exchange: ExchangeDouble
    clock: AdjustableClock
    slow: bool
    seen: list[tuple[float, tuple[Bubble | Note, ...]]] = field(default_factory=list)
    rests: dict[int, float] = field(default_factory=dict)
    _ours: dict[float, Bubble | Note] = field(default_factory=dict)

    def watch(self, is_over: threading.Event) -> None:
        """Take down what is on screen whenever that has changed, until `is_over`."""
        with self.telegram.changed:
            while not is_over.is_set():
                self._look()
                self.telegram.changed.wait(0.1)

    def ask(self, ask: Ask, rest: float = READING) -> None:
        """Ask, and read the answer, whose last line begins as said."""
        pace = {"prompt": (0.2, 0.5, 0.9), "delay_progress": 0.9, "delay_between": 0.08}
        self.lmstudio.behave(Answer(ask.model, **(pace if self.slow else {})))
        before = len(self.telegram.screen(OWNER))
        with self.telegram.changed:
            self._ours[self.telegram.say(OWNER, ask.text)] = Bubble(ask.text)
            self._rest(SAYING)

        def is_answered() -> bool:
            new = self.telegram.screen(OWNER)[before:]
            return bool(new) and _last_line(new[-1].text or "").startswith(ask.end)

        self.telegram.wait_for(is_answered)
        self._rest(rest)

    def note(self, text: str) -> None:
        """Say what happens around the conversation."""
        last = max([one.message_id for one in self.telegram.screen(OWNER)])
        self._ours[last + 0.5] = Note(text)

    def told(self, part: str) -> None:
        """Wait for what begins so, which nobody has asked for."""
        self.telegram.wait_for(lambda: self.telegram.texts(OWNER)[-1].startswith(part), 60)
        self._rest(READING)

    @property
    def said(self) -> str:
        """All that is on screen at the end."""
        return "\n\n".join(piece.text for piece in self.seen[-1][1])

    def moments(self) -> list[Moment]:
        """The film, from the first chart on: what is seen before it moves."""
        found = []
        for number, (at, pieces) in enumerate(self.seen):
            until = self.seen[number + 1][0] if number + 1 < len(self.seen) else at
            seconds = max(min(until - at, CUT), self.rests.get(number, 0.0))
            found.append(Moment(pieces, seconds))
        start = next(number for number, one in enumerate(found) if _chart(one.pieces))
        first = Moment(found[start].pieces, CHART, 0)
        return [first, *found[start + 1 :]]

    def _rest(self, seconds: float) -> None:
        with self.telegram.changed:
            self._look()
            self.rests[len(self.seen) - 1] = seconds

    def _look(self) -> None:
        screen = self.telegram.screen(OWNER)
        pieces = {one.message_id: Bubble.of(one, screen) for one in screen} | self._ours
        now = tuple(pieces[number] for number in sorted(pieces))
        if not self.seen or self.seen[-1][1] != now:
            self.seen.append((time.monotonic(), now))


def _last_line(text: str) -> str:
    return text.rpartition("\n")[2]


def _chart(pieces: Sequence[Bubble | Note]) -> bool:
    return any(isinstance(one, Bubble) and one.photo for one in pieces)


@contextmanager
def play(*, slow: bool) -> Iterator[Play]:
    """A bot that runs, with an exchange whose clock stands still, an LM Studio, and Telegram."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        telegram = stack.enter_context(TelegramDouble())
        exchange, lmstudio = stack.enter_context(servers())
        exchange.tapes["BTC/USDT"] = Tape([(NOW - MINUTE, LAST_PRICE)])
        clock = AdjustableClock(folder / "clock.json", NOW)
        clock.run(0)
        exchange.now = clock.now
        env = f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\n"
        more = f"[telegram]\napi_url = {telegram.url}\n"
        bot = Launcher(folder, config(exchange, lmstudio, more), env, unpaced=not slow)
        bot.adjusted = bot.awaiting = True
        bot.start(patient=True).wait_for("Bot is running and listening for messages...")
        stack.callback(bot.stop)
        yield Play(telegram, lmstudio, exchange, clock, slow)


def film(*, slow: bool = True) -> Play:
    """All of it; what is not `slow` is said at once."""
    with play(slow=slow) as bot:
        is_over = threading.Event()
        watching = threading.Thread(target=bot.watch, args=(is_over,))
        watching.start()
        try:
            _scenes(bot)
        finally:
            is_over.set()
            watching.join()
        return bot


def _scenes(bot: Play) -> None:
    bot.ask(ANALYSIS)
    bot.ask(QUESTION)
    bot.ask(ALERT, 1.2)
    bot.note("some minutes later")
    bot.exchange.tapes["BTC/USDT"].trade(NOW + LATER * MINUTE, RISEN)
    bot.clock.run(RATE)
    bot.told(FIRED)
    bot.clock.run(0)
    bot.note("LM Studio is switched off")
    bot.lmstudio.stop()
    bot.ask(OFF, AT_THE_END)


def main() -> None:
    """Print what is said, and make the picture."""
    parser = argparse.ArgumentParser(description="Have the conversation of README.md.")
    parser.add_argument("--picture", type=Path, help="draw it, as a GIF that moves")
    parser.add_argument("--emoji", type=Path, default=EMOJI, help="a font of coloured emoji")
    given = parser.parse_args()
    bot = film(slow=given.picture is not None)
    print(bot.said)
    if given.picture:
        frames = list(Screen(given.emoji).frames(bot.moments()))
        save(frames, given.picture, bot.said)


if __name__ == "__main__":
    main()
