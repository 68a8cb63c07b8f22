"""Reasoning inside a message."""

import pytest

from engram.reasoning import ThinkFilter, strip_reasoning


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
