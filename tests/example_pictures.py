"""Has the conversations of docs/pictures.md, and prints them.

    python3 -m tests.example_pictures --picture docs/pictures.png

`launcher.py` runs as a process, against simulated servers: the market is that of
`tests.example_chart`, what the models say is scripted here, and everything else is Engram's own.
The picture needs the Noto font of coloured emoji (Debian: fonts-noto-color-emoji).
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from engram.chat.attachments.opening import document_of
from tests.chat.attachments.samples import locked_pdf
from tests.conftest import OWNER, ROOT
from tests.doubles.lmstudio import Answer, LMStudioDouble, model
from tests.doubles.telegram import TOKEN, TelegramDouble
from tests.doubles.telegram_api import Shown
from tests.doubles.telegram_files import LARGEST
from tests.example_conversation import config, launcher, servers
from tests.screenshot import EMOJI, Bubble, draw

# The first one is configured.
BLIND, EYES = "zai-org/glm-4.7-flash", "qwen/qwen3-vl-4b"
# The candles with their prices, and nothing that names the market.
CUT_OUT = (0, 180, 1080, 780)
BY_WORDS = "By the figures, not yet: the price is 0.4 % below its resistance of 62,578.98."
BY_EYE = (
    "Not yet: the price has risen from about 51,900 in two steps, each with a pause, and the last "
    "candles stand below the resistance of 62,578.98 without a close above it."
)
FOLLOW_UP = "From about 58,100 to 60,000: the candles of 18 to 20 November."
ALBUM = "The first two are rising wedges, the third is a flag, the fourth a range."
TRADES = (
    "The largest loss is 412.50, more than all 84 trades lost together: 298.50. When it was I "
    "cannot tell, because it is in none of the rows that I have."
)
IN_PICTURE = 7  # messages


@dataclass
class Play:
    """The bot, what it talks to, and what was said so far, as the page shows it."""

    telegram: TelegramDouble
    lmstudio: LMStudioDouble
    said: list[str] = field(default_factory=list)
    bubbles: list[Bubble] = field(default_factory=list)

    def ask(
        self, send: Callable[[], object], asked: str, end: str, says: str = "", shown: bytes = b""
    ) -> Shown:
        """Have a person `send` what is `asked`; the answer, in which the model `says` so.

        Its last line begins with `end`. The picture that was `shown` is drawn.
        """
        self.lmstudio.behave(Answer(says))
        answer = self._answer(send, end)
        words = asked.partition("] ")[2] if shown else asked
        self.bubbles.append(Bubble(words, photo=shown or None))
        self._note(f"> {asked}", answer)
        return answer

    def press(self, shown: Shown, label: str, end: str) -> None:
        """Press a button below a message, which is answered with such a line."""
        data = dict(shown.buttons)[label] or ""
        answer = self._answer(lambda: self.telegram.press(OWNER, shown.message_id, data), end)
        self._note(f"[{label}] is pressed", answer)

    def _answer(self, send: Callable[[], object], end: str) -> Shown:
        """The message that comes for what a person `send`s, once its last line begins so."""
        seen = {one.message_id for one in self.telegram.screen(OWNER)}
        send()

        def found() -> Shown | None:
            new = (one for one in self.telegram.screen(OWNER) if one.message_id not in seen)
            return next((one for one in new if _last(one).startswith(end)), None)

        answer = self.telegram.wait_for(found)
        assert answer
        return answer

    def _note(self, before: str, answer: Shown) -> None:
        buttons = [f"[{label}]" for label, _ in answer.buttons]
        self.said.append("\n".join([before, "", answer.text or "", *buttons]))
        self.bubbles.append(Bubble.of(answer, self.telegram.screen(OWNER)))


def _last(shown: Shown) -> str:
    """The last line of a message that is no progress."""
    return "" if "⏹" in dict(shown.buttons) else (shown.text or "").rpartition("\n")[2]


def chart() -> bytes:
    """A picture of candles, as somebody cuts it out of a screen."""
    file = io.BytesIO()
    with Image.open(ROOT / "docs" / "chart.png") as whole:
        whole.convert("RGB").crop(CUT_OUT).save(file, "PNG")
    return file.getvalue()


def trades() -> bytes:
    """What an exchange has of somebody's trades, one each eight hours of November."""
    sides, markets = ("buy", "sell"), ("BTC/USDT", "ETH/USDT", "SOL/USDT")
    results = [round(((37 * at) % 83 - 40) * 4.75, 2) for at in range(84)]
    results[33] = -412.5
    lines = [
        f"2026-11-{1 + at // 3:02} {at % 3 * 8:02}:00,{markets[at % 3]},{sides[at % 2]},{result}"
        for at, result in enumerate(results)
    ]
    return "\n".join(["time,market,side,result", *lines, ""]).encode()


@contextmanager
def play() -> Iterator[Play]:
    """A bot that runs, with a model that sees pictures and one, the configured, that does not."""
    with ExitStack() as stack:
        telegram = stack.enter_context(TelegramDouble())
        exchange, lmstudio = stack.enter_context(servers())
        lmstudio.models = [model(BLIND, loaded=True), model(EYES, loaded=True, vision=True)]
        env = f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\n"
        more = f"[telegram]\napi_url = {telegram.url}\n"
        stack.enter_context(launcher(config(exchange, lmstudio, more), env=env))
        yield Play(telegram, lmstudio)


def in_telegram() -> Play:
    """What is said there."""
    with play() as bot:
        _about_a_chart(bot)
        _about_others(bot)
        return bot


def _about_a_chart(bot: Play) -> None:
    phone, picture, words = bot.telegram, chart(), "is that a breakout on btc 4h?"
    answer = bot.ask(
        lambda: phone.send_photo(OWNER, picture, words),
        f"[a photo] {words}",
        "👁",
        BY_WORDS,
        picture,
    )
    bot.press(answer, "👁 qwen3-vl-4b", "qwen3-vl-4b answers")
    for text, says in (
        ("look again: does btc break out?", BY_EYE),
        ("and where is the last pause?", FOLLOW_UP),
    ):
        bot.ask(lambda text=text: phone.say(OWNER, text), text, "💡", says)


def _about_others(bot: Play) -> None:
    phone, picture = bot.telegram, chart()
    six = ["compare the patterns", *[""] * 5]
    bot.ask(lambda: phone.send_album(OWNER, six), f"[an album of 6] {six[0]}", "📎", ALBUM)
    files = (
        ("trades.csv", trades(), "which trade cost the most?", TRADES, None),
        ("plan.pdf", locked_pdf("secret"), "", "", None),
        ("year.pdf", b"", "", "", LARGEST + 1),
    )
    for name, data, words, says, size in files:
        bot.ask(
            lambda name=name, data=data, words=words, size=size: phone.send_file(
                OWNER, data, words, name=name, size=size
            ),
            f"[{name}] {words}".strip(), "📎", says,
        )  # fmt: skip
    bot.lmstudio.stop()
    bot.ask(lambda: phone.send_photo(OWNER, picture, "and now?"), "[a photo] and now?", "👁")


def in_the_terminal() -> str:
    """What is printed for a picture, and for one that is not there."""
    asked = ("/image chart.png is that a breakout on btc 4h?", "/image chrat.png and that?")
    with servers() as (exchange, lmstudio):
        lmstudio.models = [model("glm-4.7-flash", loaded=True, vision=True)]
        lmstudio.behave(Answer(BY_EYE))
        files = {"chart.png": chart()}
        with launcher(config(exchange, lmstudio), "--console", files=files) as process:
            said, _ = process.communicate("\n".join([*asked, ""]))
    first, second = said.strip().split("\nThere is no file", 1)
    return f"> {asked[0]}\n{first.strip()}\n\n> {asked[1]}\nThere is no file{second}"


def of_the_table() -> str:
    """What a model is given of the trades."""
    return document_of(trades(), "trades.csv").text


def main() -> None:
    """Print what is said, and draw some of it."""
    parser = argparse.ArgumentParser(description="Have the conversations of docs/pictures.md.")
    parser.add_argument("--picture", type=Path, help="draw some of them, as a PNG")
    parser.add_argument("--emoji", type=Path, default=EMOJI, help="a font of coloured emoji")
    given = parser.parse_args()
    bot = in_telegram()
    print("\n\n".join([*bot.said, of_the_table(), in_the_terminal()]))
    if given.picture:
        draw(bot.bubbles[:IN_PICTURE], given.picture, given.emoji)


if __name__ == "__main__":
    main()
