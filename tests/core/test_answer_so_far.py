"""What is known of an answer while it is made."""

import time

from engram.core.answer_so_far import AnswerSoFar
from engram.core.events import Progress, Stage, TextDelta, TextReset


def test_text_grows_and_starts_over():
    """Two attempts would stand on screen as one text."""
    answer = AnswerSoFar()
    for event in (TextDelta("Ha"), TextReset(), TextDelta("He"), TextDelta("llo")):
        answer.take(event)
    assert (answer.text, answer.length, answer.stage) == ("Hello", 5, None)


def test_a_stage_lasts_until_another_begins():
    """The clock of "Thinking" would begin anew with each sign of life, or never."""
    answer = AnswerSoFar()
    answer.take(Progress(Stage.READING, 0.1))
    began = time.monotonic()
    answer.take(Progress(Stage.READING, 0.9))
    assert answer.stage == Progress(Stage.READING, 0.9)
    assert answer.seconds_in_stage(began + 5) >= 5
    answer.take(Progress(Stage.THINKING))
    assert answer.seconds_in_stage(began + 5) <= 5


def test_what_has_a_text_is_in_no_stage():
    """A clock would go on below the text."""
    answer = AnswerSoFar()
    assert not answer.is_in(Stage.THINKING)
    answer.take(Progress(Stage.THINKING))
    assert answer.is_in(Stage.THINKING)
    assert not answer.is_in(Stage.READING)
    answer.take(TextDelta("Up"))
    assert not answer.is_in(Stage.THINKING)
