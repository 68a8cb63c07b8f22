"""Halves of characters."""

import pytest

from engram.core.text.surrogates import well_formed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("hi 😀 é", "hi 😀 é"),
        ("\ud83d\ude00", "😀"),
        ("a\ud83d", "a\ufffd"),
        ("\ude00b", "\ufffdb"),
        ("\ud83d\ud83d\ude00", "\ufffd😀"),
        ("\ufeffx\x00", "\ufeffx\x00"),
    ],
)
def test_halves_are_joined_or_replaced(text, expected):
    """An emoji that a model server has cut in two would cost the whole answer."""
    assert well_formed(text) == expected
