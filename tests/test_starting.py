"""What the owner reads while the bot starts."""

import re

import pytest

from tests.conftest import OWNER
from tests.doubles.telegram import TOKEN

BANNER = [
    "=" * 80,
    "ENHANCED ENGRAM BOT LAUNCHER V2",
    "=" * 80,
    "🚀 Initializing Enhanced Engram Bot...",
    f"✅ Telegram credentials loaded (chat_id: {OWNER})",
    "🔌 Initializing LMStudio client...",
    "✅ LMStudio connected and ready",
    "📱 Testing Telegram connection...",
    "✅ Telegram bot connected: @engram_test_bot",
    "🔔 Watching: nothing is armed",
    "✅ All systems initialized successfully",
    "=" * 80,
    "🤖 Bot is running and listening for messages...",
]


def in_order(expected, lines):
    """Whether `expected` stand among `lines` in their order, others between them."""
    rest = iter(lines)
    return all(any(want == line or line.endswith(" " + want) for line in rest) for want in expected)


def test_the_start_is_told_on_the_terminal_and_in_the_log(bot):
    """The owner would not see whether the bot runs."""
    running = bot()
    assert in_order(BANNER, running.output.splitlines())
    assert in_order(BANNER, running.log.splitlines())


@pytest.mark.parametrize("says", ["/start {code}", " {CODE}\n"])
def test_whoever_sends_the_code_of_the_terminal_owns_the_bot(launcher, telegram, says):
    """Without a chat id nobody could ever speak to the bot, or anybody could."""
    config = (
        f"[telegram]\napi_url = {telegram.url}\n[market]\nexchange =\n[fallback]\norder = mock\n"
    )
    running = launcher(config, f"TELEGRAM_BOT_TOKEN={TOKEN}\n").start()
    running.wait_for("🤖 Bot is running")
    running.wait_for("🔑 To own this bot, open https://t.me/engram_test_bot?start=")
    link = running.output.partition("own this bot, open ")[2].split()[0]
    code = link.partition("?start=")[2]
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", code)
    telegram.say(OWNER, says.format(code=code, CODE=code.upper(), link=link))
    telegram.wait_for_text(OWNER, f"put TELEGRAM_CHAT_ID={OWNER} into .env")
    telegram.wait_for_text(OWNER, "👋 I'm Engram")
    telegram.say(OWNER, "hello")
    telegram.wait_for_text(OWNER, "rule-based")
    assert code not in running.log
