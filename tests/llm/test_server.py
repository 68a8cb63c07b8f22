"""What every client of a model server does the same way."""

import threading
from contextlib import closing

import pytest

from engram.core.errors import GiveUpError, StoppedError, UnavailableError
from engram.core.events import Finished, Progress, Question, Stage
from engram.llm.server import _is_private
from engram.llm.servers import CLIENTS
from tests.doubles.lmstudio import Answer, Hang, Status
from tests.machine_speed import LONG, ends, slowness

IN_FRONT = Progress(Stage.WAITING, place=1)


@pytest.fixture
def client(server_name, double):
    """Make a client for the server that waits as long as the tests can."""

    def make(**options):
        return CLIENTS[server_name](double.url, **{"timeout": LONG, "parallel": 1, **options})

    return make


def slow():
    """Six pieces, a tenth of a second apart."""
    return Answer(deltas=("a ",) * 6, delay_between=0.1 * slowness())


def begin(server, chat="a"):
    """An answer whose first event has come; it is at the server and stays there until closed."""
    events = server.respond(Question("hi", chat=chat))
    next(events)
    return events


def test_no_more_questions_are_at_the_server_than_it_can_take(double, client):
    """The server would queue them in silence, and they would time out there."""
    double.behave(Answer(deltas=("a ",) * 3, delay_between=0.02))
    server, answers = client(parallel=2), []

    def ask(chat):
        answers.extend(server.respond(Question("hi", chat=chat)))

    threads = [threading.Thread(target=ask, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        assert ends(thread, 10)
    assert sum(isinstance(event, Finished) for event in answers) == 8
    assert double.max_active == 2
    assert Progress(Stage.WAITING, place=6) in answers


def test_waiting_in_line_is_no_silence(double, client):
    """A question that waited would be given up, or tried again, before it was ever asked."""
    double.behave(slow())
    server = client(timeout=0.4 * slowness(), max_retries=2)
    with closing(begin(server)) as first:
        second = server.respond(Question("hi", chat="b"))
        assert next(second) == IN_FRONT
        thread = threading.Thread(target=list, args=(first,))
        thread.start()
        events = list(second)  # the first takes longer than the second may be silent
        assert ends(thread, 10)
    assert isinstance(events[-1], Finished)
    assert not any(isinstance(event, Progress) and event.attempt for event in events)


def test_between_two_attempts_the_place_is_free(double, client):
    """Four failing questions would keep everybody else out while they only wait."""
    double.behave(Status(503, headers=(("Retry-After", "60"),)), Answer("hi"))
    server = client()
    with closing(server.respond(Question("hi", chat="a"))) as first:
        assert next(first) == Progress(Stage.RETRYING, attempt=2, attempts=3)
        (*_, answer) = server.respond(Question("hi", chat="b"))
    assert answer.text == "hi"


def test_those_in_line_leave_a_server_that_is_gone(double, client):
    """Each of them would have to find out for himself, one after the other."""
    double.behave(Answer(deltas=("a ",) * 100, delay_between=1))
    server = client()
    with closing(begin(server)):
        waiting = server.respond(Question("hi", chat="b"))
        assert next(waiting) == IN_FRONT
        double.stop()
        assert not server.probe()
        with pytest.raises(UnavailableError, match="connection refused"):
            next(waiting)
    assert server.line.waiting == 0


def test_nobody_waits_longer_in_line_than_the_attempts_would_take(double, client):
    """Before a server that hangs two hundred people would wait for hours."""
    double.behave(Hang(after_events=1))
    server = client(timeout=0.1, max_retries=2)
    with closing(server.line.through("a", Question("").stop, float("inf"), _hold)) as first:
        next(first)
        with pytest.raises(GiveUpError, match="too many ask it at once"):
            list(server.respond(Question("hi", chat="b")))
    assert double.chats == []


def test_leaving_gives_the_place_to_the_next(double, client):
    """A stopped answer would block the server for good."""
    double.behave(slow(), Answer("hi"))
    server = client()
    begin(server).close()
    assert server.query("hi") == "hi"


def test_a_server_that_is_gone_is_not_available_until_a_probe_finds_it(double, client):
    """Each question would pay for a known outage, or the server's return would go unnoticed."""
    server = client()
    double.stop()
    with pytest.raises(UnavailableError, match="connection refused"):
        list(server.respond(Question("hi")))
    assert not server.available
    assert not server.probe()
    double.start()
    assert server.probe()
    assert server.available
    assert server.problem == ""
    assert server.latency > 0


def test_a_slow_probe_is_forgiven_twice(double, client):
    """A server busy with loading a model would be called gone."""
    server = client(connect_timeout=0.1 * slowness())
    assert server.probe()
    double.behave_models(Hang())
    assert [server.probe() for _ in range(3)] == [True, True, False]


def test_the_token_is_checked(double, client):
    """A server with authentication could not be used."""
    double.token = "right"
    assert client(token="right").query("hi")
    without = client(token="wrong-secret")
    assert not without.probe()
    assert f"put its token as {without.provider.credential} into .env" in without.problem
    assert "wrong" not in without.problem


def test_stopping_ends_the_generation(double, client):
    """A stopped answer would go on heating the graphics card."""
    double.behave(slow())
    question = Question("hi")
    events = client().respond(question)
    next(events)
    question.stop.request()
    with pytest.raises(StoppedError):
        list(events)
    double.wait_for(lambda: double.chats[0].disconnected_at, timeout=2)


def test_query_returns_the_text_or_none(double, client):
    """Scripts that use a client would have to know its events."""
    double.behave(Answer("hi"), Status(400))
    assert client().query("hi") == "hi"
    assert client().query("hi") is None


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
