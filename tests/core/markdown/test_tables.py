"""Tables as monospaced text."""

import pytest

from engram.core.markdown.tables import WIDEST, cells, drawn


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("| a | b |", ["a", "b"]),
        ("a | b", ["a", "b"]),
        ("| a |  |", ["a", ""]),
        ("|", [""]),
        ("| `<|end|>` | x |", ["`<|end|>`", "x"]),
        (r"| a \| b | c", [r"a \| b", "c"]),
        ("| `a | b", ["`a", "b"]),
    ],
)
def test_the_cells_of_a_row(row, found):
    """A cell would be missing, or be two."""
    assert cells(row) == found


def test_a_table_has_all_its_cells_in_columns():
    """People would not know which number belongs to which coin."""
    rows = [["Coin", "价格"], ["比特币", "**64,000**"], ["a<br>b", "1", "more"], ["", "22"]]
    assert drawn(rows, {1}, 100).split("\n") == [
        "Coin      价格",
        "──────  ──────",
        "比特币  64,000",
        "a            1  more",
        "b",
        "            22",
    ]


def test_a_table_that_would_be_mostly_space_has_no_columns():
    """A short text would become hundreds of messages."""
    rows = [["x" * 99] * 100, *[[""] * 100] * 100]
    assert len(drawn(rows, set(), 20_000)) < 40_000
    assert len(drawn([["x" * 99, "y"], ["", "z"]], set(), 99).split("\n")[2]) == WIDEST + 3
