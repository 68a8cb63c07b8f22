"""What somebody said, with all that its answer needs to know."""

import pytest

from engram.chat.turns.said import Said
from engram.core.person import Person

ANN = Person(51, "Ann", leads=lambda: False, may_change=lambda: True)


@pytest.mark.parametrize(("by", "number"), [(ANN, 51), (None, 0)])
def test_who_says_it(by, number):
    """In a group one person's picture would be another's."""
    assert Said("5", "hi", by=by).person == number
