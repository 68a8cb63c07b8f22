"""The text of files, cut to what a model can read."""

import pytest

from engram.llm.context.enclosed import MARK, as_many, first_of, left_out

LINES = "a line of ten\n" * 10


@pytest.mark.parametrize(
    ("text", "most", "kept"),
    [
        ("", 0, ""),
        ("abc", 3, "abc"),
        ("abcd", 3, "abc" + MARK),
        ("abcd", 0, MARK),
        (LINES, 30, "a line of ten\na line of ten" + MARK),
        ("no line here, nor there", 12, "no line here" + MARK),
        ("a\n" + "b" * 50, 40, "a\n" + "b" * 38 + MARK),
    ],
)
def test_the_beginning_is_kept_up_to_the_end_of_a_line(text, most, kept):
    """The model would take half a number in the last line for a whole one."""
    assert first_of(text, most) == kept


@pytest.mark.parametrize("tokens", [-5, 0, 10, 30, 77, 139, 140, 1000])
def test_as_much_is_kept_as_there_is_room_for(tokens):
    """A file would overflow the context, or be left out though it fits."""
    kept = as_many(LINES, tokens, len)
    assert len(kept) <= max(tokens, len(MARK))
    assert kept == LINES or len(kept) > min(tokens, len(LINES)) - 2 * len(MARK)


@pytest.mark.parametrize("most", [0, 1, 30, 139])
def test_what_is_left_out_can_be_said(most):
    """A person would not know how much of a file was read."""
    kept = first_of(LINES, most)
    assert left_out(LINES, kept) == len(LINES) - len(kept.removesuffix(MARK))
    assert left_out(LINES, LINES) == left_out("", "") == 0
