"""What of a conversation goes into a model's context."""

import pytest

from engram.llm.context.window import first_kept, middle_out


@pytest.mark.parametrize(
    ("tokens", "left", "first"),
    [
        ([], 10, 0),
        ([100, 100], 200, 0),
        # Blocks of 100: the first turn of the second one.
        ([60, 60, 60, 60], 200, 2),
        # The last block alone is too long: turn by turn.
        ([60, 60, 20, 20, 20], 50, 3),
        ([60, 60], 10, 2),
    ],
)
def test_what_is_left_begins_a_block_that_fits(tokens, left, first):
    """A server would read the whole conversation anew for each question."""
    assert first_kept([float(one) for one in tokens], tokens, 300, left) == first


def test_of_a_long_text_both_ends_stay():
    """The end of a paste, which asks something of it, would be forgotten."""
    assert middle_out("a" * 50 + "b" * 50, 0.1) == "aaaaa\n[...]\nbbbbb"
