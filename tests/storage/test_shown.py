"""The pictures that came with a turn, as they are kept."""

import pytest

from engram.core.attachments import Picture
from engram.storage.shown import NOTHING_SHOWN, Shown, read_shown

TWO = (Picture("AgAC-1", 800, 600), Picture("/home/ann/a b.png", 1, 1568))


@pytest.mark.parametrize("shown", [Shown(), Shown(TWO), Shown(TWO[:1], is_seen=False)])
def test_what_is_kept_is_known_again(shown):
    """After a restart nobody would know which picture a question is about."""
    assert read_shown(str(shown)) == shown


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"pictures": 3}', '{"pictures": [["a", "b", 3]]}', "9" * 5000]
)
def test_what_is_damaged_is_nothing(text):
    """One damaged row would end a conversation."""
    assert read_shown(text).pictures == NOTHING_SHOWN.pictures
