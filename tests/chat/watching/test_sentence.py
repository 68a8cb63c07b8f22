"""Sentences that ask to be told something."""

import pytest

from engram.chat.commands import Need
from engram.chat.texts import ADMINISTRATORS_ONLY
from engram.watch.grammar.texts import EXAMPLES
from tests.chat.test_assistant import ANSWER, Model, make
from tests.chat.watching.conftest import ANN, GUEST, Talk, set_price

ASKS = [
    ("tell me when btc goes above 100", "🔔 Armed: BTC/USDT rises above 100.00"),
    ("wake me if eth drops 5%", "ETH/USDT falls below 8.55 (-5 % from 9.00)"),
    ("Notify me when the rsi of btc falls below 1 on the hourly", "RSI of BTC/USDT (1h) falls"),
    ("let me know when btc moves 5%", EXAMPLES),
]
OTHERS = ["remind me when my meeting starts", "hello", "how high is btc?", "tell me about btc"]


@pytest.fixture
def model():
    return Model(ANSWER)


@pytest.fixture
def talk_to(model, talk):
    """The same conversations, with a model."""
    set_price(talk.exchange, 90.0)
    assistant = make(model, exchange=talk.exchange, store=talk.store)
    (*_,) = assistant.reply("1", "/analyze BTC")  # now the lists of markets are there
    model.questions.clear()
    return Talk(assistant, talk.store, talk.exchange)


@pytest.mark.parametrize(("text", "part"), ASKS)
def test_it_is_armed_or_asked_back_without_a_model(talk_to, model, text, part):
    """A model would promise to tell it, and nobody would."""
    assert part in talk_to(text).text
    assert model.questions == []


@pytest.mark.parametrize(("text", "_"), ASKS)
def test_it_waits_for_no_model(talk_to, text, _):
    """An alert would be armed only after a long answer, when the price has passed."""
    assert talk_to.assistant.needs(text) is Need.MARKET


@pytest.mark.parametrize("text", OTHERS)
def test_everything_else_goes_to_the_model(talk_to, model, text):
    """A person would be asked for the condition of an alert that they never wanted."""
    assert talk_to.assistant.needs(text) is Need.MODEL
    assert "**Up**" in talk_to(text).text
    assert len(model.questions) == 1


def test_before_the_lists_are_there_it_is_armed_all_the_same(talk):
    """Right after the start a sentence would go to the model."""
    new = Talk(make(exchange=talk.exchange, store=talk.store), talk.store, talk.exchange)
    assert "🔔 Armed" in new("tell me when btc goes above 100").text


def test_who_may_not_change_anything_arms_nothing(talk):
    """A group that leaves alerts to administrators would get them by a sentence."""
    assert talk("tell me when btc goes above 100", by=GUEST).text == ADMINISTRATORS_ONLY
    assert talk("tell me when btc goes above 100", by=ANN).text.startswith("Ann: 🔔 Armed")


@pytest.mark.parametrize(
    ("text", "arms"),
    [("/alert BTC > 5", True), ("tell me when btc goes above 5", True), ("hello", False)],
)
def test_an_edit_into_an_alert_is_read(talk_to, text, arms):
    """A mistake in an alert could not be mended any more once something else was said."""
    assert talk_to.assistant.arms("7", 5, text) is arms
    talk_to("/alert BTC > 100", message=5)
    assert talk_to.assistant.arms("7", 5, "hello")


def test_what_a_message_armed_before_is_said_below_another_answer(talk_to):
    """Who edits an alert into a question would think that it is gone."""
    talk_to("/alert BTC > 100", message=5)
    stays = "What this message armed before stays armed: BTC/USDT rises above 100.00."
    assert talk_to("how are you?", message=5).text.endswith(stays)
    assert "stays armed" not in talk_to("how are you?", message=6).text
