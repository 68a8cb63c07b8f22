"""A model server is asked again on the connection of the last question, and nobody notices."""

import contextlib
import gzip
import itertools
import logging
import socket
import struct
import threading
import time

import pytest

from engram.core.errors import GiveUpError, StoppedError, TryAgainError, UnavailableError
from engram.core.stop import Stop
from engram.llm.transport import Transport
from tests.doubles.keeping import END, EVENTS, Keeping, answered, framed
from tests.doubles.proxies import HttpProxy, SocksProxy
from tests.machine_speed import LONG, ends

PATH = "/api/v1/chat"
REMOTE = "http://model.example:1234"
# What is in no buffer between two sockets.
MUCH = {"input": "x" * 50_000_000}


def transport(url, *, local=True, connect_timeout=LONG):
    return Transport(url, {}, connect_timeout, credential="LM_API_TOKEN", local=local)


def ask(at, body=None, stop=None, timeout=LONG):
    """What the events of an answer say; the reader leaves at the last word."""
    said = []
    with contextlib.closing(at.stream(PATH, body or {}, timeout, stop or Stop())) as answer:
        for event in itertools.chain.from_iterable(answer):
            if event.data == "end":
                break
            said.append(event.data)
    return said


def says(*texts):
    return lambda sock: sock.sendall(answered(*texts, "end"))


def shut(sock):
    """A server that hangs up."""
    sock.shutdown(socket.SHUT_RDWR)


def reset(sock):
    """The same, as a server does that was killed."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def no_answer(sock):
    sock.sendall(b"data: this is no answer\r\n\r\n")
    shut(sock)


def then(*steps):
    """A step that does one thing after the other."""
    return lambda sock: [step(sock) for step in steps]


@pytest.fixture
def heard(caplog):
    """The log, in which nothing may stand: people ask when they see a warning."""
    caplog.set_level(logging.INFO)
    return caplog


def test_the_next_question_is_asked_on_the_same_connection_as_is_the_probe():
    """Each answer would wait for a new connection, and behind TLS for three more rounds."""
    models = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    with Keeping(says("one"), lambda sock: sock.sendall(models), says("two")) as server:
        at = transport(server.url)
        assert ask(at) == ["one"]
        assert at.get("/api/v1/models", LONG) == {}
        assert ask(at) == ["two"]
        assert server.accepted == 1


@pytest.mark.parametrize("leaves", [shut, reset])
def test_a_server_that_closes_an_idle_connection_is_asked_on_a_new_one(heard, leaves):
    """One question in a few would fail: servers close what nobody has used for a while."""
    with Keeping(then(says("one"), leaves), says("two")) as server:
        at = transport(server.url)
        assert ask(at) == ["one"]
        assert server.is_left()
        assert ask(at) == ["two"]
        assert [number for number, _ in server.heard] == [1, 2]
    assert heard.messages == []


@pytest.mark.parametrize("leaves", [shut, reset, no_answer])
def test_a_server_that_hangs_up_between_question_and_answer_is_asked_again_at_once(heard, leaves):
    """A person would wait a second, and read "Retrying", because a server cleaned up."""
    with Keeping(says("one"), leaves, says("two")) as server:
        at = transport(server.url)
        assert ask(at) == ["one"]
        assert ask(at, {"input": "a"}) == ["two"]
        assert [number for number, _ in server.heard] == [1, 1, 2]
        assert server.heard[1][1] == server.heard[2][1] == b'{"input": "a"}'
    assert heard.messages == []


@pytest.mark.parametrize("leaves", [shut, reset])
def test_a_question_is_asked_again_only_once(leaves):
    """A server that dies of a question would be asked it without end."""
    with Keeping(says("one"), leaves) as server:
        at = transport(server.url)
        assert ask(at) == ["one"]
        with pytest.raises(TryAgainError, match="the connection broke"):
            ask(at)
        assert len(server.heard) == 3
        with pytest.raises(TryAgainError, match="the connection broke"):
            ask(at)
        assert len(server.heard) == 4


def test_a_server_that_is_gone_is_known_to_be_gone():
    """A person would wait for three attempts at a server that was switched off."""
    with Keeping(says("one")) as server:
        at = transport(server.url)
        assert ask(at) == ["one"]
    with pytest.raises(UnavailableError, match="connection refused"):
        ask(at)


def test_silence_on_a_kept_connection_is_no_reason_to_ask_again():
    """A person would wait twice as long as promised for a server that hangs."""
    with Keeping(says("one"), lambda sock: sock.recv(1)) as server:
        at = transport(server.url, connect_timeout=0.1)
        assert ask(at) == ["one"]
        with pytest.raises(TryAgainError, match=r"silent for 0\.1 s"):
            ask(at, timeout=0.1)
        assert len(server.heard) == 2


@pytest.mark.parametrize("leaves", [shut, reset])
def test_an_answer_that_breaks_off_is_not_asked_for_again_here(leaves):
    """A person would read the beginning of one answer and the end of another."""
    half = then(lambda sock: sock.sendall(EVENTS + b"\r\n" + framed(b"data: half\n\n")), leaves)
    with Keeping(says("one"), half, says("two")) as server:
        at = transport(server.url)
        assert ask(at) == ["one"]
        with pytest.raises(TryAgainError, match="the connection broke"):
            ask(at)
        assert len(server.heard) == 2
        assert ask(at) == ["two"]


def test_what_may_have_been_done_is_not_asked_for_again():
    """A model would be loaded twice, and take twice the memory."""
    with Keeping(says("one"), shut) as server:
        at = transport(server.url)
        assert ask(at) == ["one"]
        with pytest.raises(TryAgainError, match="the connection broke"):
            at.post("/api/v1/models/load", {"model": "a"}, LONG)
        assert [number for number, _ in server.heard] == [1, 2]


def test_an_answer_that_is_still_to_come_is_not_the_next_one():
    """A person would read what was meant for a question before: a proxy says that it will come."""
    asked_again = threading.Event()

    def later(sock):
        sock.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n")
        assert asked_again.wait(LONG)
        sock.sendall(answered("one", "end"))

    with Keeping(later, says("two")) as server:
        at = transport(server.url)
        with pytest.raises(GiveUpError, match="its answer is not JSON"):
            at.get("/api/v1/models", LONG)
        asked_again.set()
        assert ask(at) == ["two"]


@pytest.mark.parametrize("last", [0, 8])
def test_what_a_proxy_compresses_ends_as_well(last):
    """Each answer through a proxy that compresses them would be lost at its last word."""
    packed = gzip.compress(b"data: one\n\ndata: end\n\n")
    head = EVENTS + b"Content-Encoding: gzip\r\n\r\n"
    pieces = [one for one in (packed[: len(packed) - last], packed[len(packed) - last :]) if one]
    parts = [head + framed(pieces[0]), *map(framed, pieces[1:])]
    with Keeping(waits(*parts)) as server:
        assert ask(transport(server.url)) == ["one"]
        assert server.is_left()


def test_what_is_said_behind_the_end_of_an_answer_is_no_part_of_the_next():
    """A person would read what somebody else was told."""
    more = answered("more", "end")
    with Keeping(lambda sock: sock.sendall(answered("one", "end") + more), says("two")) as server:
        at = transport(server.url)
        assert [ask(at), ask(at), ask(at)] == [["one"], ["two"], ["two"]]


def test_an_answer_that_comes_after_the_hang_up_reaches_nobody():
    """A person would read the answer that somebody else has stopped."""
    asked_again, said = threading.Event(), threading.Event()

    def late(sock):
        assert asked_again.wait(LONG)
        with contextlib.suppress(OSError):
            sock.sendall(answered("late", "end"))
        said.set()

    def in_time(sock):
        asked_again.set()
        assert said.wait(LONG)
        sock.sendall(answered("two", "end"))

    with Keeping(says("one"), late, in_time) as server:
        at, stop = transport(server.url), Stop()
        assert ask(at) == ["one"]
        with stopped_later(server, stop, requests=2), pytest.raises(StoppedError):
            ask(at, stop=stop)
        assert ask(at) == ["two"]
        assert [number for number, _ in server.heard] == [1, 1, 2]


@contextlib.contextmanager
def stopped_later(server, stop, requests):
    """Somebody presses stop once the server has heard so many requests."""

    def press():
        assert server.has_heard(requests)
        stop.request()

    presses = threading.Thread(target=press)
    presses.start()
    yield
    assert ends(presses, 10)


def waits(*parts):
    """A server that sends the parts of an answer, and then waits for its client to hang up."""
    return lambda sock: [*map(sock.sendall, parts), sock.recv(1)]


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [EVENTS[:20]],
        [EVENTS],
        [EVENTS + b"\r\n"],
        [EVENTS + b"\r\n" + framed(b"data: a\n\n")],
        [EVENTS + b"\r\n" + framed(b"data: a\n\n"), b"5\r\nda"],
        [answered("a").removesuffix(END)],
    ],
    ids=["silence", "status", "headers", "head", "event", "half an event", "all but the end"],
)
@pytest.mark.parametrize("is_kept", [False, True])
def test_a_stop_hangs_up_wherever_an_answer_is(parts, is_kept):
    """A model would write for minutes what nobody wants, and keep others waiting."""
    steps = [says("one")] * is_kept
    with Keeping(*steps, waits(*parts), says("two")) as server:
        at, stop = transport(server.url), Stop()
        for _ in steps:
            assert ask(at) == ["one"]
        stopped = stopped_later(server, stop, requests=len(steps) + 1)
        with stopped, pytest.raises(StoppedError):
            ask(at, stop=stop)
        assert server.is_left()
        assert ask(at) == ["two"]


def test_a_stop_hangs_up_while_the_question_is_being_sent():
    """Pictures on a slow line could not be stopped."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        at, stop = transport(f"http://127.0.0.1:{server.getsockname()[1]}"), Stop()

        def press():
            connection, _ = server.accept()
            with connection:
                assert connection.recv(1)
                stop.request()
                while connection.recv(65536):
                    pass

        presses = threading.Thread(target=press)
        presses.start()
        with pytest.raises(StoppedError):
            ask(at, MUCH, stop)
        assert ends(presses, 10)


def test_nothing_is_asked_once_it_was_stopped_while_connecting(monkeypatch):
    """A question that nobody wants any more would take a place at the server."""
    stop = Stop()
    connect = socket.socket.connect
    monkeypatch.setattr(
        "socket.socket.connect", lambda sock, to: [connect(sock, to), stop.request()]
    )
    with Keeping(says("one")) as server:
        with pytest.raises(StoppedError):
            ask(transport(server.url), stop=stop)
        assert server.is_left()
        assert server.heard == []


def test_a_stop_that_comes_after_the_answer_ends_no_other():
    """Whoever asks next would be hung up on, because somebody pressed stop too late."""
    with Keeping(says("one"), says("two")) as server:
        at, stop = transport(server.url), Stop()
        actions = []
        stop.calls = lambda action: [actions.append(action), Stop().calls(action)][1]
        assert ask(at, stop=stop) == ["one"]
        for action in actions:
            action()
        assert ask(at) == ["two"]
        assert server.accepted == 1


def test_what_is_not_read_to_its_end_is_hung_up_on():
    """A model that says the same over and over would do so until its context is full."""
    with Keeping(waits(answered("a", "end").removesuffix(END))) as server:
        assert ask(transport(server.url)) == ["a"]
        assert server.is_left()


def test_an_end_that_never_ends_holds_nobody_up(idle_clock):
    """The last word of an answer would never be shown, and a thread be lost for it."""

    def drips(sock):
        sock.sendall(answered("a", "end").removesuffix(b"\r\n"))
        with contextlib.suppress(OSError):
            while True:
                sock.sendall(b"X: y\r\n" * 100_000)

    with Keeping(drips, says("two")) as server:
        at, began = transport(server.url), time.monotonic()
        assert ask(at) == ["a"]
        assert idle_clock.since(began) < 5
        assert ask(at) == ["two"]
        assert server.accepted == 2


@pytest.mark.parametrize("proxy_of", [HttpProxy, SocksProxy])
def test_a_server_behind_a_proxy_is_asked_on_the_same_connection(monkeypatch, proxy_of):
    """Behind a proxy each answer would wait for two new connections, or not come at all."""
    steps = says("one"), says("two"), shut, says("three")
    with Keeping(*steps) as server, proxy_of(server.port) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        at = transport(REMOTE, local=False)
        assert [ask(at), ask(at)] == [["one"], ["two"]]
        assert (server.accepted, proxy.accepted) == (1, 1)
        # One of the two hangs up between question and answer.
        assert ask(at) == ["three"]
        proxy.hang_up()
        assert ask(at) == ["three"]
        assert (server.accepted, proxy.accepted) == (3, 3)
        proxy.hang_up()
        proxy.refuses = True
        with pytest.raises((UnavailableError, GiveUpError), match=r"407|no connection"):
            ask(at)


@pytest.mark.parametrize("proxy_of", [HttpProxy, SocksProxy])
def test_a_stop_hangs_up_through_a_proxy(monkeypatch, proxy_of):
    """Behind a proxy a model would write on for minutes what nobody wants."""
    half = EVENTS + b"\r\n" + framed(b"data: half\n\n")
    with Keeping(waits(half)) as server, proxy_of(server.port) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        stop = Stop()
        with stopped_later(server, stop, requests=1), pytest.raises(StoppedError):
            ask(transport(REMOTE, local=False), stop=stop)
        assert server.is_left()


def test_a_redirect_is_refused_on_a_kept_connection_too():
    """A question would go to a machine that nobody has named."""
    away = b"HTTP/1.1 307 Away\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
    with Keeping(says("one"), lambda sock: sock.sendall(away), says("two")) as server:
        at = transport(server.url)
        assert ask(at) == ["one"]
        with pytest.raises(GiveUpError, match=r"it redirects \(307\)"):
            ask(at)
        assert ask(at) == ["two"]
        assert server.accepted == 1
