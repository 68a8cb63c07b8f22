"""What was said while another process had the store locked."""

import pytest

from engram.storage import unwritten
from engram.storage.unwritten import Unwritten, UnwrittenTurn


@pytest.fixture
def known():
    """Three turns that wait to be written, after turn 1, which is in the file."""
    made = Unwritten()
    for number, topic in ((2, "BTC/USDT 4h"), (3, ""), (4, "")):
        made.add("5", number, UnwrittenTurn(number - 1, topic, (f"said in {number}",)))
    return made


@pytest.mark.parametrize(
    ("turn", "most", "said", "before"),
    [
        (4, 12, ["said in 4", "said in 3", "said in 2"], 1),
        (4, 2, ["said in 4", "said in 3"], 2),
        (3, 12, ["said in 3", "said in 2"], 1),
        (1, 12, [], 1),
        (0, 12, [], 0),
    ],
)
def test_what_waits_comes_before_what_is_in_the_file(known, turn, most, said, before):
    """The model would forget what was said since a backup began, or be told it twice."""
    assert known.said(turn, most) == ([(words,) for words in said], before)


@pytest.mark.parametrize(("turn", "topic"), [(4, ("BTC/USDT 4h", 2)), (1, ("", 1)), (0, ("", 0))])
def test_the_market_that_was_spoken_of_last_is_found(known, turn, topic):
    """ "And on the daily?" would be about another market."""
    assert known.topic(turn) == topic


def test_what_was_written_is_known_no_longer(known):
    """An old turn would be the latest of its chat for ever."""
    known.models["5"] = "glm"
    assert known.heads == {"5": 4}
    known.clear()
    assert (known.turns, known.heads, known.models) == ({}, {}, {})


def test_a_store_that_stays_locked_costs_no_unlimited_memory(known, monkeypatch):
    """A lock that lasts for days would fill the memory."""
    monkeypatch.setattr(unwritten, "MOST", 4)
    for number in (5, 6):
        known.add("6", number, UnwrittenTurn(0, "", ("more",)))
    assert set(known.turns) == {2, 3, 4, 5}
    assert known.heads == {"5": 4, "6": 5}
