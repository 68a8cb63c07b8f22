"""Messages that answer no question."""

import threading
from functools import partial

import pytest

from engram.storage.store import Store
from engram.telegram.incoming import Destination
from engram.telegram.sending.bot_api import BotApi
from engram.telegram.sending.courier import UNTOLD, Courier
from engram.telegram.sending.egress import Egress
from tests.conftest import OWNER, make_bot, wait_until
from tests.doubles.telegram import TOKEN
from tests.machine_speed import ends

ANN, BEN = 51, 52


@pytest.fixture
def egress(telegram):
    """The governor of a bot that has met Ann and Ben."""
    for chat in (ANN, BEN):
        telegram.say(chat, "/start")
    made = Egress(BotApi(TOKEN, telegram.url), Store(None), 30)
    yield made
    made.stop(0)


def texts(telegram, chat):
    """What the bot has said in the chat."""
    return [shown.text for shown in telegram.screen(chat)]


def last_kept(courier, chat):
    """What the chat could not be told last."""
    kept = courier._untold.get(chat)
    return kept[-1][0] if kept else None


def test_what_is_said_to_a_chat_arrives_in_its_order(egress, telegram):
    """An owner would read that the server is back before it was gone."""
    courier = Courier(egress)
    for text in ("one", "two", "three"):
        courier.say(Destination(ANN), text)
    telegram.wait_for(lambda: texts(telegram, ANN) == ["one", "two", "three"], timeout=20)


def test_a_chat_that_takes_nothing_holds_up_no_other(egress, telegram):
    """One owner who blocked the bot would keep all others from hearing of an outage."""
    courier, held = Courier(egress), threading.Event()

    def hold():
        held.wait(60)
        yield from ()

    courier.send(ANN, hold)
    courier.say(Destination(ANN), "for Ann")
    courier.say(Destination(BEN), "for Ben")
    telegram.wait_for_text(BEN, "for Ben")
    assert texts(telegram, ANN) == []
    assert courier.waiting(ANN) == 1
    held.set()
    telegram.wait_for_text(ANN, "for Ann")


def test_a_refusal_ends_nothing_else(egress, telegram):
    """After one person has blocked the bot nobody would be told anything any more."""
    courier = Courier(egress)
    telegram.block(ANN)
    courier.say(Destination(ANN), "lost")
    courier.say(Destination(BEN), "there")
    telegram.wait_for_text(BEN, "there")
    telegram.wait_for(lambda: courier.waiting(ANN) == 0)


def test_what_must_be_told_is_told_once_it_can_be(egress, telegram):
    """An owner who has not opened the chat yet would never hear that the store is damaged."""
    courier = Courier(egress)
    telegram.block(ANN)
    for number in range(UNTOLD + 2):
        courier.say(Destination(ANN), f"notice {number}", keeps=True)
    courier.say(Destination(ANN), "of no importance")
    refused = UNTOLD + 3
    telegram.wait_for(lambda: sum(call.status == 403 for call in telegram.calls) == refused, 60)
    wait_until(lambda: last_kept(courier, ANN) == f"notice {UNTOLD + 1}", 10)
    telegram.say(ANN, "I am back")
    courier.catch_up(Destination(ANN))
    telegram.wait_for(lambda: len(texts(telegram, ANN)) == UNTOLD, timeout=60)
    first, *_, last = texts(telegram, ANN)
    # The oldest had to make room.
    assert first.startswith("notice 2\n🕐 Written ")
    assert last.startswith(f"notice {UNTOLD + 1}\n🕐 Written ")
    courier.catch_up(Destination(ANN))
    courier.say(Destination(ANN), "that was all")
    telegram.wait_for_text(ANN, "that was all")
    assert len(texts(telegram, ANN)) == UNTOLD + 1


def test_the_owner_is_told_at_the_first_message(telegram):
    """A notice from before the first /start would stand in the log alone."""
    bot = make_bot(telegram)
    bot.connect()
    bot.tell_owner("⚠️ The store is damaged.")
    wait_until(lambda: last_kept(bot._courier, OWNER) == "⚠️ The store is damaged.", 10)
    # Telegram lets no bot begin a chat.
    (refused,) = telegram.violations
    assert "chat not found" in refused
    telegram.violations.clear()
    assert OWNER not in {call.chat_id for call in telegram.calls if call.status == 200}
    polling = threading.Thread(target=partial(bot.poll), daemon=True)
    polling.start()
    telegram.say(OWNER, "/start")
    telegram.wait_for_text(OWNER, "⚠️ The store is damaged.\n🕐 Written ")
    telegram.wait_for_text(OWNER, "I'm Engram")
    bot.stop()
    telegram.stop()
    assert ends(polling, 10)
