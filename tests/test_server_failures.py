"""Every failure of a model server, through the chain: one answer, whatever the server speaks."""

from itertools import count

import pytest

from engram.chat.chain import FallbackChain
from engram.chat.mock_ai import MockAIAnalyzer
from engram.chat.rules import RuleBasedFallback
from engram.core.events import FellBack, Finished, Question, ServerThread
from engram.core.stop import Stop
from engram.llm.answer.answer_text import MAX_TEXT
from engram.llm.servers import CLIENTS
from tests.conftest import make_analyst
from tests.doubles.lmstudio import Answer, Cut, Loop, Reset
from tests.machine_speed import LONG, within
from tests.test_failures import FAILURES, SECRET, STORY, patient


@pytest.fixture
def silence():
    """After so many seconds without a word an attempt is over."""
    return 0.05


@pytest.fixture
def chain(server_name, double, monkeypatch, silence):
    """That server's client and the fallbacks; attempts are short and waits are none."""
    monkeypatch.setattr(Stop, "wait", lambda self, seconds: iter(()))
    client = CLIENTS[server_name](
        double.url, timeout=silence, max_retries=2, token=SECRET, connect_timeout=LONG
    )
    assert client.probe()
    return FallbackChain([client, MockAIAnalyzer(make_analyst()), RuleBasedFallback()])


def ask(chain):
    events = list(chain.respond(Question("hello")))
    assert [event for event in events if isinstance(event, Finished)] == events[-1:]
    return events


@pytest.mark.parametrize("failure", FAILURES)
def test_every_failure_ends_in_one_friendly_answer(chain, double, server_name, caplog, failure):
    """A person would read "Read timed out", or nothing at all."""
    double.behave(FAILURES[failure])
    *before, answer = ask(chain)
    assert answer.source == "mock"
    assert answer.text.startswith("Hello! I'm Engram.")
    (fell,) = [event for event in before if isinstance(event, FellBack)]
    assert fell.responder == server_name
    assert f"{server_name} did not answer: {fell.reason}" in caplog.text
    for word in ("Traceback", "127.0.0.1", SECRET[:6]):
        assert word not in fell.reason + caplog.text


def test_refused(chain, double, server_name):
    """A server that is switched off would be an error."""
    double.stop()
    first, *_, answer = ask(chain)
    assert isinstance(first, FellBack)
    assert first.responder == server_name
    assert first.reason == "connection refused; is the server started?"
    assert answer.source == "mock"


@patient
def test_an_answer_that_breaks_off_late_stands_as_cut_short(chain, double, server_name):
    """Two screens of text would be thrown away because the end is missing."""
    double.behave(Cut(after_deltas=80, answer=STORY))
    (*_, answer) = ask(chain)
    assert answer.text.startswith("The market has been quiet")
    assert (answer.source, answer.cut_short) == (server_name, True)


@patient
def test_a_second_attempt_that_succeeds_is_the_answer(chain, double, server_name):
    """One hiccup would cost the model's answer."""
    double.behave(Reset(after_deltas=2), Answer("All well."))
    (*_, answer) = ask(chain)
    assert (answer.text, answer.source) == ("All well.", server_name)


@patient
def test_thinking_inside_the_message_is_not_shown(chain, double):
    """A person would read the model's private reasoning."""
    double.behave(Answer("", deltas=("<th", "ink>secret plan</thi", "nk>The ", "answer.")))
    assert ask(chain)[-1].text == "The answer."


@patient
def test_reasoning_is_not_shown(chain, double):
    """A person would read the model's private reasoning."""
    double.behave(Answer("The answer.", reasoning="secret plan"))
    events = ask(chain)
    assert events[-1].text == "The answer."
    assert "secret" not in str(events)


@patient
def test_only_lmstudio_keeps_conversations(chain, server_name):
    """A conversation would be continued where nobody remembers it."""
    thread = ask(chain)[-1].thread
    assert isinstance(thread, ServerThread) is (server_name == "lmstudio")


def hung_up(double):
    """Whether the server was left while it was still writing."""

    def look(moment):
        with double.changed:
            return double.changed.wait_for(lambda: double.chats[-1].disconnected_at, moment)

    return within(10, look)


@patient
@pytest.mark.parametrize("unit", ["1. ", "{n}. Buy the dip.\n", "so ", "Ich warte ab.\n\n"])
def test_a_model_in_a_loop_is_stopped(chain, double, server_name, unit):
    """A person would get hundreds of messages, and the model would write until its end."""
    before = "The trend is up, and support lies at 63,100.\n\n"
    double.behave(Loop(unit, before, between=0))
    events = chain.respond(Question("hello"))
    answer = next(event for event in events if isinstance(event, Finished))
    # It has been left already, while the answer is still being sent.
    assert hung_up(double)
    events.close()
    assert answer.text.startswith(before + unit.replace("{n}", "1"))
    assert len(answer.text) < 1000
    assert (answer.source, answer.cut_short, answer.repeats) == (server_name, True, True)


@patient
@pytest.mark.parametrize("before", ["<think>", ""])
def test_a_model_that_thinks_in_a_loop_is_stopped(chain, double, server_name, before):
    """A person would wait for hours, and for nothing."""
    double.behave(Loop("Wait, let me check that. ", before, part="reasoning", between=0))
    if before:
        double.behave(Loop("Wait, let me check that. ", before, between=0))
    (fell, *_, answer) = [event for event in ask(chain) if isinstance(event, FellBack | Finished)]
    assert (fell.responder, fell.reason) == (server_name, "it thought the same over and over")
    assert answer.source == "mock"
    assert hung_up(double)


@patient
def test_a_loop_that_comes_as_one_document_is_cut_as_well(chain, double, server_name):
    """A server that does not stream would flood the chat."""
    text = "All is well. " + "and so on, " * 900

    def whole(exchange):
        exchange.body["stream"] = False
        Answer(text).play(exchange)

    double.behave(whole)
    answer = ask(chain)[-1]
    assert answer.repeats
    assert answer.text.startswith("All is well. and so on, and so on")
    assert len(answer.text) < 1000


@patient
def test_a_model_that_does_not_come_to_an_end_is_stopped(chain, double):
    """A model that babbles would fill the memory."""
    numbers = count(1)

    def babble(exchange):
        exchange.event("message.start")
        while True:
            exchange.event("message.delta", content=f"{next(numbers) ** 2} is a square, ")

    double.behave(babble)
    answer = ask(chain)[-1]
    assert (len(answer.text), answer.cut_short, answer.repeats) == (MAX_TEXT, True, False)
    assert hung_up(double)
