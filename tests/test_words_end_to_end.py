"""Plain words for markets, with `launcher.py` as a process: what people read and the model gets."""

import json
import re

import pytest

from tests.conftest import OWNER, ROOT, clean_environment, launcher_command
from tests.doubles.lmstudio import Answer
from tests.machine_speed import completed

pytestmark = pytest.mark.unpaced

LISTED = json.loads((ROOT / "tests" / "tables" / "markets.json").read_text("utf-8"))
POWERED = "💡 Powered by LMStudio"
PLAIN = {
    "what about bitcoin cash?": "📊 BCH/USDT (4h, Binance)",
    "How does BTC look on the 1h chart?": "📊 BTC/USDT (1h, Binance)",
    "sell ethereum classic?": "📊 ETC/USDT (4h, Binance)",
    "what about $PEPE?": "📊 PEPE/USDT (4h, Binance)",
    "比特币1小时怎么看": "📊 BTC/USDT (1h, Binance)",
    "стоит ли покупать солану?": "📊 SOL/USDT (4h, Binance)",
    "btc vs eth, which one is stronger?": "📊 BTC/USDT (4h, Binance), ETH/USDT (4h, Binance)",
    "/analyze\nbtc usdt\n1 hour": "🤖 AI Analysis for BTC/USDT (1h, Binance)",
    "/analyze BINANCE:SOLVBTC": "🤖 AI Analysis for SOLVBTC/USDT (4h, Binance)",
    "/analyze #btc h1": "🤖 AI Analysis for BTC/USDT (1h, Binance)",
    "/analyze link daily": "🤖 AI Analysis for LINK/USDT (1d, Binance)",
}
NO_MARKET = ("What a stellar day", "Ada is my sister", "Link me the docs", "hello there")


@pytest.fixture
def market(exchange, market):
    """The sections of config.ini for an exchange with 130 markets."""
    exchange.symbols = LISTED
    return market


def said(lmstudio):
    """What the model was asked, in its order."""
    return [chat.body["input"] for chat in lmstudio.chats]


def answer(telegram, text, part=POWERED):
    """The answer to `text`, which has `part`."""
    return telegram.answer_to(OWNER, text, part)


def test_plain_words_get_the_figures_of_the_market_that_is_meant(bot, telegram, lmstudio, market):
    """A person would have to learn our spelling, or read the figures of another market."""
    lmstudio.behave(Answer("Calm."))
    bot(after=market)
    for text, heading in PLAIN.items():
        assert answer(telegram, text).text.startswith(f"{heading}\n\nCalm."), text
        for title in re.findall(r"\w+/\w+ \(\w+, Binance\)", heading):
            assert f"{title} on 20" in "".join(said(lmstudio))
    for text in NO_MARKET:
        assert answer(telegram, text).text.startswith("Calm.\n\n💡"), text
        assert said(lmstudio)[-1].endswith(text)


def test_a_follow_up_means_the_market_of_before_also_after_a_restart(
    bot, telegram, lmstudio, market
):
    """ "And on the weekly?" would be answered without figures, or with another market's."""
    lmstudio.behave(Answer("Calm."))
    running = bot(after=market)
    first = answer(telegram, "price of eth?")
    answer(telegram, "thanks")
    assert answer(telegram, "and on the weekly?").text.startswith("📊 ETH/USDT (1w, Binance)")
    assert answer(telegram, "and sol?").text.startswith("📊 SOL/USDT (4h, Binance)")
    both = answer(telegram, "compare it with btc on the daily").text
    assert both.startswith("📊 SOL/USDT (1d, Binance), BTC/USDT (1d, Binance)")
    answer(telegram, "same for sol")
    assert running.stop() == 0
    bot(after=market)
    assert answer(telegram, "should I buy it?").text.startswith("📊 SOL/USDT (4h, Binance)")
    telegram.say(OWNER, "and on the daily?", reply_to=first.message_id)
    telegram.wait_for_text(OWNER, "📊 ETH/USDT (1d, Binance)")


def test_several_markets_are_one_text_with_a_button_for_each(bot, telegram, lmstudio, market):
    """A person who compares three coins would ask three times, and wait three times."""
    lmstudio.behave(Answer("ETH."))
    bot(after=market)
    answer(telegram, "/analyze btc eth sol 1h", "ETH.")
    blocks, commentary = telegram.screen(OWNER)
    for coin in ("BTC", "ETH", "SOL"):
        assert f"📊 Market Analysis for {coin}/USDT · 1h · Binance\nSignal: " in blocks.text
    assert not blocks.photo
    assert commentary.reply_to == blocks.message_id
    assert [label for label, _ in blocks.buttons] == ["BTC/USDT", "ETH/USDT", "SOL/USDT"]
    telegram.press(OWNER, blocks.message_id, dict(blocks.buttons)["SOL/USDT"])
    opened = telegram.wait_for_text(OWNER, "🤖 AI Analysis for SOL/USDT (1h, Binance)")
    panel = next(one for one in telegram.screen(OWNER) if one.photo)
    assert opened.reply_to == panel.message_id
    assert panel.caption.startswith("📊 Market Analysis for SOL/USDT · 1h · Binance")
    assert answer(telegram, "/analyze btc eth sol xrp doge", "at most 4 markets")
    both = answer(telegram, "/analyze btc eth sol xrp moonz 1h", "ETH.\n")
    assert "I found no market moonz on Binance" in both.text
    heading = "📊 BTC/USDT (1h, Binance), ETH/USDT (1h, Binance), SOL/USDT (1h, Binance), XRP/USDT"
    assert answer(telegram, "which of these is the strongest?").text.startswith(heading)


def test_what_no_exchange_lists_is_named_and_the_model_knows(bot, telegram, lmstudio, market):
    """A person would read a price that the model has invented."""
    lmstudio.behave(Answer("I have none."))
    bot(after=market, patient=True)
    # From now on it knows what the exchange lists, however slow the machine is.
    answer(telegram, "/price BTC", "BTC/USDT ")
    unknown = (
        "I found no market HYPE on Binance. Please name it by its ticker, like BTC or BTC/USDT."
    )
    assert f"⚠️ {unknown}" in answer(telegram, "what's the price of HYPE?").text
    assert f"{unknown} There are no figures for it" in said(lmstudio)[-1]
    assert answer(telegram, "/analyze HYPE 4h", unknown).text.startswith(unknown)
    assert "Did you mean BTC/USDT" in answer(telegram, "/analyze btcc", "no market btcc").text
    assert len(lmstudio.chats) == 1


def test_without_data_nobody_comments_on_it(bot, telegram, lmstudio, exchange, market):
    """ "Signal: BUY, Confidence: High" would be made up from nothing."""
    lmstudio.behave(Answer("Above 64,000! Signal: BUY"))
    exchange.fail("klines", "451", times=None)
    bot(after=market)
    reason = "Binance refused requests from here."
    shown = answer(telegram, "/analyze BTC 4h", reason).text
    assert shown.startswith("📊 Market Analysis for BTC/USDT · 4h\n\nSignal: HOLD\nConfidence: Low")
    assert lmstudio.chats == []
    question = answer(telegram, "is btc a buy?").text
    assert f"⚠️ No market data for BTC/USDT (4h): {reason}" in question
    assert "There is no market data for BTC/USDT (4h): name no prices" in said(lmstudio)[0]


def test_a_list_that_does_not_come_holds_nobody_up(bot, telegram, lmstudio, exchange, market):
    """In the first minutes of an outage every word about a coin would wait for half a minute."""
    lmstudio.behave(Answer("Calm."))
    exchange.fail("exchangeInfo", "hang", times=None)
    bot(after=market)
    assert answer(telegram, "hello").text.startswith("Calm.")
    shown = answer(telegram, "is SUI a buy?").text
    assert "⚠️ No market data for SUI/USDT (4h): Binance did not answer in time." in shown


def test_in_the_terminal_the_same_words_are_understood(exchange, lmstudio, market, tmp_path):
    """What works in Telegram would not work in the terminal."""
    lmstudio.behave(Answer("Calm."))
    config = tmp_path / "config.ini"
    config.write_text(f"[lmstudio]\nurl = {lmstudio.url}\n{market}", encoding="utf-8")
    command = launcher_command("--ask", "/analyze btc usdt 1h", "--config", str(config))
    done = completed(command, 50, env=clean_environment())
    assert done.stdout.startswith("📊 Market Analysis for BTC/USDT · 1h · Binance\n")
    assert "🤖 AI Analysis for BTC/USDT (1h, Binance)\n\nCalm." in done.stdout
