"""The conversations of docs/watching.md are those that the bot has."""

from tests.conftest import ROOT
from tests.example_watching import conversation

ADVICE = "run python3 -m tests.example_watching, and put into docs/watching.md what it prints"


def test_the_page_shows_what_is_said():
    """A trader would read of answers that the bot does not give."""
    page = (ROOT / "docs" / "watching.md").read_text("utf-8")
    said = conversation().said
    assert len(said) > 18
    for text in said:
        assert f"\n{text.strip()}\n" in page, f"{ADVICE}:\n{text}"
