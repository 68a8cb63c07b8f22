"""Many wait, some are paused, strangers write: `tests.benchmark --rows siege`, but small."""

import sys

import pytest

from tests.conftest import OWNER
from tests.doubles.lmstudio import Hang
from tests.doubles.telegram import TelegramDouble
from tests.footprint import Footprint

WAITING, PAUSED, STRANGERS = range(1000, 1060), range(2000, 2020), range(5000, 5100)
# What waits costs no thread; what is at the model server may have one each.
THREADS, PARALLEL = 40, 4


@pytest.fixture
def telegram():
    """A Telegram that enforces its limits."""
    with TelegramDouble(enforce_flood=True) as double:
        yield double
    assert double.errors == []
    # Nothing was sent during a pause, nor beyond a limit.
    assert double.violations == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_everyone_sees_something_while_a_model_hangs(bot, telegram, lmstudio):
    """Many would wait in the dark for one model, and nobody could ask how it is."""
    lmstudio.behave(Hang())
    allowed = ", ".join(map(str, [*WAITING, *PAUSED]))
    running = bot(f"parallel = {PARALLEL}", telegram_keys=f"allowed_chat_ids = {allowed}")
    for chat in PAUSED:
        telegram.fail("sendMessage", 429, retry_after=3600, chat_id=chat)
        telegram.say(chat, "/help")
    telegram.wait_for(lambda: all(map(telegram.has_failed, PAUSED)))
    for chat in (*PAUSED, *WAITING):
        telegram.say(chat, "hello")
    for chat in STRANGERS:
        telegram.say(chat, "hello")
    telegram.say(OWNER, "/status")
    telegram.wait_for_text(OWNER, "in line")
    telegram.wait_for(lambda: all(map(telegram.screen, WAITING)))
    assert Footprint.of(running.process.pid).threads <= THREADS + PARALLEL
    assert not any(map(telegram.screen, PAUSED))
