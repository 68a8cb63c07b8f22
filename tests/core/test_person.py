"""Somebody who speaks in a chat of several people."""

from engram.core.person import Person


def test_people_are_told_apart_by_their_numbers():
    """Two answers of one person would count as those of two."""
    one, same = (Person(1, "Ann", lambda: True, lambda: True) for _ in range(2))
    assert one == same != Person(2, "Ann", lambda: True, lambda: True)
