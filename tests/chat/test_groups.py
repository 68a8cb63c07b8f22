"""What people may do in a chat that they share."""

import pytest

from engram.chat import texts
from engram.chat.groups import done_by, objection
from engram.core.person import Person


def a_person(may_change):
    return Person(1, "Ann", leads=lambda: False, may_change=lambda: may_change)


@pytest.mark.parametrize(
    ("may", "text"),
    [(True, ""), (False, texts.ADMINISTRATORS_ONLY), (None, texts.ADMINISTRATORS_UNKNOWN)],
)
def test_who_may_not_is_told_why(may, text):
    """A person would be refused without a word."""
    assert objection(a_person(may)) == text


def test_alone_everybody_may_and_needs_no_name():
    """A person alone with the bot would be refused."""
    assert objection(None) == ""
    assert done_by(None, "Done.") == "Done."
    assert done_by(a_person(True), "Done.") == "Ann: Done."
