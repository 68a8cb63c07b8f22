"""What an answer is made of."""

import dataclasses

import pytest

from engram.core.events import Finished, Progress, Stage


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress(Stage.LOADING, 0.4), "⏳ Loading model ▓▓▓▓░░░░░░ 40 %"),
        (Progress(Stage.LOADING, 0.0), "⏳ Loading model ░░░░░░░░░░ 0 %"),
        (Progress(Stage.LOADING), "⏳ Loading model"),
        (Progress(Stage.READING, 0.7), "📖 Reading the prompt 70 %"),
        (Progress(Stage.THINKING), "💭 Thinking…"),
        (Progress(Stage.RETRYING, attempt=2, attempts=3), "⚠️ Retrying - attempt 2 of 3"),
    ],
)
def test_progress_reads_as_a_person_would_say_it(progress, text):
    """Whoever waits would not understand for what."""
    assert str(progress) == text


def test_events_cannot_be_changed():
    """One front end could alter what another one shows."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        Finished("a", "mock").text = "b"  # type: ignore[misc]
