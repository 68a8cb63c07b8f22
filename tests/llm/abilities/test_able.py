"""What model servers are asked for beside an answer, and how that is given up."""

from dataclasses import replace

import pytest

from engram.core.events import Finished, Question, TextDelta
from engram.core.model import Thinking
from engram.llm.anthropic import AnthropicClient
from engram.llm.lmstudio import LMStudioClient
from engram.llm.openai import OpenAIClient
from tests.doubles.anthropic import AnthropicDouble
from tests.doubles.lmstudio import Answer, LMStudioDouble, model
from tests.doubles.openai import OpenAIDouble
from tests.machine_speed import LONG

TALK = Question("hi", calm=True)
WHY = Question("Why does ETH fall?")
CLIENTS = {
    LMStudioDouble: (LMStudioClient, "auto"),
    OpenAIDouble: (OpenAIClient, "gpt-5"),
    AnthropicDouble: (AnthropicClient, "claude-new"),
}


def ask(client, question=WHY, effort=""):
    """The text of the answer, for which the `effort` was chosen."""
    *_, answer = client.respond(replace(question, effort=effort))
    assert isinstance(answer, Finished)
    return answer.text


def sent(double, key):
    """What each request said under `key`; None where it did not."""
    return [one.body.get(key) for one in double.chats]


def client_of(double, **more):
    """A client for the server; LM Studio's takes whatever is loaded."""
    client, name = CLIENTS[type(double)]
    return client(double.url, LONG, model=name, **more)


@pytest.fixture
def thinker():
    """LM Studio with a model that thinks if it is not asked not to."""
    with LMStudioDouble([model("a/thinks", loaded=True, reasoning=("off", "on"))]) as double:
        yield double
    assert double.errors == []


def test_small_talk_is_answered_without_thinking(thinker):
    """Who says hi would wait until the model has thought about it."""
    client = client_of(thinker)
    thinker.behave(Answer("Hello.", reasoning="They greet me. Why?"))
    assert next(client.respond(TALK)) == TextDelta("Hello.")
    ask(client, WHY)
    assert sent(thinker, "reasoning") == ["off", None]


@pytest.mark.parametrize(
    ("reasoning", "effort", "chosen", "expected"),
    [
        (("off", "on"), "on", "", "on"),
        (("off", "on"), "on", "off", "off"),
        (("off", "on"), "high", "", None),
        (("low", "xhigh"), "auto", "xhigh", "xhigh"),
        ((), "on", "high", None),
    ],
)
def test_lm_studio_is_asked_for_nothing_that_it_would_refuse(reasoning, effort, chosen, expected):
    """Each question would be refused once before it is answered."""
    with LMStudioDouble([model("a/b", loaded=True, reasoning=reasoning)]) as double:
        ask(client_of(double, effort=effort), effort=chosen)
        assert sent(double, "reasoning") == [expected]


def test_what_the_list_allows_may_be_refused_all_the_same(thinker):
    """A model that was replaced since the list was read would answer nothing."""
    client = client_of(thinker)
    client.probe()
    thinker.models[0]["capabilities"]["reasoning"]["allowed_options"] = ["low", "on"]
    assert ask(client, TALK)
    assert ask(client, TALK)
    assert ask(client, effort="on")
    assert sent(thinker, "reasoning") == ["off", None, None, "on"]
    assert client.thinking().efforts == ("on",)
    assert not client.outcomes.trouble


def test_openai_is_not_asked_before_it_was_seen_to_think(openai):
    """A model that cannot think would refuse each greeting first."""
    client = client_of(openai)
    openai.efforts = ("none", "low")
    openai.behave(Answer("Hello."), Answer("Hello.", reasoning="hm"), Answer("Hello."))
    for question in (TALK, WHY, WHY, TALK):
        ask(client, question)
    assert sent(openai, "reasoning_effort") == [None, None, None, "none"]


@pytest.mark.parametrize(
    ("efforts", "engine", "chosen", "expected", "left"),
    [
        (("minimal", "low", "high"), "", ("off", "off", "high"),
         ["none", None, None, "high"], ("low", "medium", "high", "on")),
        ((), "", ("high", "off"), ["high", None, None], ()),
        (None, "", ("low", "low"), ["low", None, None], ()),
        ((), "litellm", ("off", "high"), ["none", None, None], ()),
    ],
)  # fmt: skip
def test_openai_is_asked_without_what_it_refused(openai, efforts, engine, chosen, expected, left):
    """A choice that a model does not allow would leave every question to the rules."""
    openai.efforts, openai.engine = efforts, engine
    client = client_of(openai)
    for effort in chosen:
        assert ask(client, effort=effort)
    assert sent(openai, "reasoning_effort") == expected
    assert client.thinking().efforts == left
    assert not client.outcomes.trouble


def test_llama_cpp_is_asked_not_to_think_whatever_its_model(openai):
    """The first greeting would be thought about, because nobody knows whether the model thinks."""
    openai.engine = "llamacpp"
    client = client_of(openai)
    ask(client, TALK)
    ask(client, WHY)
    assert sent(openai, "reasoning_effort") == ["none", None]


@pytest.mark.parametrize(
    ("types", "chosen", "expected"),
    [
        (("disabled", "enabled"), ("high", "off"), ["enabled", "disabled"]),
        (("disabled", "adaptive"), ("high", "high"), ["enabled", "adaptive", "adaptive"]),
        (("adaptive",), ("off", "low"), ["disabled", None, "enabled", "adaptive"]),
        ((), ("high", "off"), ["enabled", None, None]),
        (("reasoning_effort",), ("off", "high"), ["disabled", None, None]),
    ],
)
def test_anthropic_is_asked_in_the_form_that_its_model_takes(anthropic, types, chosen, expected):
    """Newer models refuse a budget of tokens, and older ones to go without."""
    anthropic.thinking = types
    client = client_of(anthropic)
    for effort in chosen:
        assert ask(client, effort=effort)
    found = sent(anthropic, "thinking")
    assert [one and one["type"] for one in found] == expected
    without = [one.body for one, type_ in zip(anthropic.chats, found, strict=True) if not type_]
    assert [body["max_tokens"] for body in without] == [4096] * len(without)


def test_anthropic_is_not_asked_for_less_before_it_was_seen_to_think(anthropic):
    """A greeting would cost a refusal."""
    client = client_of(anthropic)
    anthropic.behave(Answer("Hello.", reasoning="hm"))
    for _ in range(2):
        ask(client, TALK)
    assert sent(anthropic, "thinking") == [None, {"type": "disabled"}]


def test_to_be_tried_out_asks_for_no_thoughts(anthropic):
    """A check of one token would have a budget of thoughts refused, and never asked for again."""
    client = client_of(anthropic, effort="high")
    client.probe()
    client.try_out()
    assert sent(anthropic, "thinking") == [None]


def test_what_lm_studio_allows_is_known(thinker):
    """/think could offer nothing."""
    thinker.models.append(model("b/plain"))
    client = client_of(thinker, effort="high")
    client.probe()
    told = Thinking("thinks", ("off", "on"), "on", "high", "LM Studio", guessed=False)
    assert client.thinking() == told
    plain = Thinking("plain", (), "", "high", "LM Studio", guessed=False)
    assert client.thinking("b/plain") == plain


def test_a_model_that_is_not_there_allows_nobody_knows_what(thinker):
    """/think would fail where a name is spelt wrongly."""
    client = LMStudioClient(thinker.url, LONG, model="nobody")
    client.probe()
    assert client.thinking() == Thinking("nobody", server="LM Studio")
