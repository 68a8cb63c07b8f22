"""What can be counted, and who may listen."""

from engram.core.events import Kind, TextReset
from engram.core.listener import NOBODY, Answered, Listener
from engram.ops.metrics import Metrics


def test_a_part_that_nobody_listens_to_works():
    """An answer would fail because nobody counts it."""
    NOBODY.answered(Answered("mock", Kind.CHAT, 0.1))
    NOBODY.happened(TextReset())
    NOBODY.called("getMe", 200)
    NOBODY.paused(1.0)


def test_all_that_is_told_is_counted():
    """Something would happen, and the owner's dashboard show nothing of it."""
    told = {name for name in vars(Listener) if not name.startswith("_")}
    assert told
    assert told <= vars(Metrics).keys()
