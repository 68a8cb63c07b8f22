"""/size with `launcher.py` as a process: in Telegram beside a slow model, and in the terminal.

Nothing of Engram's or TA-Lib's is used to calculate here, and the exchange's clock stands still.
"""

import re

import pytest

from tests import reference
from tests.conftest import OWNER, clean_environment, launcher_command
from tests.doubles.exchange import candles
from tests.doubles.lmstudio import Answer
from tests.machine_speed import LONG, completed

pytestmark = pytest.mark.unpaced

# Half past nine on 2026-11-22, UTC: the candle of 08:00 is open.
NOW = 1_795_339_800.0
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def test_a_size_comes_at_once_while_the_model_works(bot, telegram, lmstudio, market):
    """A person who looks at a panel would wait for the model, or get another market's size."""
    lmstudio.behave(Answer("Calm.", delay_first=LONG))
    running = bot(after=market)
    telegram.wait_for(lambda: telegram.commands)
    assert ("size", "Size a position: /size 10000 1% BTC") in telegram.commands
    telegram.answer_to(OWNER, "/size 10000 1%", "Which market is it for?")
    telegram.answer_to(OWNER, "/analyze ETH 4h", "Market Analysis for ETH/USDT")
    shown = telegram.answer_to(OWNER, "/size 10000 1%", "Position size").text
    assert shown.startswith("📏 Position size for ETH/USDT (4h, Binance)\n\nAccount 10,000.00 USDT")
    assert "no advice" in shown
    assert len(lmstudio.chats) <= 1
    telegram.answer_to(OWNER, "/stop", "The answer in progress ends here.")
    telegram.wait_for_text(OWNER, "⏹ Stopped.")
    assert running.stop() == 0
    bot(after=market)
    shown = telegram.answer_to(OWNER, "/size 25k 0.5% daily", "Position size").text
    assert shown.startswith("📏 Position size for ETH/USDT (1d, Binance)\n\nAccount 25,000.00 USDT")


@pytest.mark.parametrize("shape", ["walk", "rising", "falling"])
def test_the_printed_size_is_confirmed(tmp_path, exchange, shape):
    """A person would trade more than they can bear, because a line is wrong."""
    rows = candles(1000, shape, "4h", NOW, seed=9)
    exchange.now = lambda: NOW
    exchange.series["BTC/USDT", "4h"] = rows
    config = tmp_path / "config.ini"
    config.write_text(
        "[lmstudio]\nurl = http://127.0.0.1:9\n[market]\nexchange = binance\n"
        f"[binance]\napi_url = {exchange.url}\n"
    )
    command = launcher_command("--ask", "/size 12,345.67 1.5% btc 4h", "--config", str(config))
    done = completed(command, 50, env=clean_environment())
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "📏 Position size for BTC/USDT (4h, Binance)"
    account, stop, distance, amount, worth = (
        [float(number.replace(",", "")) for number in NUMBER.findall(line)] for line in lines[2:7]
    )
    columns = list(zip(*rows[:-1], strict=True))
    atr = reference.wilder(reference.true_ranges(*columns[2:5]), 14)[-1]
    price = rows[-1][4]
    assert account == [12_345.67, 1.5, 185.18]
    assert stop[0] == pytest.approx(price, rel=1e-4)
    assert distance[2] == pytest.approx(1.5 * atr, rel=0.01)
    sign = 1 if "above" in lines[3] else -1
    assert stop[2] == pytest.approx(price + sign * 1.5 * atr, rel=1e-4)
    assert 185.17 < amount[2] * distance[2] <= 185.18
    assert worth[2] == pytest.approx(amount[2] * stop[0], rel=1e-4)
    assert ("SELL" in done.stdout) == (sign == 1)
