"""Anthropic's Messages API."""

import pytest

from engram.anthropic import AnthropicClient
from engram.errors import TryAgainError
from engram.events import Progress, Question, Stage, Turn
from engram.stop import Stop
from tests.doubles.lmstudio import Answer, ErrorEvent, Status


def test_a_question_is_sent_as_the_server_wants_it(anthropic):
    """Anthropic's server refuses arguments that it does not know."""
    anthropic.token = "sk-ant-right"
    client = AnthropicClient(anthropic.url, model="claude-new", token="sk-ant-right")
    list(client.respond(Question("hi", system="s", history=(Turn("a", "b"),))))
    (request,) = anthropic.chats
    assert request.body == {
        "model": "claude-new",
        "max_tokens": 4096,
        "system": "s",
        "messages": [
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "b"},
            {"role": "user", "content": "hi"},
        ],
        "stream": True,
    }
    assert request.headers["x-api-key"] == "sk-ant-right"
    assert request.headers["anthropic-version"] == "2023-06-01"


def test_thinking_is_told_and_not_shown(anthropic):
    """A person would see nothing for minutes, or the model's private reasoning."""
    anthropic.behave(Answer("Hello there", reasoning="hm hm"))
    *before, answer = AnthropicClient(anthropic.url).respond(Question("hi"))
    assert answer.text == "Hello there"
    assert before[0] == Progress(Stage.THINKING)
    assert before.count(before[0]) == 1


@pytest.mark.parametrize("busy", [Status(529), ErrorEvent("overloaded_error", "Overloaded")])
def test_an_overloaded_server_is_asked_again(anthropic, monkeypatch, busy):
    """In busy hours nobody would get the model's answer."""
    monkeypatch.setattr(Stop, "wait", lambda self, seconds: None)
    anthropic.behave(busy, Answer("hi"))
    client = AnthropicClient(anthropic.url)
    assert client.query("hi") == "hi"
    anthropic.behave(busy)
    with pytest.raises(TryAgainError):
        list(client.respond(Question("hi")))
