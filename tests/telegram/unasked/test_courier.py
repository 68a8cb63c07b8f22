"""Messages that answer no question."""

import threading

import pytest

from engram.storage.store import Store
from engram.telegram.incoming import Destination
from engram.telegram.sending.bot_api import BotApi
from engram.telegram.sending.egress import Egress
from engram.telegram.unasked.courier import Courier
from tests.doubles.telegram import TOKEN

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
