"""What every client of a model server does the same way."""

import threading
from contextlib import closing

import pytest

from engram.errors import GiveUpError, UnavailableError
from engram.events import Finished, Progress, Question, Stage
from engram.lmstudio import LMStudioClient
from engram.model_server import _is_private
from tests.doubles.lmstudio import Answer, Hang, Status

SLOW = Answer(deltas=("a ",) * 6, delay_between=0.1)
IN_FRONT = Progress(Stage.WAITING, place=1)


def client(double, **options):
    """A client that waits as long as the tests can."""
    return LMStudioClient(double.url, **{"timeout": 5, "parallel": 1, **options})


def begin(server, chat="a"):
    """An answer whose first event has come; it is at the server and stays there until closed."""
    events = server.respond(Question("hi", chat=chat))
    next(events)
    return events


def test_no_more_questions_are_at_the_server_than_it_can_take(lmstudio):
    """The server would queue them in silence, and they would time out there."""
    lmstudio.behave(Answer(deltas=("a ",) * 3, delay_between=0.02))
    server, answers = client(lmstudio, parallel=2), []

    def ask(chat):
        answers.extend(server.respond(Question("hi", chat=chat)))

    threads = [threading.Thread(target=ask, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sum(isinstance(event, Finished) for event in answers) == 8
    assert lmstudio.max_active == 2
    assert Progress(Stage.WAITING, place=6) in answers


def test_waiting_in_line_is_no_silence(lmstudio):
    """A question that waited would be given up, or tried again, before it was ever asked."""
    lmstudio.behave(SLOW)
    server = client(lmstudio, timeout=0.4, max_retries=2)
    with closing(begin(server)) as first:
        second = server.respond(Question("hi", chat="b"))
        assert next(second) == IN_FRONT
        thread = threading.Thread(target=list, args=(first,))
        thread.start()
        events = list(second)  # the first takes longer than the second may be silent
        thread.join(10)
    assert isinstance(events[-1], Finished)
    assert not any(isinstance(event, Progress) and event.attempt for event in events)


def test_between_two_attempts_the_place_is_free(lmstudio):
    """Four failing questions would keep everybody else out while they only wait."""
    lmstudio.behave(Status(503, headers=(("Retry-After", "60"),)), Answer("hi"))
    server = client(lmstudio)
    with closing(server.respond(Question("hi", chat="a"))) as first:
        assert next(first) == Progress(Stage.RETRYING, attempt=2, attempts=3)
        (*_, answer) = server.respond(Question("hi", chat="b"))
    assert answer.text == "hi"


def test_those_in_line_leave_a_server_that_is_gone(lmstudio):
    """Each of them would have to find out for himself, one after the other."""
    lmstudio.behave(Answer(deltas=("a ",) * 100, delay_between=1))
    server = client(lmstudio)
    with closing(begin(server)):
        waiting = server.respond(Question("hi", chat="b"))
        assert next(waiting) == IN_FRONT
        lmstudio.stop()
        assert not server.probe()
        with pytest.raises(UnavailableError, match="connection refused"):
            next(waiting)
    assert server.line.waiting == 0


def test_nobody_waits_longer_in_line_than_the_attempts_would_take(lmstudio):
    """Before a server that hangs two hundred people would wait for hours."""
    lmstudio.behave(Hang(after_events=1))
    server = client(lmstudio, timeout=0.1, max_retries=2)
    with closing(server.line.through("a", Question("").stop, float("inf"), _hold)) as first:
        next(first)
        with pytest.raises(GiveUpError, match="too many ask it at once"):
            list(server.respond(Question("hi", chat="b")))
    assert lmstudio.chats == []


def test_leaving_gives_the_place_to_the_next(lmstudio):
    """A stopped answer would block the server for good."""
    lmstudio.behave(SLOW, Answer("hi"))
    server = client(lmstudio)
    begin(server).close()
    assert server.query("hi") == "hi"


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("http://localhost:4000", True),
        ("http://127.0.0.1:4000/v1", True),
        ("http://[::1]:4000", True),
        ("http://192.168.1.5:8000/v1", True),
        ("https://api.openai.com/v1", False),
        ("http://8.8.8.8", False),
    ],
)
def test_a_private_address_needs_no_proxy(url, private):
    """Behind a company's proxy LiteLLM on the same machine would be out of reach."""
    assert _is_private(url) is private


def _hold():
    yield Progress(Stage.READING)
