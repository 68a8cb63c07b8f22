"""The conversation of docs/watching.md."""

import re

from tests.conftest import ROOT
from tests.example_watching import conversation


def test_the_document_shows_what_the_bot_says(tmp_path):
    """A person would read of answers that the bot does not give."""
    document = at_any_time((ROOT / "docs" / "watching.md").read_text(encoding="utf-8"))
    for said, answer in conversation(tmp_path):
        assert f"> {said}\n\n{at_any_time(answer)}\n" in document, said


def at_any_time(text):
    """A text without how old a look is."""
    return re.sub(r"last look \d+ s ago", "last look N s ago", text)
