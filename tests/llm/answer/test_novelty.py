"""That nothing new is said is told from what only looks alike."""

import random

from engram.llm.answer.novelty import SPAN, STALE, stale
from tests.babble import babble

LINES = ["Buy the dip.\n", "Sell the rip.\n", "Hold on.\n", "Wait for a close above it.\n"]
BABBLE = "".join(babble(5000))


def shuffled(length):
    """Lines in an order that never repeats itself."""
    chance = random.Random(5)
    return "".join(chance.choice(LINES) for _ in range(length // 10))[:length]


def test_lines_in_another_order_are_nothing_new():
    """A loop that shuffles its lines would never be stopped."""
    assert stale(BABBLE + shuffled(STALE + 2500)) >= STALE
    assert not stale(BABBLE + shuffled(STALE - 600))


def test_what_was_new_is_not_counted():
    """What a model said before its loop would be cut off with it."""
    text = BABBLE + shuffled(STALE + 2500)
    assert stale(text) <= len(text) - len(BABBLE)


def test_a_whole_file_may_be_said_once_more():
    """Code that was asked for again, with a change, would break off in the middle."""
    assert not stale(3 * BABBLE)
    assert not stale("".join(babble(9000)) * 2)


def test_little_is_no_loop():
    """Short answers would be called one."""
    assert not stale("")
    assert not stale("x")
    assert not stale("so " * 900)
    assert stale("so " * SPAN) <= SPAN
