"""What the document shows of /record is what the bot says."""

from pathlib import Path

from engram.watch.ledger.export import HEADER
from tests.example_record import example

PAGE = (Path(__file__).parents[1] / "docs" / "signals.md").read_text("utf-8")


def test_the_page_shows_what_the_bot_says():
    """Somebody would look for a table that is not there any more."""
    assert f"````\n{example()}\n````" in PAGE, "run python3 -m tests.example_record"


def test_every_column_of_the_file_is_explained():
    """A trader would have to guess what a column means."""
    assert [name for name in HEADER if f"| `{name}`" not in PAGE] == []
