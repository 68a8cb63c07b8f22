"""What a text is without escapes, blanks and capitals."""

import pytest

from engram.core.masking.folding import fold, places


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("AbC-1:2_x", "abc12x"),
        ("a%62%43%2d%253A%252541", "abca"),
        (r"\u0041\x42\\x43\n\"d", "abcd"),
        ("&#65;&#x42;&amp;c", "abc"),
        ("a\u200bb\u2028c\n  | d\u202ee", "abcde"),
        ("ÄЖ", "ÄЖ"),
        ("", ""),
    ],
)
def test_a_text_is_the_same_however_it_is_written(text, folded):
    """A secret would be known in a single form."""
    assert fold(text) == folded


@pytest.mark.parametrize("text", ["a%41 b", r"x\u0042-y", "%2", "&#65;", "\\", "é %C3%A9"])
def test_each_folded_character_has_its_place(text):
    """The wrong half of a line would be masked."""
    found = list(places(text))
    assert "".join(fold(text[begin:end]) for begin, end in found) == fold(text)
