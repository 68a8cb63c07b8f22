"""/alert in a conversation."""

import pytest

from engram.chat.watching.alert import stands_alone
from engram.core.events import Progress, Stage
from engram.storage.inbox import Arrived, Inbox
from engram.watch.grammar.texts import EXAMPLES
from tests.chat.watching.conftest import ANN, BEN
from tests.conftest import make_analyst


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        (["/alert BTC > 100"], ["BTC/USDT rises above 100.00", "90.00 on Binance: +11.11 %"]),
        (["/alert eth +5%"], ["ETH/USDT rises above 9.45 (+5 % from 9.00)"]),
        (["/alert BTC 1h rsi < 1"], ["the RSI of BTC/USDT (1h) falls below 1", "a 1h candle"]),
        (["/alert BTC rsi < 1"], ["RSI of BTC/USDT (4h)", "the default timeframe, because none"]),
        (["/analyze ETH 1h", "/alert > 100"], ["ETH/USDT rises above 100.00"]),
        (["/alert ETH > 100", "/alert > 110"], ["ETH/USDT rises above 110.00"]),
        (["/alert BTC > 80"], ["armed nothing", "BTC/USDT costs 90.00 on Binance"]),
        (["/alert"], [EXAMPLES]),
        (["/alert > 100"], ["Which market", EXAMPLES]),
        (["/alert moonz > 100"], ["no market moonz on Binance", EXAMPLES]),
    ],
)
def test_what_is_meant_is_armed_or_asked_back(talk, said, parts):
    """A person would wait for something else, or for nothing."""
    *_, last = [talk(text) for text in said]
    for part in parts:
        assert part in last.text


@pytest.mark.parametrize("follow_up", ["/analyze 1h", "/size 10000 1%", "/watch"])
def test_it_is_spoken_of_from_then_on(talk, follow_up):
    """A follow-up would be about another market than the alert."""
    talk("/analyze BTC")
    talk("/alert ETH > 100")
    assert "ETH/USDT" in talk(follow_up).text


def test_a_person_reads_that_something_goes_on(talk):
    """A slow exchange would look like no answer."""
    first, last = talk.assistant.reply("7", "/alert BTC > 100")
    assert first == Progress(Stage.FETCHING)
    assert last.turn


def test_the_same_update_gets_the_same_answer(talk):
    """A crash between arming and answering would end in "already armed"."""
    rows = tuple(Inbox(talk.store).receive([Arrived({"update_id": 1}, "message/7/1")]))
    first = talk("/alert BTC > 100", rows=rows, message=1, by=ANN)
    again = talk("/alert BTC > 100", rows=rows, message=1, by=ANN)
    assert first.text.startswith("Ann: 🔔 Armed")
    assert (again.text, again.buttons) == (first.text, first.buttons)


def test_others_read_who_armed_it(talk):
    """A group would wonder where an alert comes from."""
    assert talk("/alert BTC > 100", by=ANN).text.startswith("Ann: 🔔 Armed")
    assert talk("/alert BTC > 100", by=BEN).text.startswith("🔔 Already armed")
    assert "by Ann" in talk("/alerts", by=BEN).text


def test_after_new_it_is_still_armed(talk):
    """Who begins a new conversation would lose all alerts."""
    talk("/alert BTC > 100")
    talk("/new")
    assert "#1 BTC/USDT" in talk("/alerts").text
    assert "Which market" in talk("/alert > 120").text


def test_again_is_answered_in_the_chat_of_the_alert(talk):
    """The button below an alert would do nothing."""
    talk("/alert BTC > 100")
    talk("/disarm 1")
    again = talk("/again 1")
    assert "🔔 Armed: BTC/USDT rises above 100.00" in again.text
    assert again.buttons[0][0].command == "/disarm 2"


@pytest.mark.parametrize("number", ["", "x", "²", "9" * 99, "-1", "1 1"])
def test_no_number_is_no_alert(talk, number):
    """Anybody could bring the answer down by a text in the place of a number."""
    talk("/alert BTC > 100")
    assert "no such alert here" in talk(f"/again {number}").text


def test_resume_arms_what_was_suspended(talk):
    """The button would do nothing."""
    talk("/alert BTC > 100")
    talk.store.write("UPDATE alerts SET state = 'suspended'")
    assert "⏸ Suspended" in talk("/alerts").text
    assert "🔁 Armed anew:\n· BTC/USDT rises above 100.00" in talk("/resume").text
    assert "Nothing is suspended here" in talk("/resume").text


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("BTC > 100k", True),
        ("> 100k", False),
        ("+5%", False),
        ("eth +5%", True),
        ("1h rsi < 30", False),
        ("", False),
        ("BTC > 1.234", True),
    ],
)
def test_what_goes_on_about_the_market_before(exchange, text, alone):
    """An alert would be for a market that was spoken of earlier than the last one."""
    assert stands_alone(make_analyst(exchange), text) is alone
