"""The words of which conditions are made."""

import re

import pytest

from engram.watch.grammar.vocabulary import (
    HAS,
    IGNORED,
    PATTERN,
    SIDES,
    WORDS,
    Kind,
    meaning_of,
)

PLAIN = [word for word in WORDS if HAS not in word]


def test_each_word_is_found_as_a_whole():
    """ "Lower than" would be read as a fall."""
    found = {word: PATTERN.fullmatch(word) for word in PLAIN}
    assert [word for word, whole in found.items() if not whole] == []
    meant = {word: meaning_of(whole["word"]) for word, whole in found.items()}
    assert meant == {word: WORDS[word] for word in PLAIN}


def test_a_verb_of_the_past_says_something_behind_has_alone():
    """ "When it crossed 100k" would arm an alert."""
    assert meaning_of("has just fallen") == (Kind.DIRECTION, "<")
    assert PATTERN.search("it has fallen")
    assert not PATTERN.search("it fallen")


@pytest.mark.parametrize("text", ["$buy", "hold/usdt", "sell-off", "#up", "upbit", "at:x/y"])
def test_parts_of_other_words_say_nothing(text):
    """A coin called UP could not be asked for."""
    assert not any(one["word"] not in (None, "at") for one in PATTERN.finditer(text))


def test_a_word_says_something_or_nothing():
    """A word would be dropped by one part, and be the condition for another."""
    assert IGNORED.isdisjoint(WORDS)
    assert all(re.fullmatch("[a-z]+", word) for word in IGNORED)


@pytest.mark.parametrize("symbol", [*SIDES, "->", "=>", "<>", ">>"])
def test_each_symbol_is_found_as_a_whole(symbol):
    """An arrow would be read as "above"."""
    assert PATTERN.fullmatch(symbol)["symbol"] == symbol
