"""A model's answer while its text arrives in pieces."""

import pytest

from engram.core.errors import GiveUpError
from engram.core.events import Finished, Progress, ServerThread, Stage, TextDelta
from engram.llm.answer_text import MAX_TEXT, AnswerText, ThinkFilter, strip_reasoning
from engram.llm.reading import Usage

THINKING = Progress(Stage.THINKING)


def said(*pieces):
    """An answer that has come so far, and the events of it."""
    answer = AnswerText("lmstudio", "GLM", "http://lm")
    return answer, [event for piece in pieces for event in answer.say(piece)]


@pytest.mark.parametrize(
    ("pieces", "events", "text"),
    [
        (["Hel", "lo"], [TextDelta("Hel"), TextDelta("lo")], "Hello"),
        (["<thi", "nk>hm", "</think>a"], [THINKING, TextDelta("a")], "a"),
        (["<think>hm</think>", "<think>", "b</think>c"], [THINKING, TextDelta("c")], "c"),
        (["", " \n a "], [TextDelta(" \n a ")], "a"),
    ],
)
def test_what_is_said_is_told_at_once_and_thoughts_are_not(pieces, events, text):
    """A person would read the model's private reasoning, or nothing until the end."""
    answer, told = said(*pieces)
    assert told == events
    assert answer.finished() == Finished(text, "lmstudio", "GLM", markdown=True)


def test_what_the_server_repeats_at_the_end_counts():
    """Text that was lost on the way would be missing for good."""
    answer, _ = said("Hel")
    answer.close("Hello", "resp_1")
    assert answer.finished().text == "Hello"
    assert answer.finished().thread == ServerThread("http://lm", "resp_1")


@pytest.mark.parametrize(
    ("pieces", "reason"),
    [([], "empty"), ([" \n"], "empty"), (["<think>hm"], "only reasoned")],
)
def test_an_answer_without_text_is_none(pieces, reason):
    """A person would get an empty message."""
    answer, _ = said(*pieces)
    with pytest.raises(GiveUpError, match=reason):
        answer.finished()


def test_a_thought_is_told_once_however_the_server_tells_it():
    """The screen would jump back from the text to "Thinking"."""
    answer, _ = said()
    assert answer.think() == [THINKING]
    assert answer.think() == []
    with pytest.raises(GiveUpError, match="only reasoned"):
        answer.finished()


def test_a_text_without_end_is_ended():
    """One model in a loop would fill the memory and the chat."""
    answer, _ = said("x" * MAX_TEXT)
    assert not answer.closed
    answer.say("x")
    assert answer.closed
    assert answer.finished().cut_short


@pytest.mark.parametrize(("pieces", "text"), [([], "x"), (["x"], ""), (["x" * 10, "x"], "")])
def test_a_text_that_comes_in_one_huge_piece_is_cut(pieces, text):
    """One answer of megabytes would be thousands of messages."""
    answer, told = said(*(piece * MAX_TEXT for piece in pieces))
    answer.close(text * (MAX_TEXT + 1))
    assert len(answer.finished().text) == MAX_TEXT
    assert answer.finished().cut_short is (pieces != ["x"])
    assert sum(len(event.text) for event in told) <= MAX_TEXT


def test_a_character_that_is_cut_in_two_is_whole_in_the_end():
    """One emoji would cost the whole answer."""
    answer, _ = said("\ud83d", "\ude80")
    assert answer.finished().text == "🚀"


def test_an_answer_that_was_limited_is_marked():
    """Half an answer would pass for a whole one."""
    answer, _ = said("hi")
    assert not answer.complete
    answer.end("")
    assert not answer.complete
    answer.end("length")
    assert (answer.complete, answer.closed) == (True, False)
    answer.close()
    assert (answer.closed, answer.finished().cut_short) == (True, True)


def test_tokens_are_counted_as_the_server_tells_them():
    """The owner would see what was read or what was written, and never both."""
    answer, _ = said()
    assert answer.usage is None
    answer.count(7, None)
    answer.count(None, 2)
    assert answer.usage == Usage(7, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", "hello"),
        ("<think>hm</think>hello", "hello"),
        ("a<think>b</think>c<think>d</think>e", "ace"),
        ("<think>never ends", ""),
        ("1 < 2 and <b>", "1 < 2 and <b>"),
        ("<<think>x</think>", "<"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("size", [1, 4, 100])
def test_thoughts_are_not_said_however_the_text_is_cut(text, said, size):
    """A person would read the model's private reasoning."""
    think = ThinkFilter()
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    assert "".join(map(think.feed, pieces)) == said


def test_what_may_become_a_tag_is_held_back():
    """A tag cut in two would flash on the screen."""
    think = ThinkFilter()
    assert think.feed("so <thi") == "so "
    assert think.feed("s>") == "<this>"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<think>a</think>\n\nb ", "b"),
        ("reasoning without its opening tag</think>b", "b"),
        ("<think>only", ""),
        ("plain", "plain"),
    ],
)
def test_the_whole_answer_is_without_reasoning(text, answer):
    """Models whose template opens the block would show all their thoughts."""
    assert strip_reasoning(text) == answer
