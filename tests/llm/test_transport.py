"""The edge: what goes wrong between two machines becomes errors that say what to do."""

import json
import socket
import threading
import time
from contextlib import closing

import pytest

from engram.core.errors import (
    BusyError,
    GiveUpError,
    StoppedError,
    TooLongError,
    TryAgainError,
    UnavailableError,
)
from engram.core.stop import Stop
from engram.llm import transport
from engram.llm.sse import DOCUMENT, ServerSentEvent
from engram.llm.transport import Transport, is_private
from tests.doubles.dripping import EVENTS, JSON, Dripping, kinds
from tests.doubles.lmstudio import (
    Answer,
    Cut,
    Drip,
    Hang,
    Html,
    OldServer,
    Redirect,
    Reset,
    Status,
    WrongContentType,
)
from tests.machine_speed import LONG, ends, slowness

# The timeout where the server says nothing; in all other cases it answers.
SHORT = 0.3
BODY = {"model": "zai-org/glm-4.7-flash", "input": "hi", "stream": True}


def connect(url, timeout=LONG):
    return Transport(url, {}, timeout, credential="LM_API_TOKEN", local=True)


def asked(url, connect_timeout=LONG, timeout=LONG, stop=None):
    """The events of an answer, one by one."""
    transport = connect(url, connect_timeout)
    with closing(transport.stream("/api/v1/chat", BODY, timeout, stop or Stop())) as answer:
        for arrived in answer:
            yield from arrived


@pytest.mark.parametrize(
    ("behaviour", "error", "reason"),
    [
        (Hang(), TryAgainError, "silent for {:g} s"),
        (Hang(after_headers=True), TryAgainError, "silent for {:g} s"),
        (Hang(after_events=1), TryAgainError, "silent for {:g} s"),
        (Drip(0.05), TryAgainError, "silent for {:g} s"),
        (Reset(), TryAgainError, "the connection broke"),
        (Reset(after_deltas=1), TryAgainError, "the connection broke"),
        (Html(), GiveUpError, "text/html instead of events"),
        (WrongContentType(), GiveUpError, "text/plain instead of events"),
        (OldServer(), GiveUpError, "Unexpected endpoint"),
        (Redirect(), GiveUpError, "it redirects"),
        (Status(500), TryAgainError, "it failed"),
        (Status(500, {"error": "boom"}), TryAgainError, "boom"),
        (Status(503), TryAgainError, "busy"),
        (Status(429, {"error": {"message": "no quota"}}), TryAgainError, r"busy \(429\) no quota"),
        (Status(529, {"error": {"message": "Overloaded"}}), TryAgainError, "busy"),
        (Status(404, {"error": {"message": "none"}}), GiveUpError, "404: none"),
        (Status(404, {"detail": "Not Found"}), GiveUpError, "404: Not Found"),
        (Status(200, "{broken"), GiveUpError, "not JSON"),
        (Status(402, {"error": {"message": "Insufficient credits"}}), GiveUpError, "402: Insuff"),
        (Status(451, {"detail": "not where you are"}), GiveUpError, "451: not where you are"),
        (Status(429, {"error": {"code": "insufficient_quota"}}), GiveUpError, "insufficient_quota"),
        (Status(503, {"error": "prompt is too long"}), TooLongError, "too long"),
        (Status(400, "prompt is too long"), TooLongError, "too long"),
        (
            Status(500, "Traceback\n  f()\nValueError: prompt is too long"),
            TooLongError,
            "ValueError",
        ),
        (Status(500, "Traceback (most recent call last)"), TryAgainError, r"failed \(500\)$"),
        (Status(200, {"error": {"code": 429, "message": "slow"}}), BusyError, "429: slow"),
        (Status(200, {"error": {"code": 502, "message": "down"}}), TryAgainError, "502: down"),
        (Status(200, {"error": {"code": 401, "message": "who?"}}), GiveUpError, "401: who"),
        (Status(418, "<html>"), GiveUpError, "it answers 418$"),
    ],
)
def test_each_failure_is_named_by_what_to_do(lmstudio, behaviour, error, reason):
    """A passing fault would end an answer, or a lasting one be tried for minutes."""
    lmstudio.behave(behaviour)
    timeout = SHORT * slowness() if "{" in reason else LONG
    with pytest.raises(error, match=reason.format(timeout)):
        list(asked(lmstudio.url, timeout=timeout))


def test_the_last_event_counts_also_without_the_blank_line_after_it(lmstudio):
    """Each answer of such a server would be asked for again, and thrown away."""

    def unended(exchange):
        exchange.raw(b"data: a\n\ndata: b")
        exchange.connection.end_stream()

    lmstudio.behave(unended)
    events = asked(lmstudio.url)
    assert [event.data for event in events] == ["a", "b"]


def drip(exchange):
    """Sends a head that never ends, a byte at a time."""
    exchange.connection.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        exchange.connection.wfile.write(b"z")
        exchange.pause(0.02)


def test_a_head_that_drips_in_is_given_up(lmstudio):
    """One broken server would hold a question, or the probe, for hours."""
    lmstudio.behave(drip)
    lmstudio.behave_models(drip)
    with pytest.raises(TryAgainError):
        list(asked(lmstudio.url, SHORT, SHORT))
    with pytest.raises(TryAgainError):
        connect(lmstudio.url, SHORT).get("/api/v1/models", SHORT)


@pytest.mark.parametrize("what", [EVENTS, JSON], ids=["events", "JSON"])
@pytest.mark.parametrize("kind", kinds())
def test_an_answer_that_drips_in_is_given_up_wherever_it_drips(idle_clock, kind, what):
    """One broken server would hold a question for ever, and its place in line."""
    began = time.monotonic()
    with Dripping(kind, what) as server:
        events = asked(server.url, SHORT, SHORT)
        with pytest.raises(TryAgainError, match=r"silent for"):
            list(events)
        assert server.is_left(5)
    assert idle_clock.since(began) < 5


@pytest.mark.parametrize("kind", kinds())
def test_a_list_of_models_that_drips_in_is_given_up(idle_clock, kind):
    """A server would be probed once, and count as there, or not, for ever."""
    began = time.monotonic()
    with Dripping(kind) as server:
        with pytest.raises(TryAgainError, match=r"silent for"):
            connect(server.url, SHORT).get("/api/v1/models", SHORT)
        assert server.is_left(5)
    assert idle_clock.since(began) < 5


def test_the_time_that_the_reader_takes_is_not_the_servers(lmstudio):
    """While Telegram makes the bot wait, an answer that arrives in time would be given up."""
    lmstudio.behave(Answer(deltas=("a", "b", "c")))
    events = asked(lmstudio.url, timeout=SHORT * slowness())
    seen = []
    for event in events:
        seen.append(event.name)
        if event.name == "message.delta":
            time.sleep(1.5 * SHORT * slowness())
    assert seen[-1] == "chat.end"


def test_a_stop_ends_what_drips(idle_clock):
    """Whoever asks for the stop would wait for the deadline."""
    stop, began = Stop(), time.monotonic()
    with Dripping("extension of a chunk", EVENTS) as server:
        timer = threading.Timer(0.2, stop.request)
        timer.start()
        with pytest.raises(StoppedError):
            list(asked(server.url, stop=stop))
        timer.join()
    assert idle_clock.since(began) < 5


def test_a_document_in_another_encoding_is_no_bug(lmstudio):
    """An odd server would put a traceback into the log."""
    lmstudio.behave(lambda exchange: exchange.connection.reply(200, '{"a": "é"}'.encode("utf-16")))
    (event,) = asked(lmstudio.url)
    assert event.name == DOCUMENT


def test_events_come_as_they_are_sent(lmstudio):
    """Text would appear in lumps instead of word by word."""
    lmstudio.behave(Answer(deltas=("a", "b"), delay_between=60))
    events = asked(lmstudio.url)
    seen = [next(events) for _ in range(3)]
    assert seen[-1].name == "message.delta"
    events.close()


def test_an_answer_cut_off_ends_without_an_error_here(lmstudio):
    """An answer that is complete but for its last byte would be thrown away."""
    lmstudio.behave(Cut(after_deltas=1))
    events = list(asked(lmstudio.url))
    assert isinstance(events[-1], ServerSentEvent)


def test_nobody_listening_is_unavailable():
    """A server that is switched off would be tried three times."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(UnavailableError, match="connection refused"):
            connect(f"http://127.0.0.1:{unused.getsockname()[1]}").get("/", 1)


def test_a_connection_that_never_completes_is_unavailable():
    """A black hole on the way would cost seven minutes instead of three seconds."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        # A listen queue that is full drops further connections, as a firewall does.
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        with pytest.raises(UnavailableError, match="no connection within"):
            connect(f"http://127.0.0.1:{address[1]}", SHORT).get("/", LONG)
        for filler in fillers:
            filler.close()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://engram.invalid:1", "no machine has this name"),
        ("https://127.0.0.1:{port}", "TLS"),
    ],
)
def test_wrong_addresses_are_explained(lmstudio, address, reason):
    """A typing error in the address would end in a traceback."""
    with pytest.raises((UnavailableError, TryAgainError), match=reason):
        connect(address.format(port=lmstudio.port)).get("/api/v1/models", LONG)


def test_unreachable_hosts_are_explained(monkeypatch):
    """Error 113, the commonest one with virtual machines, would say nothing to its reader."""

    def unreachable(*_arguments, **_options):
        raise OSError(113, "No route to host")

    monkeypatch.setattr("urllib3.util.connection.create_connection", unreachable)
    with pytest.raises(UnavailableError, match=r"no route to the host \(113\)"):
        connect("http://192.168.56.1:1234").get("/", 1)


def test_an_endless_document_is_given_up(lmstudio, monkeypatch):
    """A wrong server could fill the memory."""
    monkeypatch.setattr(transport, "LARGEST_BODY", 1000)
    lmstudio.behave_models(Status(200, {"models": ["x" * 2000]}))
    with pytest.raises(GiveUpError, match="longer than"):
        connect(lmstudio.url).get("/api/v1/models", LONG)
    lmstudio.behave(Answer("x " * 2000))
    with pytest.raises(GiveUpError, match="longer than"):
        list(asked(lmstudio.url))


def test_a_document_that_is_no_json_is_explained(lmstudio):
    """Another server on that port would look like a bug of Engram."""
    lmstudio.behave_models(Html())
    with pytest.raises(GiveUpError, match="not JSON"):
        connect(lmstudio.url).get("/api/v1/models", LONG)


def test_a_document_in_place_of_events_is_passed_on(lmstudio):
    """Servers that do not stream could not be used."""
    lmstudio.behave(Status(200, {"output": []}))
    events = list(asked(lmstudio.url))
    assert events == [ServerSentEvent(DOCUMENT, '{"output": []}')]


def test_the_environment_names_no_proxy_for_a_local_server(lmstudio, monkeypatch):
    """Behind a company's proxy LM Studio on the same machine would be out of reach."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert "models" in connect(lmstudio.url).get("/api/v1/models", LONG)


def test_threads_share_a_transport(lmstudio):
    """Answers of two chats would get mixed up."""
    shared, found = connect(lmstudio.url), []

    def ask(number):
        body = {**BODY, "input": str(number)}
        *_, (*_, last) = shared.stream("/api/v1/chat", body, LONG, Stop())
        found.append(json.loads(last.data)["result"]["output"][0]["content"])

    lmstudio.behave(lambda exchange: Answer(f"to {exchange.body['input']}").play(exchange))
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        assert ends(thread, 10)
    assert sorted(found) == sorted(f"to {number}" for number in range(20))


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
    assert is_private(url) is private
