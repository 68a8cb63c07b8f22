"""Servers that speak OpenAI's chat completions."""

import pytest

from engram.events import Progress, Question, Stage, Turn
from engram.openai_compat import OpenAIClient
from tests.doubles.lmstudio import Answer


def test_a_question_is_sent_as_the_server_wants_it(openai):
    """OpenAI's server refuses arguments that it does not know."""
    openai.token = "sk-right"
    client = OpenAIClient(f"{openai.url}/", model="gpt-5", token="sk-right")
    list(client.respond(Question("hi", system="s", history=(Turn("a", "b"),))))
    (request,) = openai.chats
    assert request.body == {
        "model": "gpt-5",
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "b"},
            {"role": "user", "content": "hi"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert request.headers["authorization"] == "Bearer sk-right"


@pytest.mark.parametrize(
    "ways",
    [
        {"says_done": False},
        {"streams": False},
        {"lists_models": False},
        {"reasoning_key": "reasoning"},
        {"counts_tokens": False},
    ],
    ids=str,
)
def test_servers_with_their_own_ways_are_understood(openai, ways):
    """Of all the servers that speak this, only OpenAI's own could be used."""
    vars(openai).update(ways)
    openai.behave(Answer("Hello there", reasoning="hm"))
    client = OpenAIClient(openai.url, model="gpt-5")
    for _ in range(2):
        *before, answer = client.respond(Question("hi"))
        assert answer.text == "Hello there"
        assert before.count(Progress(Stage.THINKING)) == 1


def test_a_server_that_counts_no_tokens_is_asked_once_only(openai):
    """Each question would be sent twice."""
    openai.counts_tokens = False
    client = OpenAIClient(openai.url)
    assert client.query("a")
    assert client.query("b")
    assert ["stream_options" in chat.body for chat in openai.chats] == [True, False, False]
