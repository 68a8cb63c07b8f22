"""Calls that are ended from another thread."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest
import requests
from urllib3.exceptions import HTTPError

from engram.core.http.arriving import chunks
from engram.core.http.hang_up import HangUpSession
from tests.doubles.dripping import Dripping, kinds
from tests.doubles.exchange import ExchangeDouble
from tests.doubles.keeping import Keeping, answered
from tests.machine_speed import LONG, IdleClock, ends, within


class Connection:
    """One that is about to be opened."""

    sock = None


PATH = "/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=3"


@pytest.mark.parametrize("how", ["hang", "drip", "drip_head"])
def test_a_call_ends_in_time_wherever_it_is(
    exchange: ExchangeDouble, idle_clock: IdleClock, how: str
) -> None:
    """A thread would be lost for each server that does not finish; the timeout never comes."""
    exchange.fail("klines", how)
    began = time.monotonic()
    failed = pytest.raises((requests.RequestException, OSError))
    with HangUpSession() as session, failed, session.ended_after(0.2):
        session.get(exchange.url + PATH, timeout=LONG)
    assert time.monotonic() - began > 0.1
    assert idle_clock.since(began) < 5


@pytest.mark.parametrize("kind", kinds())
def test_a_call_ends_in_time_wherever_bytes_drip(idle_clock: IdleClock, kind: str) -> None:
    """One broken server would hold a thread, and whoever waits for it, for ever."""
    failed = pytest.raises((requests.RequestException, HTTPError, OSError))
    began = time.monotonic()
    with Dripping(kind) as server:
        with HangUpSession() as session, failed, session.ended_after(0.2):
            for _ in chunks(session.get(server.url, timeout=LONG, stream=True)):
                pass
        assert server.is_left(5)
    assert time.monotonic() - began > 0.1
    assert idle_clock.since(began) < 5


def test_the_answer_of_a_proxy_may_not_drip_either(idle_clock: IdleClock) -> None:
    """A proxy on the way could hold every call for ever, before anything is encrypted."""
    began = time.monotonic()
    with Dripping("headers") as proxy, HangUpSession() as session:
        session.proxies = {"https": proxy.url}
        with pytest.raises(requests.ReadTimeout), session.ended_after(0.2):
            session.get("https://example.org/", timeout=LONG)
        assert within(5, proxy.is_left)
    assert idle_clock.since(began) < 5


def test_a_deadline_ends_the_call_of_its_thread_and_no_other(exchange: ExchangeDouble) -> None:
    """One slow reply would take all others with it."""
    answers = []
    with Dripping("body") as slow, HangUpSession() as session:

        def wait_in_vain() -> None:
            with pytest.raises(requests.ReadTimeout), session.ended_after(0.3):
                _ = session.get(slow.url, timeout=LONG).content
            answers.append("given up")

        with session.ended_after(LONG):
            response = session.get(exchange.url + PATH, timeout=LONG, stream=True)
            other = threading.Thread(target=wait_in_vain)
            other.start()
            assert ends(other, 10)
            assert response.json()
        assert answers == ["given up"]
        # And the next call finds the session as it was.
        with session.ended_after(LONG):
            assert session.get(exchange.url + PATH, timeout=LONG).json()


def test_a_session_that_lives_long_keeps_no_handles_of_closed_connections(
    exchange: ExchangeDouble,
) -> None:
    """A bot that runs for months would run out of files."""
    with HangUpSession() as session:
        for _ in range(5):
            with session.ended_after(LONG):
                session.get(exchange.url + PATH, headers={"Connection": "close"}, timeout=LONG)
        assert len(session._sockets) <= 1


def test_a_connection_that_is_opened_anew_leaves_no_handle(exchange: ExchangeDouble) -> None:
    """An exchange that hangs up on idle connections would cost a file a minute."""
    with HangUpSession() as session:
        for _ in range(5):
            assert session.get(exchange.url + PATH, timeout=LONG).json()
            exchange.stop()
            exchange.start()
        assert len(session._sockets) <= 1


def test_a_session_that_was_closed_begins_anew_and_keeps_nothing(exchange: ExchangeDouble) -> None:
    """A bot that closes idle connections would collect what is left of them."""
    with HangUpSession() as session:
        for _ in range(5):
            assert session.get(exchange.url + PATH, timeout=LONG).json()
            session.close()
        assert not session._sockets
        assert not session.get_adapter(exchange.url)._pools


def test_servers_in_turn_are_each_asked_what_is_theirs(exchange: ExchangeDouble) -> None:
    """An exchange would get the requests to another one, and its answers be taken for theirs."""
    with HangUpSession() as session, ExchangeDouble() as other:
        for server in (exchange, other, exchange):
            assert session.ask(session.prepared("GET", server.url + PATH), timeout=LONG).ok
        assert (len(exchange.asked), len(other.asked)) == (2, 1)


def test_no_connection_after_hang_up(exchange: ExchangeDouble) -> None:
    """A call that was given up during a slow name look-up would come back to life."""
    with HangUpSession() as session:
        session.hang_up()
        with pytest.raises((requests.RequestException, OSError)):
            session.get(exchange.url + PATH, timeout=LONG)
    assert exchange.asked == []


def test_a_connection_that_opens_after_the_end_is_closed_as_well() -> None:
    """Each poll that is given up while it connects would cost a file handle."""
    session = HangUpSession()
    session.hang_up()
    session.close()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with pytest.raises(OSError, match="given up"):
            session.opened(Connection(), ours)
        assert theirs.recv(1) == b""
    session.close()
    assert session._sockets == []


def test_a_request_is_prepared_once_and_keeps_nothing_of_the_last(exchange: ExchangeDouble) -> None:
    """What one person asked would be sent along with what the next one asks."""
    with HangUpSession() as session:
        session.headers["X-Key"] = "k"
        first = session.prepared("POST", exchange.url, {"a": 1})
        assert (first.body, first.headers["Content-Length"]) == (b'{"a": 1}', "8")
        second = session.prepared("POST", exchange.url)
        assert (second.body, second.headers["X-Key"]) == (None, "k")
        assert "Content-Type" not in second.headers
        assert session.prepared("GET", exchange.url).method == "GET"


@pytest.mark.parametrize(("resends", "sent"), [(False, [1, 1]), (True, [1, 1, 2])])
def test_what_a_kept_connection_has_lost_is_sent_again_only_if_it_may_be(
    resends: bool, sent: list[int]
) -> None:
    """A message to Telegram would be on screen twice; or a question cost an attempt."""

    def leave(connection: socket.socket) -> None:
        connection.shutdown(socket.SHUT_RDWR)

    def answer(connection: socket.socket) -> None:
        connection.sendall(answered("hello"))

    with Keeping(answer, leave, answer) as server, HangUpSession(resends=resends) as session:
        assert session.get(server.url, timeout=LONG).ok
        with contextlib.nullcontext() if resends else pytest.raises(requests.ConnectionError):
            assert session.get(server.url, timeout=LONG).ok
        assert [number for number, _ in server.heard] == sent
