import csv

import pytest

from engram.chat.attachments.child import tables
from engram.chat.attachments.child.tables import described, table_of
from tests.chat.attachments.samples import candles_csv

CANDLES = candles_csv(1000).decode()


def said(text, *, surely=True):
    table = table_of(text, surely=surely)
    assert table
    return described(table, text)


def test_of_a_thousand_candles_the_figures_are_told_and_the_ends_shown():
    """The model would read 20,000 tokens of digits, and count them wrong."""
    text = said(CANDLES)
    assert text.splitlines()[:3] == [
        "A table of 1,000 rows and 6 columns.",
        "- time: times from 2023-11-14 22:13:20 UTC to 2023-12-26 13:13:20 UTC; "
        "first 1700000000, last 1703596400",
        "- open: numbers from 100 to 1099; first 100, last 1099; mean 599.5, sum 599500",
    ]
    assert text.splitlines()[7:10] == [
        "The first 10 rows:",
        "time | open | high | low | close | volume",
        "1700000000 | 100 | 110 | 90 | 105 | 0.5",
    ]
    assert text.endswith("\n1703596400 | 1099 | 1109 | 1089 | 1104 | 5.5")
    assert len(text) < 2000


def test_a_short_table_is_shown_whole():
    """Three trades would be told as figures alone."""
    text = said("side,price\nBUY,5\nSELL,7\n")
    assert text == (
        "A table of 2 rows and 2 columns.\n"
        "- side: texts: BUY (1), SELL (1); first BUY, last SELL\n"
        "- price: numbers from 5 to 7; first 5, last 7; mean 6, sum 12\n"
        "All rows:\nside,price\nBUY,5\nSELL,7"
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    """An Excel of another country separates by semicolons."""
    rows = [["coin", "note", "price"], ["BTC", "a, b; c", "5"], ["ETH", "d", "6"]]
    text = "\n".join(
        delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in row) for row in rows
    )
    table = table_of(text, surely=True)
    assert table.delimiter == delimiter
    assert [column.name for column in table.columns] == ["coin", "note", "price"]
    assert table.rows == 2


def test_decimal_commas_are_read_where_semicolons_separate():
    """A German broker's profits would be wrong by a factor of a hundred."""
    assert "sum 4.25" in said("coin;profit\nBTC;1,50\nETH;2,75\n")


def test_excels_line_about_the_delimiter_is_no_row():
    """The table would have a single column called sep=."""
    table = table_of("sep=;\na;b\n1;2\n", surely=True)
    assert [column.name for column in table.columns] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1,2\n3,4\n", ["column 1", "column 2"]),
        ("a,\n1,2\n", ["a", "column 2"]),
        ("coin,side\nBTC,BUY\nETH,SELL\n", ["coin", "side"]),
        ("BTC,BTC\nETH,SELL\n", ["column 1", "column 2"]),
        ("just\nwords\n", ["just"]),
        ("5\n", ["column 1"]),
    ],
)
def test_the_first_row_is_a_header_only_if_it_names_columns(text, names):
    """The first trade would be lost, or the header be counted as one."""
    table = table_of(text, surely=True)
    assert [column.name for column in table.columns] == names
    assert table.rows == len(text.splitlines()) - table.has_header


@pytest.mark.parametrize(
    "text",
    ["Hello, how are you?\nFine, thanks, and you?\nFine.\n", "one line, with, commas", "",
     "a,b\n1,2\n3,4\n5,6\n", "What | ever\n"],
)  # fmt: skip
def test_a_text_with_commas_is_no_table(text):
    """A letter would be told as columns."""
    assert table_of(text, surely=False) is None


def test_a_table_is_known_without_its_name():
    """Candles in a .txt would be a thousand lines."""
    assert table_of(CANDLES, surely=False).rows == 1000


def test_a_quote_that_nobody_closes_costs_nothing():
    """All rows after it would be one cell."""
    table = table_of('coin,note\nBTC,"oops\n' + "ETH,fine\n" * 20_000, surely=True)
    assert table.rows == 20_001


@pytest.mark.parametrize(
    "text",
    ["," * 1_000_000, "x" * 1_000_000, '"' * 999_999, "a,b\n" + "c" * 300_000 + ",d\n",
     ("1," * 5000 + "\n") * 50, '"' + "x\n" * 100_000, "\n" * 100_000 + "a,b\n1,2\n"],
    ids=["commas", "one cell", "quotes", "a long cell", "wide", "one quote", "empty lines"],
)  # fmt: skip
def test_endless_lines_are_told_in_few_words(text):
    """One line of a million cells would be given to the model."""
    table = table_of(text, surely=True)
    if table:
        assert len(described(table, text)) < 30_000


def test_what_stands_above_a_table_is_no_row_of_it():
    """The header of a broker's report would be counted as a trade."""
    text = "My Broker\n\nAccount,7\ntime,side,price\n" + "10:00,BUY,5\n" * 40
    assert said(text).startswith(
        "A table of 40 rows and 3 columns.\nAbove it: My Broker\nAbove it: Account | 7\n"
        "- time: texts: 10:00 (40); first 10:00, last 10:00\n"
    )


def test_many_columns_are_counted_and_not_shown():
    """A sheet of 500 columns would fill the model's context."""
    head = ",".join(f"c{n}" for n in range(500))
    text = said(head + "\n" + (",".join(["7"] * 500) + "\n") * 40)
    assert "A table of 40 rows and 500 columns." in text
    assert "- and 460 more columns" in text


def test_rows_of_other_lengths_do_not_disturb():
    """A total in the last line would cost the whole table."""
    table = table_of("a,b\n" + "1,2\n" * 20 + "sum,,,9\n\n", surely=True)
    assert (table.rows, len(table.columns)) == (21, 2)


def test_what_takes_too_long_to_count_is_told_as_far_as_it_was_read(monkeypatch):
    """A huge file would be refused for its length."""
    monkeypatch.setattr(tables, "ENOUGH", -1.0)
    table = table_of(CANDLES, surely=True)
    assert not table.is_whole
    assert "The file goes on" in described(table, CANDLES)


def test_a_table_that_cannot_be_read_at_all_is_a_text(monkeypatch):
    """A reader that gives up would cost the file."""

    def fails(*_, **__):
        raise csv.Error("line contains NUL")

    monkeypatch.setattr(csv, "reader", fails)
    assert table_of(CANDLES, surely=True) is None
