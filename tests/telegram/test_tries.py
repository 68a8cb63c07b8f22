"""When a call to Telegram that failed is tried again."""

import itertools

import pytest

from engram.telegram.tries import MOST_PATIENT, REFUSED_FOR, Tries


def first(count, step):
    """What `step` says the first `count` times."""
    return [step() for _ in range(count)]


def until_none(step):
    """What `step` says until it says None."""
    return list(itertools.takewhile(lambda wait: wait is not None, iter(step, object())))


def test_what_was_not_taken_is_tried_for_as_long_as_it_takes():
    """An answer would be lost in a night without a network."""
    tries = Tries(sends=2)
    assert first(8, tries.failed) == [1, 2, 4, 8, 16, 32, 60, 60]
    assert all(first(1000, tries.failed))
    assert (tries.patience, tries.lost()) == (1, 60)


def test_a_message_whose_reply_was_lost_is_sent_once_more():
    """A person would read one answer six times, or never."""
    tries = Tries(sends=2)
    assert [tries.lost(), tries.lost()] == [1, None]


def test_what_does_no_harm_twice_is_repeated_after_lost_replies():
    """An answer would stop in the middle because of one edit."""
    assert first(3, Tries().lost) == [1, 2, 4]


def test_the_patience_doubles_with_each_lost_reply_and_with_nothing_else():
    """Replies that take a little longer than the timeout would be lost for ever."""
    tries = Tries(forms=2)
    tries.failed()
    tries.refused(409)
    assert [tries.lost() and tries.patience for _ in range(4)] == [2, 4, 8, 16]
    first(100, tries.lost)
    assert tries.patience == MOST_PATIENT


@pytest.mark.parametrize("code", [400, 401, 404, 409, 413, 420])
def test_a_refusal_that_may_pass_is_outlasted_for_ten_minutes(code):
    """An answer would be lost in a bad moment, or hold up the chat's other ones for ever."""
    tries = Tries()
    waits = until_none(lambda: tries.refused(code))
    assert waits[:7] == [1, 2, 4, 8, 16, 32, 60]
    assert REFUSED_FOR <= sum(waits) < REFUSED_FOR + 60


@pytest.mark.parametrize(
    ("code", "forms", "waits"),
    [
        (400, [1, 2, 0, 1, 2, 0], [0, 0, 1, 0, 0, 2]),
        (413, [1, 2, 0, 1, 2, 0], [0, 0, 1, 0, 0, 2]),
        # Nothing is wrong with what is sent.
        (409, [0, 0, 0], [1, 2, 4]),
    ],
)
def test_plainer_forms_are_tried_at_once(code, forms, waits):
    """A picture or bold text that is refused would cost the answer, or ten minutes."""
    tries = Tries(forms=3)
    assert [(tries.refused(code), tries.form) for _ in forms] == list(
        zip(waits, forms, strict=True)
    )


def test_an_outage_is_no_refusal():
    """What is refused after an hour without a network would be given up at once."""
    tries = Tries()
    tries.refused(400)
    first(100, tries.failed)
    assert len(until_none(lambda: tries.refused(400))) == 10


def test_what_may_be_missed_is_given_up_earlier():
    """Signs that nobody waits for any more would be sent."""
    tries = Tries(refused_for=7)
    assert until_none(lambda: tries.refused(400)) == [1, 2, 4]
