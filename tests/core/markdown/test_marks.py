"""Where a mark can be formatting."""

import pytest

from engram.core.markdown.marks import closes, is_digit, is_word, opens


@pytest.mark.parametrize(
    ("mark", "before", "after", "can_open", "can_close"),
    [
        ("*", "", "a", True, False),
        ("*", "a", "", False, True),
        ("*", " ", " ", False, False),
        ("*", "a", "b", False, False),
        ("*", " ", "3", False, False),
        ("*", "3", " ", False, False),
        ("**", " ", "3", True, False),
        ("**", "3", " ", False, True),
        ("**", "3", "4", False, False),
        ("**", "½", "a", False, False),
        ("*", ")", "(", False, False),
        ("**", ")", "(", False, False),
        ("*", "(", "a", True, False),
        ("*", "，", "a", True, False),
        ("*", "买", "a", True, False),
        ("*", "×", "a", False, False),
        ("*", "€", "a", False, False),
        ("**", " ", "$", True, False),
        ("*", " ", "$", False, False),
        ("_", "a", "b", False, False),
        ("~~", "3", "4", False, False),
    ],
)
def test_where_a_mark_can_be_formatting(mark, before, after, can_open, can_close):
    """A sign of arithmetic would vanish, or a mark stay on screen."""
    assert (opens(mark, before, after), closes(mark, before, after)) == (can_open, can_close)


def test_words_and_digits():
    """In Chinese, where words are not set apart, nothing would ever be bold."""
    assert [is_word(char) for char in "aé5５重한*"] == [True, True, True, True, False, False, False]
    assert [is_digit(char) for char in "5５²½a一"] == [True, True, True, True, False, False]
