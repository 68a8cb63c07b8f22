"""What an answer is made of."""

import dataclasses

import pytest

from engram.core.events import Finished


def test_events_cannot_be_changed():
    """One front end could alter what another one shows."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        Finished("a", "mock").text = "b"  # type: ignore[misc]
