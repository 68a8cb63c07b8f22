"""Anthropic's Messages API."""

import json

import pytest

from engram.core.errors import GiveUpError, TryAgainError
from engram.core.events import Finished, Progress, Question, Stage, TextDelta, Turn
from engram.core.stop import Stop
from engram.core.usage import Usage
from engram.llm.answer.answer_text import MAX_TEXT, AnswerText
from engram.llm.answer.stream import read_answer
from engram.llm.anthropic import AnthropicClient
from engram.llm.sse import DOCUMENT, ServerSentEvent
from tests.babble import babble
from tests.doubles.lmstudio import Answer, ErrorEvent, Status

THINKING = Progress(Stage.THINKING)
START = {"type": "message_start", "message": {"content": [], "usage": {"input_tokens": 7}}}
PING = {"type": "ping"}
STOP = {"type": "message_stop"}


def block(kind, **more):
    return {"type": "content_block_start", "index": 0, "content_block": {"type": kind, **more}}


def delta(kind, **more):
    return {"type": "content_block_delta", "index": 0, "delta": {"type": kind, **more}}


def says(text):
    return delta("text_delta", text=text)


def end(reason="end_turn"):
    return {"type": "message_delta", "delta": {"stop_reason": reason},
            "usage": {"output_tokens": 2}}  # fmt: skip


def error(kind, message="oops"):
    return {"type": "error", "error": {"type": kind, "message": message}}


def read(*events):
    answer = AnswerText("anthropic", "claude")
    stream = [
        ServerSentEvent(
            DOCUMENT if isinstance(event, dict) and event.get("type") == "message" else "any",
            event if isinstance(event, str) else json.dumps(event),
        )
        for event in events
    ]
    return list(read_answer([[one] for one in stream], answer, AnthropicClient.take)), answer


def done(text, **more):
    return Finished(text, "anthropic", "claude", markdown=True, **more)


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
    assert before[0] == THINKING
    assert before.count(before[0]) == 1


@pytest.mark.parametrize("busy", [Status(529), ErrorEvent("overloaded_error", "Overloaded")])
def test_an_overloaded_server_is_asked_again(anthropic, monkeypatch, busy):
    """In busy hours nobody would get the model's answer."""
    monkeypatch.setattr(Stop, "wait", lambda self, seconds: iter(()))
    anthropic.behave(busy, Answer("hi"))
    client = AnthropicClient(anthropic.url)
    assert client.query("hi") == "hi"
    anthropic.behave(busy)
    with pytest.raises(TryAgainError):
        list(client.respond(Question("hi")))


def test_thoughts_do_not_make_an_answer_too_long():
    """An answer would be called broken off, because thoughts count among its tokens."""
    ended = {**end(), "usage": {"output_tokens": 5000}}
    events = [ServerSentEvent("message", json.dumps(one)) for one in (says("a"), ended, STOP)]
    answer = AnswerText("anthropic", "claude")
    answer.limit = 8192
    *_, finished = read_answer([events], answer, AnthropicClient.take)
    assert not finished.cut_short


@pytest.mark.parametrize(
    ("events", "answer"),
    [
        ([START, block("text", text=""), PING, says("Hel"), says("lo"),
          {"type": "content_block_stop", "index": 0}, end(), STOP],
         [TextDelta("Hel"), TextDelta("lo"), done("Hello")]),
        ([START, block("thinking", thinking=""), delta("thinking_delta", thinking="hm"),
          delta("signature_delta", signature="x"), block("text", text=""), says("a"), end(), STOP],
         [THINKING, TextDelta("a"), done("a")]),
        ([block("redacted_thinking", data="x"), says("a"), end(), STOP],
         [THINKING, TextDelta("a"), done("a")]),
        ([says("<think>hm</think>a"), end(), STOP], [TextDelta("a"), done("a")]),
        ([says("a"), end()], [TextDelta("a"), done("a")]),
        ([says("a"), STOP], [TextDelta("a"), done("a")]),
        ([says("a"), end(), "{broken"], [TextDelta("a"), done("a")]),
        ([says("a"), end("max_tokens"), STOP], [TextDelta("a"), done("a", cut_short=True)]),
        ([says("a"), {**end(), "usage": {"output_tokens": 4096}}, STOP],
         [TextDelta("a"), done("a", cut_short=True)]),
        ([says("a"), block("tool_use", name="f", input={}),
          delta("input_json_delta", partial_json="{}"), end("tool_use"), STOP],
         [TextDelta("a"), done("a")]),
        ([{"type": "message", "content": "a", "stop_reason": "end_turn"}],
         [TextDelta("a"), done("a")]),
        ([{"type": "something_new", "delta": 7}, {}, says("a"), STOP],
         [TextDelta("a"), done("a")]),
        ([{"type": "message", "content": [{"type": "thinking", "thinking": "hm"},
           {"type": "text", "text": "a"}], "stop_reason": "max_tokens"}],
         [THINKING, TextDelta("a"), done("a", cut_short=True)]),
    ],
)  # fmt: skip
def test_every_documented_event_is_understood(events, answer):
    """Progress, or the answer itself, would not be shown."""
    assert read(*events)[0] == answer


def test_what_is_paid_for_is_counted():
    """The owner would not see what the answers cost."""
    assert read(START, says("a"), end(), STOP)[1].usage == Usage(7, 2)
    cached = {"input_tokens": 7, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 100}
    last = {**end(), "usage": {**cached, "output_tokens": 2}}
    assert read(START, says("a"), last, STOP)[1].usage == Usage(127, 2, cached=100)
    odd = {**end(), "usage": {**cached, "cache_read_input_tokens": None}}
    assert read(START, says("a"), odd, STOP)[1].usage == Usage(27, 0)


@pytest.mark.parametrize(
    ("events", "kind", "reason"),
    [
        ([], TryAgainError, "broke off"),
        ([START, says("a")], TryAgainError, "broke off"),
        ([START, "{broken"], TryAgainError, "not JSON"),
        ([error("overloaded_error")], TryAgainError, "overloaded_error: oops"),
        ([error("rate_limit_error")], TryAgainError, "rate_limit_error"),
        ([says("a"), error("api_error")], TryAgainError, "api_error"),
        ([{"type": "error"}], TryAgainError, "it reports error"),
        ([error(["x"])], TryAgainError, "x"),
        ([error("invalid_request_error")], GiveUpError, "invalid_request_error: oops"),
        ([error("authentication_error", "key sk-x")], GiveUpError, "authentication_error: $"),
        ([error("not_found_error")], GiveUpError, "not_found_error"),
        ([error("permission_error")], GiveUpError, "permission_error"),
        ([START, end(), STOP], GiveUpError, "said nothing"),
        ([block("thinking"), end("max_tokens"), STOP], GiveUpError, "until its limit"),
    ],
)  # fmt: skip
def test_every_failure_says_what_to_do(events, kind, reason):
    """A broken answer would pass for a good one, or be tried again in vain."""
    with pytest.raises(kind, match=reason):
        read(*events)


def test_a_model_that_never_stops_is_stopped():
    """One model that babbles would fill the memory and the chat."""
    (*_, answer), _ = read(*map(says, babble(1_000_000)))
    assert answer.cut_short
    assert len(answer.text) == MAX_TEXT
