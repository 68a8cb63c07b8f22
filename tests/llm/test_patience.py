"""Patience: attempts, timeouts and waits."""

import pytest

from engram.core.errors import GiveUpError, TryAgainError
from engram.core.events import Finished, Progress, Stage, TextDelta, TextReset
from engram.core.stop import Stop
from engram.llm.patience import Patience

LONG = "x" * 200


def script(*attempts):
    """An attempt that plays one list of events or errors a call, and the timeouts it was given."""
    timeouts = []

    def attempt(timeout):
        timeouts.append(timeout)
        for step in attempts[len(timeouts) - 1]:
            if isinstance(step, Exception):
                raise step
            yield step

    return attempt, timeouts


def cut_short(text):
    return Finished(text, "lmstudio", cut_short=True)


@pytest.fixture
def slept(monkeypatch):
    """The waits, in seconds, without the waiting."""
    waits = []
    monkeypatch.setattr(Stop, "wait", lambda self, seconds: waits.append(seconds))
    return waits


SILENT = TryAgainError("silent")
DONE = Finished("hi", "lmstudio")


@pytest.mark.parametrize(
    ("attempts", "timeouts", "waits"),
    [
        ([[DONE]], [60], []),
        ([[SILENT], [DONE]], [60, 120], [1]),
        ([[SILENT], [SILENT], [DONE]], [60, 120, 240], [1, 2]),
        ([[TryAgainError("busy", 7)], [SILENT], [DONE]], [60, 120, 240], [7, 1]),
        ([[TryAgainError("busy", 0)], [DONE]], [60, 120], [0]),
    ],
)
def test_timeouts_double_and_waits_do_too(slept, attempts, timeouts, waits):
    """A slow model would be given up too early, or a person would wait longer than promised."""
    attempt, given = script(*attempts)
    events = list(Patience(60, 3).attempts(attempt, cut_short, Stop()))
    assert events[-1] == DONE
    assert (given, slept) == (timeouts, waits)


def test_the_last_failure_is_raised_after_423_seconds_at_most(slept):
    """The next responder would never be asked."""
    attempt, given = script([SILENT], [SILENT], [SILENT])
    with pytest.raises(TryAgainError):
        list(Patience(60, 3).attempts(attempt, cut_short, Stop()))
    assert sum(given) + sum(slept) == 423 == Patience(60, 3).longest


def test_each_retry_is_told(slept):
    """Whoever waits would not know that another attempt began."""
    attempt, _ = script([SILENT], [SILENT], [DONE])
    events = list(Patience(60, 3).attempts(attempt, cut_short, Stop()))
    assert events[:-1] == [
        Progress(Stage.RETRYING, attempt=2, attempts=3),
        Progress(Stage.RETRYING, attempt=3, attempts=3),
    ]


@pytest.mark.parametrize("error", [GiveUpError("401"), RuntimeError("bug")])
def test_what_cannot_succeed_is_not_tried_again(slept, error):
    """A wrong token would cost minutes."""
    attempt, given = script([error])
    with pytest.raises(type(error)):
        list(Patience(60, 3).attempts(attempt, cut_short, Stop()))
    assert len(given) == 1


def test_an_absurd_wait_is_not_waited(slept):
    """A server that says "come back tomorrow" would leave a person unanswered."""
    attempt, given = script([TryAgainError("busy", 86400)])
    with pytest.raises(TryAgainError):
        list(Patience(60, 3).attempts(attempt, cut_short, Stop()))
    assert (len(given), slept) == (1, [])


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [(LONG, "", LONG), ("short", LONG, LONG), (LONG + "yz", LONG, LONG + "yz")],
)
def test_a_broken_answer_gets_one_more_attempt_and_then_stands(slept, first, second, kept):
    """Two screens of text would be thrown away because the end is missing."""
    attempt, given = script(
        [TextDelta(first), SILENT], [TextDelta(second), SILENT] if second else [SILENT]
    )
    events = list(Patience(60, 5).attempts(attempt, cut_short, Stop()))
    assert events[-1] == Finished(kept, "lmstudio", cut_short=True)
    assert TextReset() in events
    assert len(given) == 2


def test_a_short_broken_answer_is_no_answer(slept):
    """Half a sentence would pass for an answer."""
    attempt, given = script([TextDelta("half a"), SILENT], [TextDelta("ha"), SILENT])
    with pytest.raises(TryAgainError):
        list(Patience(60, 3).attempts(attempt, cut_short, Stop()))
    assert len(given) == 2


def test_an_answer_broken_in_the_last_attempt_gets_one_more(slept):
    """The promise of one more attempt would not hold for the third one."""
    attempt, given = script([SILENT], [SILENT], [TextDelta("x"), SILENT], [DONE])
    assert list(Patience(60, 3).attempts(attempt, cut_short, Stop()))[-1] == DONE
    assert given == [60, 120, 240, 480]


def test_leaving_closes_the_attempt():
    """Whoever stops an answer would leave the model generating."""
    closed = []

    def attempt(_timeout):
        try:
            yield TextDelta("a")
        finally:
            closed.append(True)

    events = Patience().attempts(attempt, cut_short, Stop())
    next(events)
    events.close()
    assert closed == [True]
