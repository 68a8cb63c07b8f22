"""How fast something may be sent."""

import pytest

from engram.telegram.sending.pace import Bucket, Window


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ([0, 0, 0, 0, 0], [0, 0, 0, 2, 4]),
        ([0, 0, 0, 10, 10, 10, 10], [0, 0, 0, 10, 10, 10, 12]),
        ([5, 6, 7, 8, 9], [5, 6, 7, 8, 9]),
        ([0, 0, 0, 1, 3], [0, 0, 0, 2, 4]),
    ],
)
def test_a_bucket_lets_three_through_and_then_keeps_the_pace(asked, sent):
    """Telegram would refuse the fourth message, or the first three would wait for nothing."""
    bucket, times = Bucket(3, 2.0), []
    for now in asked:
        at = max(now, bucket.free_at())
        bucket.take(at)
        times.append(at)
    assert times == sent


def test_a_bucket_can_be_asked_to_keep_some():
    """Previews would use up what the final answer needs."""
    bucket = Bucket(3, 2.0)
    assert bucket.free_at(reserve=2) <= 0
    bucket.take(0)
    assert bucket.free_at(reserve=2) == 2
    assert bucket.free_at(reserve=1) <= 0


def test_a_window_holds_so_many_and_keeps_some():
    """All chats together would exceed Telegram's limit."""
    window = Window(3, 1.0)
    for at in (0.0, 0.1, 0.2):
        assert window.free_at() <= at
        window.take(at)
    assert window.free_at() == 1.0
    assert window.free_at(reserve=1) == pytest.approx(1.1)
    assert window.free_at(reserve=99) == pytest.approx(1.2)


def test_a_window_can_get_another_size():
    """What was sent before would not count, or the new limit not hold."""
    window = Window(2, 1.0)
    for at in (0.0, 0.1):
        window.take(at)
    window.resize(3)
    assert window.free_at() < 0
    assert window.free_at(reserve=1) == 1.0
    window.resize(1)
    assert window.free_at() == pytest.approx(1.1)


def test_what_came_later_than_it_was_sent_counts_from_then():
    """What a busy machine sends late would come together with what is sent next."""
    window = Window(3, 1.0)
    for at in (0.0, 0.1, 0.2):
        window.take(at)
    window.move(0.1, 0.3)
    assert [window.free_at(reserve) for reserve in range(3)] == pytest.approx([1.0, 1.2, 1.3])
    window.move(0.1, 9.0)
    window.take(1.0)
    assert [window.free_at(reserve) for reserve in range(3)] == pytest.approx([1.2, 1.3, 2.0])


def test_a_drained_bucket_is_filled_one_by_one():
    """After a restart the bot would exceed the limit that it has just used up."""
    bucket = Bucket(3, 1.0)
    for _ in range(2):
        bucket.drain(100.0)
    assert bucket.free_at() == 101.0
    bucket.take(101.0)
    assert bucket.free_at() == 102.0


def test_all_but_one_can_be_taken():
    """After a pause three messages at once would bring the next pause."""
    bucket = Bucket(3, 1.0)
    bucket.leave_one(100.0)
    assert bucket.free_at() == 100.0
    bucket.take(100.0)
    assert bucket.free_at() == 101.0
