"""A model's answer while its text arrives in pieces."""

import pytest

from engram.draft import MAX_TEXT, Draft
from engram.errors import GiveUpError
from engram.events import Finished, Progress, Stage, TextDelta

THINKING = Progress(Stage.THINKING)


def draft(*pieces):
    made = Draft("lmstudio", "GLM")
    return made, [event for piece in pieces for event in made.say(piece)]


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
    made, told = draft(*pieces)
    assert told == events
    assert made.finished() == Finished(text, "lmstudio", "GLM", markdown=True)


def test_what_the_server_repeats_at_the_end_counts():
    """Text that was lost on the way would be missing for good."""
    made, _ = draft("Hel")
    assert made.finished("Hello").text == "Hello"


@pytest.mark.parametrize(
    ("pieces", "reason"),
    [([], "empty"), ([" \n"], "empty"), (["<think>hm"], "only reasoned")],
)
def test_an_answer_without_text_is_none(pieces, reason):
    """A person would get an empty message."""
    made, _ = draft(*pieces)
    with pytest.raises(GiveUpError, match=reason):
        made.finished()


def test_a_thought_is_told_once_however_the_server_tells_it():
    """The screen would jump back from the text to "Thinking"."""
    made, _ = draft()
    assert list(made.think()) == [THINKING]
    assert list(made.think()) == []
    with pytest.raises(GiveUpError, match="only reasoned"):
        made.finished()


def test_a_text_without_end_is_ended():
    """One model in a loop would fill the memory and the chat."""
    made, _ = draft("x" * MAX_TEXT)
    assert not made.closed
    list(made.say("x"))
    assert made.closed
    assert made.finished().cut_short


@pytest.mark.parametrize(("pieces", "text"), [([], "x"), (["x"], ""), (["x" * 10, "x"], "")])
def test_a_text_that_comes_in_one_huge_piece_is_cut(pieces, text):
    """One answer of megabytes would be thousands of messages."""
    made, told = draft(*(piece * MAX_TEXT for piece in pieces))
    answer = made.finished(text * (MAX_TEXT + 1))
    assert len(answer.text) == MAX_TEXT
    assert answer.cut_short is (pieces != ["x"])
    assert sum(len(event.text) for event in told) <= MAX_TEXT


def test_a_character_that_is_cut_in_two_is_whole_in_the_end():
    """One emoji would cost the whole answer."""
    made, _ = draft("\ud83d", "\ude80")
    assert made.finished().text == "🚀"


def test_an_answer_that_was_limited_is_marked():
    """Half an answer would pass for a whole one."""
    made, _ = draft("hi")
    assert not made.complete
    made.end(cut_short=True)
    made.close()
    assert (made.complete, made.closed, made.finished().cut_short) == (True, True, True)
