"""From the signals of many analyses to /record, with all parts put together as the bot does.

What became of them is counted again here, from the trades of the market alone.
"""

import contextlib
import csv
import math
import random
import re
import sqlite3
from dataclasses import replace

import pytest

from engram.config.load import load
from engram.config.settings import ExchangeSettings, LMStudioSettings, MarketSettings
from engram.core.clock import Clock
from engram.wiring import Engram
from tests.conftest import OWNER, wait_until
from tests.doubles.exchange import ExchangeDouble
from tests.doubles.lmstudio import Answer
from tests.doubles.tape import Tape
from tests.doubles.telegram import TOKEN

HOUR = 3600
# Half past nine on 2026-11-22, UTC.
BEGIN = 1_795_339_800.0
HORIZON, LOOKS = 4, 90
CHAT = "1"
VERDICT = "It may fall.\n\nSignal: SELL\nConfidence: Medium"


class Turned(Clock):
    """Wall time as a test sets it."""

    def __init__(self):
        self.time = BEGIN

    def now(self):
        """The time that was set last."""
        return self.time


def trades():
    """A price each half hour, from long before the first look to long after the last one."""
    chance, price = random.Random(4), 100.0
    for i in range(-2200, 2 * (LOOKS + HORIZON + 2)):
        price *= math.exp(chance.gauss(0, 0.004))
        # At the quarter hours, so that no trade is on the edge of a candle.
        yield BEGIN + 900 + i * HOUR / 2, price


@pytest.fixture
def clock():
    return Turned()


@pytest.fixture
def exchange(clock):
    with ExchangeDouble() as double:
        double.now = clock.now
        double.tapes["BTC/USDT"] = Tape(trades())
        yield double


@pytest.fixture
def engram(tmp_path, exchange, lmstudio, clock, probing):
    lmstudio.behave(Answer(VERDICT))
    settings = replace(
        load(tmp_path / "config.ini", {}),
        lmstudio=LMStudioSettings(url=(lmstudio.url,), model="zai-org/GLM-4.7-flash"),
        market=MarketSettings(exchange=("binance",), horizon=HORIZON),
        exchanges={"binance": ExchangeSettings(api_url=exchange.url)},
    )
    made = Engram(settings, clock=clock)
    probing(made.servers).start()
    return made


def asked(engram, text):
    """The events of the answer."""
    return list(engram.assistant.reply(CHAT, text))


def close(tape, hour):
    """The last price before the end of that hour, counted from the one before the first look."""
    return tape.price(BEGIN - HOUR / 2 + hour * HOUR - 1)


def test_the_record_is_what_a_count_of_the_trades_gives(engram, exchange, clock):
    """The bot would praise or blame itself for something that did not happen."""
    tape, signals = exchange.tapes["BTC/USDT"], []
    for look in range(LOOKS):
        clock.time = BEGIN + look * HOUR
        panel = next(one for one in asked(engram, "/analyze BTC 1h") if hasattr(one, "draw"))
        signals.append(re.search("Signal: (BUY|SELL|HOLD)", panel.text)[1])
    # A second look at the same candle counts no more than the first.
    asked(engram, "/analyze BTC 1h")
    clock.time += (HORIZON + 1) * HOUR
    requests = exchange.count("klines")
    engram.judging.look()
    assert exchange.count("klines") == requests + 1
    (record,) = asked(engram, "/record BTC 1h")
    moves = [close(tape, look + HORIZON) / close(tape, look) - 1 for look in range(LOOKS)]
    by_model = sum(move < 0 for move in moves)
    share = round(100 * by_model / LOOKS)
    assert re.search(rf"zai-org/glm-4.7-flash, Medium\n +{LOOKS} +{share} % ", record.text)
    wrong = [
        (signal, move)
        for signal, move in zip(signals, moves, strict=True)
        if signal != "HOLD" and (move > 0) != (signal == "BUY")
    ]
    (export,) = asked(engram, "/record csv")
    lines = [line.split(",") for line in export.file.text.splitlines()[1:]]
    assert len(lines) == 2 * LOOKS
    rules = [line for line in lines if line[4] == "rules"]
    assert [line[5] for line in rules] == signals
    assert [float(line[16]) for line in rules] == pytest.approx(moves, abs=1e-6)
    is_wrong = [line[17] == "0" for line in rules if line[5] != "HOLD"]
    assert sum(is_wrong) == len(wrong)
    # From now on the panel of such a signal says so.
    asked_again = asked(engram, "/analyze BTC 1h")
    panel = next(one for one in asked_again if hasattr(one, "draw"))
    now = re.search("Signal: (BUY|SELL|HOLD)", panel.text)[1]
    given = signals.count(now)
    right = sum(line[17] == "1" for line in rules if line[5] == now)
    line = f"📒 {now}: given {given} times here, right {right}, chance "
    assert (line in panel.text) is (given >= 30)
    assert given >= 30, "another seed is needed"


def test_the_running_bot_judges_and_sends_the_file(
    launcher, telegram, lmstudio, exchange, tmp_path
):
    """Signals would wait for their judge for ever, or the file would not arrive."""
    lmstudio.behave(Answer(VERDICT))
    running = launcher(
        f"[telegram]\napi_url = {telegram.url}\n[lmstudio]\nurl = {lmstudio.url}\n"
        f"[market]\nexchange = binance\n[binance]\napi_url = {exchange.url}\n",
        f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\n",
    )
    running.adjusted = True
    exchange.now = running.clock.now
    running.clock.set(BEGIN)
    running.start().wait_for("Bot is running and listening for messages...")
    telegram.answer_to(OWNER, "/analyze BTC 1h", "💡")
    assert "2 wait" in telegram.answer_to(OWNER, "/record", "📒").text
    running.clock.jump(hours=26)
    running.clock.run(rate=60)

    def waiting():
        with contextlib.closing(sqlite3.connect(tmp_path / "engram.db")) as store:
            return store.execute("SELECT count(*) FROM ledger WHERE state = 'open'").fetchone()[0]

    wait_until(lambda: not waiting(), 30)
    said = telegram.answer_to(OWNER, "/record btc", "📒")
    assert "rules, Low\n    1  too few: needs 30" in said.text
    assert "pre" in [one["type"] for one in said.entities]
    telegram.answer_to(OWNER, "/record csv", "📒")
    (file,) = telegram.wait_for(lambda: [one for one in telegram.screen(OWNER) if one.document])
    rows = list(csv.DictReader(file.document.decode().splitlines()))
    assert {(row["source"], row["state"]) for row in rows} == {
        ("rules", "judged"), ("zai-org/glm-4.7-flash", "judged"),
    }  # fmt: skip
    assert (telegram.errors, telegram.violations) == ([], [])
