"""Calls whose answers are read at once."""

from __future__ import annotations

import gzip
import socket

import pytest
import requests
from requests.adapters import HTTPAdapter

from engram.core.http import arriving
from engram.core.http.hang_up import HangUpSession
from engram.core.http.whole import WholeAdapter
from tests.doubles.keeping import Keeping
from tests.machine_speed import LONG

HEAD = b"HTTP/1.1 200 OK\r\n"
PACKED = gzip.compress(b'{"ok": true}')


class Session(HangUpSession):
    """One that reads answers at once."""

    def _adapter(self) -> HTTPAdapter:
        return WholeAdapter(self)


def called(answer: bytes, length: int) -> requests.Response:
    """A response whose body has `length` bytes, of which those of `answer` come."""

    def step(connection: socket.socket) -> None:
        head, _, body = answer.rpartition(b"\r\n\r\n")
        head += b"\r\n" if head else b""
        connection.sendall(HEAD + head + b"Content-Length: %d\r\n\r\n" % length + body)
        connection.shutdown(socket.SHUT_WR)

    with Keeping(step) as server, Session() as session:
        return session.get(server.url, timeout=LONG)


def test_an_answer_is_there_as_a_whole() -> None:
    """telebot would read on from a connection that is closed by then."""
    assert called(b'{"ok": true}', 12).json() == {"ok": True}


def test_an_answer_is_read_as_utf_8_without_looking_for_anything_else() -> None:
    """Some encodings take seconds to be tried, and umlauts would be wrong."""
    assert called(b"Content-Type: text/html\r\n\r\n\xc3\xbc", 2).text == "ü"


@pytest.mark.parametrize(
    ("answer", "length", "kind"),
    [
        # It breaks off.
        (b'{"ok"', 12, requests.ConnectionError),
        (b"Content-Encoding: gzip\r\n\r\nno gzip", 7, requests.exceptions.ContentDecodingError),
    ],
)
def test_a_body_that_is_none_is_an_error_of_requests(
    answer: bytes, length: int, kind: type[requests.RequestException]
) -> None:
    """Whoever calls would meet errors of a library of which nobody told it."""
    with pytest.raises(kind):
        called(answer, length)


def test_a_body_that_is_too_large_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong server could fill the memory."""
    monkeypatch.setattr(arriving.chunks, "__defaults__", (1000,))
    with pytest.raises(arriving.TooLargeError):
        called(b"x" * 1001, 1001)
    assert called(b"x" * 1000, 1000).ok
    assert called(b"Content-Encoding: gzip\r\n\r\n" + PACKED, len(PACKED)).json()
