"""What is answered beside a conversation's questions, and what it waits for."""

import pytest

from engram.chat.reading_order import ReadingOrder
from engram.core.events import Finished, Progress, Stage
from engram.core.waits import Waits

BEHIND = Progress(Stage.BEHIND, place=1)
LAST = Finished("done", "engram")


def answering(order, message):
    """The answer to `message`: its first event, and its last one."""
    return order.read(message, (event for event in (Progress(Stage.FETCHING), LAST)))


def until_held_up(events):
    """What comes before it waits, or all."""
    taken = []
    for event in events:
        if isinstance(event, Waits):
            return taken
        taken.append(event)
    return taken


@pytest.mark.parametrize(
    ("chat", "goes_on", "waits"), [("1", True, True), ("1", False, False), ("2", True, False)]
)
def test_only_what_goes_on_waits_for_its_own_conversation(chat, goes_on, waits):
    """A size would be that of another market, or wait for what does not matter to it."""
    order = ReadingOrder()
    order.come("question", "1")
    order.come("size", chat, goes_on=goes_on)
    expected = [BEHIND] if waits else [Progress(Stage.FETCHING), LAST]
    assert until_held_up(answering(order, "size")) == expected


@pytest.mark.parametrize("how", ["read", "ended"])
def test_it_goes_on_once_what_was_before_it_is_read_or_over(how):
    """A size would wait until a slow model has answered, or for ever behind what was given up."""
    order = ReadingOrder()
    order.come("question", "1")
    order.come("size", "1", goes_on=True)
    size = answering(order, "size")
    assert next(size) == BEHIND
    waits = next(size)
    assert not waits.woken.is_set()
    if how == "read":
        question = answering(order, "question")
        next(question)
    else:
        order.end("question")
    assert waits.woken.is_set()
    assert list(size) == [Progress(Stage.FETCHING), LAST]


def test_each_that_is_ahead_counts():
    """A size would mean the question before last."""
    order = ReadingOrder()
    for question in ("one", "two"):
        order.come(question, "1")
    order.come("size", "1", goes_on=True)
    order.come("later", "1")
    size = answering(order, "size")
    assert next(size) == Progress(Stage.BEHIND, place=2)
    waits = next(size)
    order.end("one")
    assert waits.woken.is_set()
    assert next(size) == BEHIND
    waits = next(size)
    next(answering(order, "later"))
    next(answering(order, "two"))
    assert waits.woken.is_set()
    assert list(size)[-1] == LAST


def test_what_was_read_before_it_came_is_not_waited_for():
    """A person with a panel on screen would wait for the model all the same."""
    order = ReadingOrder()
    order.come("question", "1")
    next(answering(order, "question"))
    order.come("size", "1", goes_on=True)
    assert until_held_up(answering(order, "size"))[-1] == LAST


def test_what_nobody_announced_is_answered_at_once():
    """A /status among a crowd of sizes would wait for ever."""
    order = ReadingOrder()
    order.come("question", "1")
    assert until_held_up(answering(order, "status"))[-1] == LAST


def test_nothing_is_kept_of_what_is_over():
    """Each message would stay in memory."""
    order = ReadingOrder()
    order.come("question", "1")
    order.come("size", "1", goes_on=True)
    until_held_up(answering(order, "size"))
    order.end("question")
    order.end("size")
    assert order._unread == {}
