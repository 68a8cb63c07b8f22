"""What docs/watching.md shows of a digest is what the bot says."""

from tests.conftest import ROOT
from tests.example_digest import conversation

ADVICE = "run python3 -m tests.example_digest"


def test_the_page_shows_what_is_said():
    """A trader would wait for a message that looks otherwise."""
    page = (ROOT / "docs" / "watching.md").read_text("utf-8")
    shown = [text.strip() for text in conversation()]
    of_digest = [text for text in shown if not text.startswith(("> /watch ", "> /alert"))]
    assert len(of_digest) == 5
    for text in of_digest:
        assert text in page, ADVICE
