"""Has the conversation of docs/watching.md in which a digest is set and comes, and prints it.

    python3 -m tests.example_digest

`launcher.py` runs as a process, with a clock that is set ahead. The market is a random walk, and
what the model says is scripted here; everything else is Engram's own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.adjustable_clock import AdjustableClock
from tests.conftest import OWNER, Launcher
from tests.doubles.exchange import ExchangeDouble
from tests.doubles.lmstudio import Answer, LMStudioDouble
from tests.doubles.tape import Tape
from tests.doubles.telegram import TOKEN, TelegramDouble
from tests.example_chart import SEED, STEP, steps
from tests.series import NOW

# The walk ends so long (s) after the evening on which it is looked at first.
EVENING = NOW - 12 * 3600.0 + 5
MORNING = EVENING // 86_400 * 86_400 + 86_400 + 6.5 * 3600
ETH_SEED, ETH_PRICE = 1, 0.05  # in BTC
REMARK = (
    "Bitcoin is up 1.1 % and has passed 62,463. Ether lost 0.6 %, and its signal on 1h is HOLD now."
)
ASKED = (
    ("/timezone berlin", "Did you mean"),
    ("/timezone Europe/Berlin", "where it is"),
    ("/watch BTC 4h", "is watched"),
    ("/watch ETH 4h", "is watched"),
    ("/watch ETH 1h", "is watched"),
    ("/alert BTC +0.5%", "Armed"),
    ("/digest 7.30", "the first one"),
    ("/watchlist", "▼ SELL"),
)


@contextmanager
def servers() -> Iterator[tuple[ExchangeDouble, LMStudioDouble, TelegramDouble]]:
    """An exchange that has BTC and ETH, an LM Studio, and Telegram."""
    with ExchangeDouble() as exchange, LMStudioDouble() as lmstudio, TelegramDouble() as telegram:
        for symbol, seed, share in (("BTC/USDT", SEED, 1.0), ("ETH/USDT", ETH_SEED, ETH_PRICE)):
            time, prices, _ = steps(seed)
            ends = (time + STEP - 1).tolist()
            exchange.tapes[symbol] = Tape(zip(ends, (prices * share).tolist(), strict=True))
        yield exchange, lmstudio, telegram


def conversation() -> list[str]:
    """Each question with its answer, and last what came without being asked."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        exchange, lmstudio, telegram = stack.enter_context(servers())
        lmstudio.behave(Answer(REMARK))
        clock = AdjustableClock(folder / "clock.json", EVENING)
        exchange.now = clock.now
        config = (
            f"[telegram]\napi_url = {telegram.url}\n[lmstudio]\nurl = {lmstudio.url}\n"
            f"[market]\nexchange = binance\n[binance]\napi_url = {exchange.url}\n"
        )
        env = f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\n"
        running = Launcher(folder, config, env)
        running.adjusted = True
        running.start(patient=True).wait_for("Bot is running and listening for messages...")
        try:
            said = []
            for text, part in ASKED:
                answer = telegram.answer_to(OWNER, text, part)
                said.append(f"> {text}\n\n{answer.text}\n")
            seen = len(telegram.screen(OWNER))
            clock.jump(seconds=MORNING - 29 * 60 - clock.now())
            for told in ("🔔 BTC/USDT rises above", "👁 ETH/USDT (1h, Binance): "):
                telegram.wait_for_text(OWNER, told)
            clock.jump(seconds=MORNING - 2 - clock.now())
            telegram.wait_for_text(OWNER, "🗞 Digest ·")
            # What a watched market says when its signal has changed has a panel, which is long.
            unasked = [one.text or "" for one in telegram.screen(OWNER)[seen:]]
            shown = [text for text in unasked if text.startswith(("🔔", "🗞"))]
            return [*said, "\n\n".join(shown)]
        finally:
            running.stop()


if __name__ == "__main__":
    print("\n".join(conversation()))
