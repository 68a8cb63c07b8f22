import pytest

from engram.chat.attachments.child.columns import Column, has_decimal_commas, is_number, number


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1", 1), ("-2.5", -2.5), ("+3", 3), ("1,234.50", 1234.5), ("$1,234", 1234), ("12 %", 12),
     ("-12%", -12), ("(3.5)", -3.5), ("1e-7", 1e-7), ("1.5E+3", 1500), (".5", 0.5), ("7 €", 7),
     ("1 234.5", 1234.5), ("1'234", 1234), ("−4", -4), ("$-5", -5), ("-$5", -5), ("₿0.1", 0.1)],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(cell, value):
    """The sum of a column of dollars would be missing."""
    assert number(cell, commas=False) == pytest.approx(value)


@pytest.mark.parametrize(
    "cell",
    ["", "BUY", "1.2.3", "12:30", "2026-01-01", "0x1f", "1,2", "1,23,4", "nan", "inf", "--1", "1-2",
     "1e", "e5", "9" * 70, "1" + "0" * 30 + ",000", "٣x", "1e9999x", "BTC1", "$", "%", ","],
)  # fmt: skip
def test_what_is_no_number_is_none(cell):
    """A date or a version would be summed up."""
    assert not is_number(cell)


@pytest.mark.parametrize(
    ("cell", "value"), [("1.234,50", 1234.5), ("0,5", 0.5), ("12", 12), ("-3,25", -3.25)]
)
def test_where_commas_are_decimal_ones_they_are_read_so(cell, value):
    """A German broker's profits would be a hundred times as high."""
    assert number(cell, commas=True) == pytest.approx(value)


def test_decimal_commas_are_known_by_what_follows_them():
    """One and a half would be fifteen."""
    assert has_decimal_commas(["1,5"])
    assert has_decimal_commas([" 1.234,56 "])
    assert not has_decimal_commas(["1,234", "1,234,567", "1,234.5", "x,5", ""])


def told(name, cells, **options):
    column = Column(name, **options)
    for cell in cells:
        column.take(cell)
    return column.told()


@pytest.mark.parametrize(
    ("name", "cells", "line"),
    [
        ("profit", ["1.50", "-2", "10"],
         "profit: numbers from -2 to 10; first 1.50, last 10; mean 3.16667, sum 9.5"),
        ("profit", ["1", "", "-", "3"],
         "profit: numbers from 1 to 3; first 1, last 3; mean 2, sum 4; 2 empty cells"),
        ("side", ["BUY", "SELL", "BUY"],
         "side: texts: BUY (2), SELL (1); first BUY, last BUY"),
        ("coin", ["A", "B", "C", "D", "E", "F", "G"],
         "coin: texts: A (1), B (1), C (1), D (1), E (1) and 2 others; first A, last G"),
        ("when", ["2026-01-02 10:00", "2026-01-01 09:00"],
         "when: times from 2026-01-01 09:00 to 2026-01-02 10:00; "
         "first 2026-01-02 10:00, last 2026-01-01 09:00"),
        ("open time", ["1700000000000", "1700003600000"],
         "open time: times from 2023-11-14 22:13:20 UTC to 2023-11-14 23:13:20 UTC; "
         "first 1700000000000, last 1700003600000"),
        ("time", ["5", "7"], "time: numbers from 5 to 7; first 5, last 7; mean 6, sum 12"),
        ("note", ["", ""], "note: empty"),
        ("mixed", ["5", "2026-01-01", "x"], "mixed: texts and numbers; first 5, last x"),
        ("price", [*["2"] * 19, "?"],
         "price: numbers from 2 to 2; first 2, last ?; mean 2, sum 38; 1 cells that are no number"),
    ],
)  # fmt: skip
def test_a_column_is_told_in_a_line(name, cells, line):
    """A model cannot add up a thousand lines: it would invent the sum."""
    assert told(name, cells) == line


def test_a_column_takes_little_memory_whatever_is_in_it():
    """A million different texts would fill the process."""
    column = Column("id")
    for n in range(5000):
        column.take(f"{n}-{'x' * 500}")
    assert len(column.texts) == 1000
    assert column.told() == f"id: texts; first {'0-' + 'x' * 57}…, last {'4999-' + 'x' * 54}…"


def test_a_number_beyond_all_bounds_is_a_text():
    """The sum of the column would be infinite."""
    assert told("n", ["1e999"]) == "n: texts: 1e999 (1); first 1e999, last 1e999"
