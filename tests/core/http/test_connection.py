"""Requests in one piece, on connections that are kept."""

from __future__ import annotations

import socket
from typing import Any

import pytest
import requests

from engram.core.http.hang_up import HangUpSession
from tests.doubles.keeping import EVENTS, Keeping, answered
from tests.machine_speed import LONG


def whole(connection: socket.socket) -> None:
    connection.sendall(answered("hello"))


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("http://127.0.0.1:1/x", "127.0.0.1:1"),
        ("http://[::1]:8081/x", "[::1]:8081"),
        ("http://name:word@model.example/x", "model.example"),
        ("https://bücher.example:8443/x?y=z", "xn--bcher-kva.example:8443"),
    ],
)
def test_each_request_names_the_server_and_no_password(given: str, host: str) -> None:
    """A server of several names would not know which one is meant."""
    with HangUpSession() as session:
        call = session.prepared("GET", given)
        adapter: Any = session.get_adapter(given)
        adapter.add_headers(call)
        adapter.add_headers(call)
        assert call.headers["Host"] == host


@pytest.mark.parametrize("body", [b"\xff", "wörter", {"a": "b"}, None])
def test_a_request_has_the_body_that_it_was_given(body: Any) -> None:
    """A server would get half a question, or one that nobody asked."""
    with Keeping(whole) as server, HangUpSession() as session:
        response = session.post(server.url, data=body, timeout=LONG)
        sent = response.request.body or b""
        wanted = sent.encode() if isinstance(sent, str) else sent
        assert server.heard == [(1, wanted)]


def test_what_has_no_length_is_not_sent() -> None:
    """A server would take the rest of one request for another one."""
    with Keeping(whole) as server, HangUpSession() as session:
        with pytest.raises(requests.ConnectionError):
            session.post(server.url, data=iter([b"x"]), timeout=LONG)
        assert server.heard == []


def test_an_answer_that_was_not_read_is_nobody_elses() -> None:
    """What one person was told would be told to the next one."""
    with Keeping(whole, whole) as server, HangUpSession() as session:
        first = session.get(server.url, stream=True, timeout=LONG)
        first.raw.release_conn()
        with pytest.raises(requests.ConnectionError):
            session.get(server.url, timeout=LONG)
        assert len(server.heard) == 1


def test_a_connection_that_is_closed_takes_its_answer_along() -> None:
    """A bot that hangs up on a slow server would keep its socket for ever."""
    with Keeping(lambda connection: connection.sendall(EVENTS + b"\r\n")) as server:
        session = HangUpSession()
        response: Any = session.get(server.url, stream=True, timeout=LONG)
        response.raw.connection.close()
        session.close()
        assert server.is_left()
