"""The events of a model server, as those of an answer."""

from itertools import count

import pytest

from engram.core.errors import TryAgainError
from engram.core.events import Finished
from engram.core.usage import Usage
from engram.llm.answer.answer_text import AnswerText
from engram.llm.answer.stream import read_answer
from engram.llm.anthropic import AnthropicClient
from engram.llm.lmstudio import LMStudioClient
from engram.llm.openai import OpenAIClient
from engram.llm.sse import DOCUMENT, ServerSentEvent


def says(event, answer):
    """Adds the words of an event; "!" is one that is broken, "." the last."""
    if event.data == "!":
        raise TryAgainError("it broke")
    answer.say(event.data)
    if event.data == ".":
        answer.close()


@pytest.mark.parametrize(
    ("arrived", "told"),
    [
        ([["Hel", "lo", "."], ["x"]], ["Hello.", "Hello."]),
        ([["Hel", "lo"], [""], ["."]], ["Hello", ".", "Hello."]),
        # What comes behind the end is none of it.
        ([["Hello", ".", "x", "!"]], ["Hello.", "Hello."]),
        ([["Hello"], [" you", "!"]], ["Hello", " you", TryAgainError]),
        ([["!"]], [TryAgainError]),
        ([["a ", "<thi"]], ["a ", TryAgainError]),
    ],
)
def test_what_comes_together_is_told_at_once_also_before_a_failure(arrived, told):
    """Each word of a fast model would be drawn by itself; or what came last would be missing."""
    events = [[ServerSentEvent("message", text) for text in texts] for texts in arrived]
    found = []
    try:
        for event in read_answer(events, AnswerText("lmstudio", "GLM"), says):
            found.append(event.text)
    except TryAgainError as err:
        found.append(type(err))
    assert found == told


@pytest.mark.parametrize(
    ("client", "event"),
    [
        (LMStudioClient, '{"type": "message.delta", "content": "WORD"}'),
        (OpenAIClient, '{"choices": [{"delta": {"content": "WORD"}}]}'),
        (AnthropicClient, '{"type": "content_block_delta", "delta": {"text": "WORD"}}'),
    ],
)
def test_the_words_that_come_together_are_one_text_whatever_server_says_them(client, event):
    """Each word of a fast server would go through all that stands before the screen by itself."""
    words = [event.replace("WORD", word) for word in ("How", " are", " you")]
    arrived = [[ServerSentEvent("message", word) for word in words]]
    assert next(read_answer(arrived, AnswerText("x", "GLM"), client.take)).text == "How are you"


def clocked(*events, rate=None):
    """An answer whose events come a second apart, as whoever reads it leaves it."""
    moments = count(100.0)

    def take(event, answer):
        answer.count(7, 5, rate=rate)
        answer.say(event.data)

    answer = AnswerText("lmstudio", "GLM")
    reading = read_answer([[one] for one in events], answer, take, lambda: next(moments))
    for event in reading:
        if isinstance(event, Finished):
            reading.close()
            return event
    raise AssertionError("no answer")


def test_an_answer_says_what_it_cost():
    """Nobody would ever see a figure: whoever reads an answer leaves it at its end."""
    events = [ServerSentEvent("message", piece) for piece in "Hello"]
    *most, last = events
    finished = clocked(*most, ServerSentEvent(DOCUMENT, last.data))
    assert finished.usage == Usage(7, 5, speed=5 * (1 - 1 / 4) / 3, first_token=1.0)
    assert clocked(ServerSentEvent(DOCUMENT, "hi"), rate=41).usage == Usage(7, 5, speed=41.0)
