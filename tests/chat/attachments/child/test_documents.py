import pytest

from engram.chat.attachments.child.documents import reader_of
from engram.chat.attachments.child.plain import MOST
from engram.chat.attachments.child.refusals import RefusedError
from tests.chat.attachments.samples import candles_csv


@pytest.mark.parametrize("ending", ["txt", "md", "json", "log", "py", "", "anything"])
def test_a_text_is_given_as_it_is(ending):
    """A note would not reach the model."""
    facts, content = reader_of(ending)(b"# Notes\n\nBuy low, sell high.\n")
    assert content == b"# Notes\n\nBuy low, sell high.\n"
    assert facts == {"left": 0}


@pytest.mark.parametrize(
    ("ending", "is_table"),
    [("csv", True), ("tsv", True), ("txt", True), ("", True), ("py", False), ("log", False)],
)
def test_tables_are_told_where_they_may_be_expected(ending, is_table):
    """The lines of a log would be told as columns, or candles as lines."""
    facts, content = reader_of(ending)(candles_csv(200))
    assert content.startswith(b"A table of 200 rows" if is_table else b"time,open")
    assert facts.get("rows", 0) == (200 if is_table else 0)


def test_a_short_table_leaves_no_row_out():
    """The person would be told that rows are missing which are there."""
    facts, content = reader_of("csv")(b"a,b\n1,2\n")
    assert facts == {"rows": 0, "goes_on": False, "left": 0}
    assert content.endswith(b"All rows:\na,b\n1,2")


def test_what_is_cut_is_counted():
    """Nobody would know that the end of a log was not read."""
    facts, content = reader_of("log")(b"x" * (MOST + 7))
    assert (facts["left"], len(content)) == (7, MOST)


def test_a_program_is_no_text_whatever_its_name():
    """A picture called notes.txt would be given to the model as noise."""
    with pytest.raises(RefusedError):
        reader_of("txt")(bytes(range(256)))
