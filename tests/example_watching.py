"""Has the conversations of docs/watching.md, and prints them.

    python3 -m tests.example_watching --picture docs/watching.png

`launcher.py` runs as a process, with a clock that stands still or runs fast. The market is that of
`tests.example_chart`, what the model says is scripted here, and everything else is Engram's own.
The picture needs the Noto font of coloured emoji (Debian: fonts-noto-color-emoji).
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.adjustable_clock import AdjustableClock
from tests.conftest import OWNER, Launcher, clean_environment, launcher_command
from tests.doubles.exchange import ExchangeDouble
from tests.doubles.lmstudio import Answer, LMStudioDouble
from tests.doubles.tape import Tape
from tests.doubles.telegram import TOKEN, TelegramDouble
from tests.doubles.telegram_api import Shown
from tests.example_chart import SEED, STEP, steps
from tests.screenshot import EMOJI, Bubble, draw
from tests.series import NOW

# Half past nine in the evening, UTC; the walk of the market ends twelve hours later.
EVENING = NOW - 12 * 3600.0 + 5
MIDNIGHT = EVENING // 86_400 * 86_400 + 86_400
MINUTE, HOUR = 60.0, 3600.0
# So many seconds of the bot's clock pass in one; prices stand still for a quarter of an hour, so
# that a slow machine has time to look at them.
RATE, FAST = 20.0, 60.0
ETH_SEED, ETH_PRICE = 1, 0.05  # in BTC
GROUP, ANN = -100123, 51
REMARK = (
    "Bitcoin is up 1.1 % and has passed 62,500. Ether lost 0.6 %, and its signal on 1h is HOLD now."
)
IN_THE_EVENING = (
    ("/timezone berlin", "Did you mean"),
    ("/timezone Europe/Berlin", "where it is"),
    ("/alert BTC > 62500", "Armed"),
    ("wake me if eth drops 2.5%", "Armed"),
    ("/alert ETH 4h rsi < 20", "Armed"),
    ("/alert BTC > 60k", "I armed nothing"),
    ("tell me when btc moves 5%", "up or down"),
    ("/alerts", "last look"),
    ("/watch BTC 4h", "is watched"),
    ("/watch ETH 4h", "is watched"),
    ("/watch ETH 1h", "is watched"),
    ("/watchlist", "▼ SELL"),
    ("/digest 7.30", "the first one"),
)
# Such an answer is shown once.
ALIKE = ("/watch ETH 4h", "/watch ETH 1h")
AWAY, LIVE = "🔔 ETH/USDT falls below", "🔔 BTC/USDT rises above"
OUTAGE = "⚠️ I cannot watch Binance: Binance could not answer. That concerns 2 alerts and"
CHANGED, DIGEST = "👁 ETH/USDT (1h, Binance): ", "🗞 Digest ·"
IN_PICTURE = (
    "/alert BTC > 62500",
    "🔔 Armed: BTC/USDT rises above 62,500.00.\nThe price is 62,152.73",
    "/watchlist",
    "👁 2 markets",
    "🔔 ETH/USDT falls",
    LIVE,
    DIGEST,
)
IN_THE_TERMINAL = ("/alert BTC > 70000",)


@dataclass
class Play:
    """The bot, what it talks to, and what was said so far, as the page shows it."""

    folder: Path
    exchange: ExchangeDouble
    telegram: TelegramDouble
    clock: AdjustableClock
    said: list[str] = field(default_factory=list)
    bubbles: list[Bubble] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def ask(self, text: str, part: str) -> None:
        """Send `text`, which is answered with `part`."""
        shown = self.telegram.answer_to(OWNER, text, part)
        if text in ALIKE:
            return
        self.bubbles.append(Bubble(text))
        self._note(shown, f"> {text}\n\n")

    def told(self, part: str, *, is_shown: bool = True) -> Shown:
        """Wait for what begins like `part`, which nobody has asked for, and show it."""

        def found() -> Shown | None:
            new = (one for one in self.telegram.screen(OWNER) if one.message_id not in self.seen)
            return next((one for one in new if _read(one).startswith(part)), None)

        shown = self.telegram.wait_for(found, 60)
        assert shown
        self.seen.add(shown.message_id)
        if is_shown:
            self._note(shown)
        return shown

    def press(self, shown: Shown, label: str, part: str) -> None:
        """Press a button below a message, which is answered with `part`."""
        self.telegram.press(OWNER, shown.message_id, dict(shown.buttons)[label] or "")
        self._note(self.telegram.wait_for_text(OWNER, part), f"[{label}] is pressed\n\n")

    def is_at(self, wall: float) -> None:
        """Be a machine that nobody had awake until then."""
        self.clock.jump(seconds=wall - self.clock.now())
        self.clock.run(1)

    def has_judged_all(self) -> bool:
        """Whether no close is left to be judged of what is watched."""
        return "?" not in _read(self.telegram.answer_to(OWNER, "/watchlist", "▼ SELL"))

    def _note(self, shown: Shown, before: str = "") -> None:
        self.said.append(before + _read(shown))
        self.bubbles.append(Bubble.of(shown, self.telegram.screen(OWNER)))


def _read(shown: Shown) -> str:
    """A message with the labels of its buttons, row by row."""
    keyboard = (shown.markup or {}).get("inline_keyboard", ())
    rows = [" ".join(f"[{one['text']}]" for one in row) for row in keyboard]
    return "\n".join([shown.text or shown.caption or "", *rows])


@contextmanager
def play() -> Iterator[Play]:
    """A bot that runs, with an exchange that has BTC and ETH, an LM Studio, and Telegram."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        exchange = stack.enter_context(ExchangeDouble())
        lmstudio = stack.enter_context(LMStudioDouble())
        telegram = stack.enter_context(TelegramDouble())
        for symbol, seed, share in (("BTC/USDT", SEED, 1.0), ("ETH/USDT", ETH_SEED, ETH_PRICE)):
            time, prices, _ = steps(seed)
            ends = (time + STEP - 1).tolist()
            exchange.tapes[symbol] = Tape(zip(ends, (prices * share).tolist(), strict=True))
        lmstudio.behave(Answer(REMARK))
        clock = AdjustableClock(folder / "clock.json", EVENING)
        clock.run(0)
        exchange.now = clock.now
        config = (
            f"[telegram]\napi_url = {telegram.url}\nallowed_chat_ids = {GROUP}\n"
            f"[lmstudio]\nurl = {lmstudio.url}\n"
            f"[market]\nexchange = binance\n[binance]\napi_url = {exchange.url}\n"
        )
        env = f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\n"
        running = Launcher(folder, config, env, unpaced=True)
        running.adjusted = True
        running.start(patient=True).wait_for("Bot is running and listening for messages...")
        stack.callback(running.stop)
        yield Play(folder, exchange, telegram, clock)


def conversation() -> Play:
    """All of it: an evening, a night, a morning."""
    with play() as bot:
        for text, part in IN_THE_EVENING:
            bot.ask(text, part)
        _in_group(bot)
        _in_terminal(bot)
        bot.is_at(MIDNIGHT + 3 * HOUR + 28 * MINUTE)
        bot.told(AWAY)
        bot.told(CHANGED, is_shown=False)
        bot.clock.run(RATE)
        fired = bot.told(LIVE)
        bot.is_at(MIDNIGHT + 6 * HOUR - 2 * MINUTE)
        bot.told(CHANGED, is_shown=False)
        bot.clock.run(RATE)
        bot.told(CHANGED)
        bot.clock.run(1)
        bot.telegram.wait_for(bot.has_judged_all, 60)
        bot.is_at(MIDNIGHT + 6.5 * HOUR - 2)
        bot.told(DIGEST)
        bot.press(fired, "🔁", "fires at the next crossing")
        bot.exchange.fail("klines", "503", times=None)
        bot.clock.run(FAST)
        bot.told(OUTAGE)
        bot.exchange.heal()
        bot.told("✅")
        return bot


def _in_group(bot: Play) -> None:
    text = "/alert ETH > 3500"
    bot.telegram.say(GROUP, text, user_id=ANN)
    shown = bot.telegram.wait_for_text(GROUP, "Armed")
    bot.said.append(f"> {text}\n\n{_read(shown)}")


def _in_terminal(bot: Play) -> None:
    for text in IN_THE_TERMINAL:
        asked = ("--config", "config.ini", "--ask", text)
        done = subprocess.run(
            launcher_command(*asked, patient=True, adjusted=True),
            cwd=bot.folder, env=clean_environment(), capture_output=True, text=True,
            encoding="utf-8", check=True,
        )  # fmt: skip
        bot.said.append(f"> {text}\n\n{done.stdout.strip()}")


def main() -> None:
    """Print what is said, and draw some of it."""
    parser = argparse.ArgumentParser(description="Have the conversations of docs/watching.md.")
    parser.add_argument("--picture", type=Path, help="draw some of them, as a PNG")
    parser.add_argument("--emoji", type=Path, default=EMOJI, help="a font of coloured emoji")
    given = parser.parse_args()
    bot = conversation()
    print("\n\n".join(bot.said))
    if given.picture:
        draw(_shown(bot.bubbles), given.picture, given.emoji)


def _shown(bubbles: Sequence[Bubble]) -> list[Bubble]:
    """Those that are in the picture."""
    return [one for one in bubbles if one.text.startswith(IN_PICTURE)]


if __name__ == "__main__":
    main()
