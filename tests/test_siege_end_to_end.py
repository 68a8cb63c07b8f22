"""Many wait, some are paused, strangers write: `tests.benchmark --rows siege`, but small."""

import math
import sys

import pytest

from tests.conftest import OWNER
from tests.doubles.lmstudio import Answer, Hang
from tests.doubles.telegram import TelegramDouble
from tests.footprint import Footprint, heaps_of

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
    # Each keeps what the threads that share it once needed.
    assert heaps_of(running.process.pid) <= 1
    assert not any(map(telegram.screen, PAUSED))


def test_everyone_who_presses_is_answered_while_telegram_is_slow_to_show_typing(
    bot, telegram, lmstudio
):
    """Whoever comes thirty-third would see a button that does nothing for half a minute."""
    lmstudio.behave(Hang())
    chats = WAITING[:40]
    bot("parallel = 2", telegram_keys="allowed_chat_ids = " + ", ".join(map(str, chats)))
    telegram.slow_down("sendChatAction", 4.0, times=math.inf)
    for chat in chats:
        telegram.say(chat, "hello")
    telegram.wait_for(lambda: all(map(telegram.screen, chats)))
    for chat in chats:
        telegram.press(chat, telegram.screen(chat)[0].message_id, "/stop")
    telegram.wait_for(lambda: len(telegram.callback_answers) == len(chats), 5)


def test_chats_in_which_telegram_hangs_keep_no_other_waiting(bot, telegram, lmstudio):
    """Ten chats whose previews get no reply would leave everybody else in the dark."""
    lmstudio.behave(Answer("word " * 60, delay_between=0.05))
    chats = WAITING[:12]
    allowed = ", ".join(map(str, chats))
    bot("parallel = 20", telegram_keys=f"allowed_chat_ids = {allowed}")
    for chat in chats:
        telegram.fail_raw("editMessageText", "hang", chat_id=chat)
        telegram.say(chat, "hello")
    telegram.wait_for(lambda: sum(map(telegram.has_failed, chats)) >= 6)
    telegram.say(OWNER, "hello")
    telegram.wait_for_text(OWNER, "word", 5)


def test_groups_whose_administrators_nobody_tells_keep_no_other_waiting(bot, telegram, lmstudio):
    """The owner would wait for the groups of others to know how the bot is."""
    groups = range(-100210, -100200)
    allowed = ", ".join(map(str, groups))
    bot(telegram_keys=f"allowed_chat_ids = {allowed}\ngroup_commands = admins")
    telegram.fail_raw("getChatAdministrators", "hang", times=math.inf)
    for group in groups:
        telegram.say(group, "/new")
    asked = lambda: sum(one.method == "getChatAdministrators" for one in telegram.calls)  # noqa: E731
    telegram.wait_for(lambda: asked() >= 6)
    telegram.say(OWNER, "/status")
    telegram.wait_for_text(OWNER, "LMStudio", 3)
