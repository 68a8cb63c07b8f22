"""A conversation that fills the model's context, with all that servers may say of it."""

import json

import pytest

from engram.chat.asking import Asking
from engram.chat.chain import FallbackChain
from engram.chat.rules import RuleBasedFallback
from engram.chat.sent.album import Album
from engram.chat.turns.said import Said
from engram.chat.turns.turns import Turns
from engram.core.clock import Clock
from engram.core.events import FellBack, Finished, Progress, Question, Stage, TextReset
from engram.llm.servers import CLIENTS
from engram.storage.conversations import Conversations
from engram.storage.statistics import Statistics
from engram.storage.store import Store
from engram.storage.watch.ledger_table import LedgerTable
from engram.watch.ledger.ledger import Ledger
from tests.conftest import make_assistant
from tests.doubles.full_context import FORMS, N_KEEP, in_pieces
from tests.doubles.lmstudio import Answer, ErrorEvent, LMStudioDouble
from tests.machine_speed import LONG
from tests.pictures import a_picture

# 600 tokens.
WORDS = "The market has been quiet for days, and nothing points to a change. " * 35
STORY = Answer(deltas=in_pieces(WORDS))
CHAT = "7"


class Talk:
    """A conversation with one server, asked through the chain."""

    def __init__(self, client):
        self.client = client
        store = Store(None)
        self.conversations = Conversations(store)
        chain = FallbackChain([client, RuleBasedFallback()])
        self.asking = Asking(
            chain,
            Turns(self.conversations, Album()),
            Statistics(store),
            Ledger(LedgerTable(store), Clock()),
        )

    def ask(self, text="And what about tomorrow?", **more):
        said = Said(CHAT, text, self.conversations.head(CHAT))
        return list(self.asking.ask(said, Question(text, system="Be brief.", **more)))


@pytest.fixture
def talk(double, server_name):
    """A conversation with that server."""
    client = CLIENTS[server_name](double.url, timeout=LONG, connect_timeout=LONG)
    assert client.probe()
    return Talk(client)


def answered(events):
    """Whether the model gave the answer, without another attempt."""
    retried = any(isinstance(one, Progress) and one.stage is Stage.RETRYING for one in events)
    fell_back = any(isinstance(one, FellBack) for one in events)
    (answer,) = [one for one in events if isinstance(one, Finished)]
    return not retried and not fell_back and answer.text.startswith("The market has been quiet")


@pytest.mark.parametrize("form", [*FORMS, "in mid-stream"])
def test_a_conversation_goes_on_whatever_the_server_says_of_its_context(talk, double, form):
    """From the ninth question on the rules would answer, for ever."""
    double.behave(STORY)
    double.context, double.overflow = 2048, form
    if form == "cut" and isinstance(double, LMStudioDouble):
        # It does not say why an answer ends: only its length tells, where the list is right.
        double.models[0]["loaded_instances"][0]["config"]["context_length"] = 2048
        talk.client.probe()
    for number in range(10):
        assert answered(talk.ask()), number
    # What was learned is kept to: not each question is refused before it is answered.
    assert len(double.chats) <= 12


def note(events):
    """The text of the answer."""
    return events[-1].text


def test_a_question_that_alone_is_too_long_says_how_long_it_may_be(talk, double):
    """A person would be told that LM Studio is unavailable, and look for an outage."""
    double.behave(STORY)
    double.context = 2048
    assert answered(talk.ask())
    for _ in range(4):
        events = talk.ask("x" * 20_000)
        assert "(too long for the model's context of 2,048 tokens)" in note(events)
        assert "📏 Send less at once, or have the model's context raised" in note(events)
    # Nobody else pays for it.
    assert answered(talk.ask())
    assert talk.client.outcomes.trouble == ""


def test_a_paste_after_a_long_conversation_leaves_it_behind(talk, double):
    """A paste that fits alone would be called too long."""
    double.behave(STORY)
    double.context = 4096
    for _ in range(6):
        assert answered(talk.ask())
    assert answered(talk.ask("These are all my trades of the year. " * 300))


def test_an_answer_that_fills_the_context_stands_and_says_why(talk, double):
    """Half a text would end without a word, or be thrown away."""
    double.behave(STORY)
    double.context = 2048
    double.models[0].get("loaded_instances", [{"config": {}}])[0]["config"]["context_length"] = 2048
    double.models[0]["max_model_len"] = 2048
    assert talk.client.probe()
    events = talk.ask("Tell me all. " * 520)
    assert "the model's context of 2,048 tokens is full." in note(events)
    assert note(events).startswith("The market has been quiet")
    assert answered(events)


@pytest.mark.parametrize("deltas", [1, 2])
def test_a_few_words_before_an_overflow_are_no_answer(talk, double, deltas):
    """Half a sentence would stand for an answer that was to be had."""
    overflow = ErrorEvent(
        "internal_error", N_KEEP.format(read=9, context=4096), after_deltas=deltas
    )
    double.behave(STORY, overflow, STORY)
    assert answered(talk.ask())
    events = talk.ask()
    assert answered(events)
    assert sum(isinstance(event, TextReset) for event in events) == 1


def test_an_analysis_fits_into_2048_tokens(double, server_name, exchange):
    """Whoever has a small model would get no analysis at all."""
    double.context = 2048
    double.behave(Answer("All is well.\nSignal: HOLD\nConfidence: Low"))
    client = CLIENTS[server_name](double.url, timeout=LONG, connect_timeout=LONG)
    assistant = make_assistant(client, RuleBasedFallback(), exchange=exchange)
    for text in ("/analyze BTC 4h", "Is ETH a buy?", "/analyze BTC ETH SOL XRP 1h"):
        *_, last = assistant.reply("1", text)
        assert "All is well." in last.text
    assert max(double.prompts) < 2048


def test_a_long_conversation_goes_on_after_a_restart(talk, double):
    """The first question after each restart would be answered by the rules."""
    double.behave(STORY)
    double.context = 4096
    for _ in range(6):
        assert answered(talk.ask())
    again = type(talk.client)(double.url, timeout=LONG, connect_timeout=LONG)
    talk.asking._chain.replace([again, RuleBasedFallback()])
    for _ in range(3):
        assert answered(talk.ask())


def test_what_was_said_before_a_paste_that_was_too_long_is_not_lost(talk, double):
    """One paste would end the conversation."""
    double.behave(STORY)
    double.context = 4096
    assert answered(talk.ask("My name is Ann."))
    assert "too long" in note(talk.ask("x" * 40_000))
    assert answered(talk.ask("And now?"))
    assert answered(talk.ask("Who am I?"))


# 50,000 tokens.
FILE = "The price of a coin, and another line of it.\n" * 4500


@pytest.mark.parametrize("form", ["HTTP 400", "event", "llama.cpp", "no figures", "cut"])
def test_a_file_is_read_as_far_as_it_fits(talk, double, form):
    """Whoever sends a long file would be told that it is too long, and nothing of it be read."""
    double.behave(STORY)
    double.context, double.overflow = 4096, form
    double.models[0].get("loaded_instances", [{"config": {}}])[0]["config"]["context_length"] = 4096
    talk.client.probe()
    for _ in range(3):
        assert answered(talk.ask())
    for _ in range(2):
        events = talk.ask("What of it?", enclosed=FILE)
        assert answered(events)
        # At least a third of the context is the file.
        assert len(FILE) - 4096 * 4 < events[-1].unread < len(FILE) - 4096 * 4 / 3
        assert "The rest is left out." in str(double.chats[-1].body)
    assert answered(talk.ask("And now?"))


def test_a_short_file_is_read_whole(talk, double):
    """The model would know less than was sent."""
    double.behave(STORY)
    (*_, last) = talk.ask("What of it?", enclosed="one line")
    assert last.unread == 0
    assert "What of it?\\n\\none line" in json.dumps(double.chats[0].body)


def test_a_conversation_about_pictures_goes_on(talk, double):
    """After a few pictures the rules would answer, for ever."""
    double.behave(STORY)
    double.context = 4096
    double.open_eyes()
    talk.client.probe()
    picture = a_picture(1200, 900)  # 1,440 tokens
    for number in range(6):
        more = {"pictures": (picture,)} if number % 2 == 0 else {}
        assert answered(talk.ask("And this?", **more)), number
    assert len(double.chats) <= 8
    assert sum(map(len, double.pictures)) >= 3


def test_pictures_that_alone_are_too_large_say_so(talk, double):
    """A person would be told that the model cannot look at pictures, or that it is gone."""
    double.context = 2048
    double.open_eyes()
    talk.client.probe()
    picture = a_picture(1568, 1568)
    assert "(too long for the model's context of 2,048 tokens)" in note(
        talk.ask("And this?", pictures=(picture,), blind="And this?")
    )
    assert talk.client.outcomes.trouble == ""
