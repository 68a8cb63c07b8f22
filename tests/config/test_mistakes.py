"""Mistakes: bounded, and without what could be a secret."""

import pytest

from engram.config.mistakes import LENGTH, MOST, Mistakes, is_nearly, shown


def test_few_are_put_into_words_and_the_others_counted():
    """A hundred thousand mistakes would be a line of megabytes, in the log and in the chat."""
    mistakes, said = Mistakes(), []
    for number in range(1000):
        mistakes.add(lambda number=number: said.append(number) or f"{number} {'x' * 1_000_000}")
    *first, last = mistakes.sentences
    assert last == "and 985 more mistakes"
    assert len(first) == len(said) == MOST
    assert max(map(len, first)) == LENGTH
    assert sum(map(len, mistakes.sentences)) < 4000


def test_one_more_is_one():
    """It would read badly."""
    mistakes = Mistakes()
    for _ in range(MOST + 1):
        mistakes.add("{}".format, "x\ny")
    assert mistakes.sentences == [*["x y"] * MOST, "and 1 more mistake"]


@pytest.mark.parametrize(
    ("raw", "is_shown"),
    [
        ("60", True), ("-0.5", True), ("15m", True), ("", True), ("lmstudo, mock", True),
        ("lmstudo, hunter2", False), ("1234567890", False), ("mocks1", False), ("secret", False),
        ("http://me:pass@host", False), ("mock\nx", False), ("0" * 10_000_000, False),
    ],
)  # fmt: skip
def test_only_what_cannot_be_a_secret_is_shown(raw, is_shown):
    """A token that was pasted into the wrong line would be on stderr and in the chat."""
    assert bool(shown(raw, "one of lmstudio, mock")) is is_shown


@pytest.mark.parametrize(
    ("word", "nearly"), [("tiemout", True), ("timeout", True), ("timeout9", False), ("zzz", False)]
)
def test_mistyped_words_are_known(word, nearly):
    """The owner would have to count lines for each typing error."""
    assert is_nearly(word, ["timeout", "url"]) is nearly
