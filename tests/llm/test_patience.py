"""Patience: attempts, timeouts and pauses."""

import pytest

from engram.core.errors import (
    BusyError,
    GiveUpError,
    LoadingError,
    QuestionError,
    TooLongError,
    TryAgainError,
    UnavailableError,
)
from engram.core.events import Finished
from engram.llm.patience import Attempts, Outcomes

LONG = "x" * 200
SILENT = TryAgainError("silent")


def played(attempts, *failures):
    """The timeouts of all attempts that fail with these errors after these texts, and the pauses.

    The last pause is None when there is no further attempt.
    """
    timeouts, pauses = [attempts.timeout], []
    for failure in failures:
        err, text = failure if isinstance(failure, tuple) else (failure, "")
        pauses.append(attempts.failed(err, text))
        if pauses[-1] is None:
            break
        timeouts.append(attempts.timeout)
    return timeouts, pauses


@pytest.mark.parametrize(
    ("failures", "timeouts", "pauses"),
    [
        ([], [60], []),
        ([SILENT], [60, 120], [1]),
        ([SILENT, SILENT], [60, 120, 240], [1, 2]),
        ([SILENT, SILENT, SILENT], [60, 120, 240], [1, 2, None]),
        ([TryAgainError("busy", 7), SILENT], [60, 120, 240], [7, 1]),
        ([TryAgainError("busy", 0)], [60, 120], [0]),
        ([TryAgainError("busy", 86400)], [60], [None]),
    ],
)
def test_timeouts_double_and_pauses_do_too(failures, timeouts, pauses):
    """A slow model would be given up too early, or a person wait longer than promised."""
    assert played(Attempts(60, 3), *failures) == (timeouts, pauses)


def test_all_is_over_after_423_seconds_at_most():
    """The next responder would never be asked."""
    timeouts, (*pauses, last) = played(Attempts(60, 3), *[SILENT] * 9)
    assert sum(timeouts) + sum(pauses) == 423 == Attempts(60, 3).longest
    assert last is None


def test_a_server_that_loads_its_model_is_waited_for():
    """Whoever asks in the first minute would get no answer of the model."""
    attempts = Attempts(60, 3)
    pauses = [attempts.failed(LoadingError("it is loading"), "") for _ in range(212)]
    assert pauses == [2.0] * 211 + [None]
    assert (attempts.number, attempts.timeout) == (1, 60)


def test_an_attempt_knows_its_number():
    """A person would read "attempt 2 of 3" at the wrong moment."""
    attempts, numbers = Attempts(60, 3), []
    for _ in range(3):
        numbers.append((attempts.number, attempts.last))
        attempts.failed(SILENT, "")
    assert numbers == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("texts", "kept"),
    [
        ([LONG, ""], LONG),
        (["short", LONG], LONG),
        ([LONG + "yz", LONG], LONG + "yz"),
        (["half a", "ha"], ""),
    ],
)
def test_a_broken_answer_gets_one_more_attempt_and_the_longest_is_kept(texts, kept):
    """Two screens of text would be thrown away because the end is missing."""
    attempts = Attempts(60, 5)
    timeouts, _ = played(attempts, *((SILENT, text) for text in texts), SILENT)
    assert len(timeouts) == 2
    assert attempts.worth_keeping is bool(kept)
    if kept:
        assert attempts.kept("lmstudio", "GLM") == Finished(
            kept, "lmstudio", "GLM", markdown=True, cut_short=True
        )


def test_an_answer_broken_in_the_last_attempt_gets_one_more():
    """The promise of one more attempt would not hold for the third one."""
    timeouts, pauses = played(Attempts(60, 3), SILENT, SILENT, (SILENT, "x"), SILENT)
    assert timeouts == [60, 120, 240, 480]
    assert pauses[-1] is None


NO_KEY = GiveUpError("it answers 401")
GONE = QuestionError("it answers 404: no such model")
AS_CONFIGURED, CHOSEN = True, False


@pytest.mark.parametrize(
    ("met", "trouble"),
    [
        ([], ""),
        ([SILENT] * 2, ""),
        ([SILENT, NO_KEY, SILENT], "silent"),
        ([GONE] * 3, "it answers 404: no such model"),
        ([RuntimeError("secret")] * 3, "it failed unexpectedly"),
        ([GONE, GONE, AS_CONFIGURED, GONE], ""),
        ([GONE, GONE, CHOSEN, GONE], "it answers 404: no such model"),
        ([SILENT, SILENT, CHOSEN, SILENT], ""),
        ([GONE] * 3 + [AS_CONFIGURED], ""),
        ([TooLongError("long")] * 5, ""),
        ([BusyError("429")] * 5, ""),
        ([UnavailableError("refused")] * 5, ""),
    ],
)
def test_three_failures_in_a_row_are_trouble(met, trouble):
    """/status would be green while every answer fails, or red for one person's long paste."""
    outcomes = Outcomes()
    for one in met:
        if isinstance(one, bool):
            outcomes.answered(as_configured=one)
        else:
            outcomes.failed(one)
    assert outcomes.trouble == trouble
