"""Which market a conversation speaks of, also while its answers are in progress."""

import pytest

from engram.core.events import Finished, Panel, TextDelta
from tests.chat.test_assistant import ANSWER, Model, final, make


def until(events, kind):
    """Take `events` up to the first of this kind."""
    return next(event for event in events if isinstance(event, kind))


@pytest.fixture
def writing(exchange):
    """An assistant with an analysis of Ether on screen, while its model still writes."""
    assistant = make(Model(TextDelta("Up"), ANSWER), exchange=exchange)
    in_progress = assistant.reply("1", "/analyze ETH 1h")
    until(in_progress, Panel)
    yield assistant
    in_progress.close()


def test_what_is_asked_beside_an_answer_in_progress_means_its_market(exchange):
    """With Ether's panel on screen and a slow model, the size would be that of Bitcoin."""
    assistant = make(Model(TextDelta("Up"), ANSWER), exchange=exchange)
    final(assistant, "/analyze BTC")
    in_progress = assistant.reply("1", "/analyze ETH 1h")
    until(in_progress, Panel)
    assert "ETH/USDT (1h" in final(assistant, "/size 10000 1%")
    until(in_progress, Finished)
    assert "ETH/USDT (1h" in final(assistant, "/size 10000 1%")


def test_the_latest_of_several_counts_also_when_it_is_complete_first(exchange):
    """A button's panel would be on screen, and the size be that of the slow analysis before it."""
    assistant = make(Model(TextDelta("Up"), ANSWER), exchange=exchange)
    slow = assistant.reply("1", "/analyze ETH 1h")
    until(slow, Panel)
    final(assistant, "/analyze SOL 1h")
    assert "SOL/USDT (1h" in final(assistant, "/size 10000 1%")
    slow.close()


def test_small_talk_beside_it_changes_no_market(writing):
    """A "thanks" below a panel, and the size would be for nothing."""
    final(writing, "tell me a joke")
    assert "ETH/USDT (1h" in final(writing, "/size 10000 1%")


@pytest.mark.parametrize("how", ["reply", "quotation"])
def test_a_reply_means_what_it_replies_to(exchange, how):
    """Whoever replies to Bitcoin's panel would get the size for Ether."""
    assistant = make(Model(TextDelta("Up"), ANSWER), exchange=exchange)
    (*_, first) = assistant.reply("1", "/analyze BTC")
    in_progress = assistant.reply("1", "/analyze ETH 1h")
    until(in_progress, Panel)
    options = {"after": first.turn} if how == "reply" else {"quoted": "BTC looks strong"}
    (*_, last) = assistant.reply("1", "/size 10000 1%", **options)
    assert "BTC/USDT (4h" in last.text
    in_progress.close()


def test_what_is_forgotten_is_spoken_of_no_more(writing):
    """After /new a market would come back from an answer that is still being written."""
    final(writing, "/new")
    assert "Which market" in final(writing, "/size 10000 1%")
