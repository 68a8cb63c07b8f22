"""HTTP answers as they arrive."""

from __future__ import annotations

import gzip
import http.client
import io
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from engram.core.http.arriving import ArrivingResponse, TooLargeError, chunks
from engram.core.http.hang_up import HangUpSession
from tests.doubles.keeping import EVENTS, Keeping, framed
from tests.machine_speed import LONG

HEAD = EVENTS + b"\r\n"
END = b"0\r\n\r\n"


@pytest.fixture
def wire() -> Iterator[tuple[ArrivingResponse, socket.socket]]:
    """An answer whose head has come, and the server's end of its connection."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(HEAD)
        response = ArrivingResponse(ours, method="POST")
        response.begin()
        yield response, theirs
        response.close()


Wire = tuple[ArrivingResponse, socket.socket]


def test_all_chunks_that_have_arrived_are_read_together(wire: Wire) -> None:
    """Each word that a fast model writes would cost as much as an answer."""
    response, server = wire
    server.sendall(framed(b"a", b"b" * 20, b"c") + b"5\r\nhal")
    assert response.read1() == b"a" + b"b" * 20 + b"c"
    assert response.read1() == b"hal"
    server.sendall(b"f!\r\n" + framed(b"d") + END)
    assert response.read1(100) == b"f!"
    assert response.read1(100) == b"d"
    assert response.isclosed()
    assert response.read1() == b""


@pytest.mark.parametrize(
    "parts",
    [
        # A server may send the end of a chunk together with the next one.
        [b"1\r\na", b"\r\n1\r\nb", b"\r\n1\r\nc", b"\r\n" + END],
        [b"1\r\na\r", b"\n1\r", b"\nb\r\n1", b"\r\nc\r\n0\r\n", b"\r\n"],
        [b"3;name=x\r\nabc\r\n" + END],
        [b"0003\r\nabc\r\n", b"0;last\r\nTrailer: x\r\n\r\n"],
        [b"1\na\n\n1\nb\n\n", b"1\nc\n\n0\n\n"],
        [framed(b"abc"), END],
        [framed(b"a", b"b", b"c") + b"0\r\nTrailer: x\r\n\r\n"],
    ],
)
def test_a_body_is_the_same_however_it_is_cut_and_framed(wire: Wire, parts: list[bytes]) -> None:
    """Words would be missing, or the answer of an odd server be lost."""
    response, server = wire
    body = b""
    for part in parts:
        server.sendall(part)
        # What came is read before the next part comes, as long as it is whole.
        if part.endswith((b"a", b"b", b"c")):
            body += response.read1()
    while piece := response.read1():
        body += piece
    assert body == b"abc"
    assert response.isclosed()


@pytest.mark.parametrize("rest", [b"", b"nonsense\r\n", b"\r\n-1\r\n\r\n", b"ffffffff\r\nabc"])
def test_a_body_that_breaks_off_or_makes_no_sense_is_no_whole_one(wire: Wire, rest: bytes) -> None:
    """Half an answer would pass for a whole one."""
    response, server = wire
    server.sendall(framed(b"abc") + rest)
    server.shutdown(socket.SHUT_WR)
    assert response.read1() == b"abc"
    with pytest.raises((http.client.IncompleteRead, ValueError)):
        list(iter(response.read1, b""))


@pytest.mark.parametrize(
    "body",
    [
        b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n",
        b"a;x=y\r\n0123456789\r\n0\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        b"1\na\r\n1\nb\r\n0\n\n",
        # What does not keep to the rules is not read in one way now and in another way then.
        b"1\r\na1\r\nb\r\n0\r\n\r\n",
        b"1\r\na221\r\nb\r\n0\r\n\r\n",
        b"\r\n1\r\na\r\n0\r\n\r\n",
        b" 1 \r\na\r\n+1\r\nb\r\n0x1\r\nc\r\n1_0\r\n0123456789abcdef\r\n0\r\n\r\n",
        b"0000000001\r\na\r\n-1\r\nb\r\n0\r\n\r\n",
    ],
)
def test_a_body_is_what_http_client_says_it_is(body: bytes) -> None:
    """The same answer would be whole or broken, depending on how it travelled."""
    for cut in range(len(body) + 1):
        found = [_read(kind, body[:cut], body[cut:]) for kind in KINDS]
        assert found[0] == found[1], cut


KINDS = ArrivingResponse, http.client.HTTPResponse


class _Wire(io.RawIOBase):
    """A socket from which `parts` come, one at a time."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = [part for part in parts if part]

    def makefile(self, _mode: str, size: int = -1) -> Any:
        return io.BufferedReader(self) if size else self

    def close(self) -> None:
        """A socket stays open when a file made of it is closed."""

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        part = self._parts.pop(0) if self._parts else b""
        if rest := part[len(into) :]:
            self._parts.insert(0, rest)
            part = part[: len(into)]
        into[: len(part)] = part
        return len(part)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length:5 \r\nX: a:b\r\nx:  c\r\n\r\n",
        b"HTTP/1.1 404 Not Found here\nContent-Length: 0\n\n",
        b"HTTP/1.1  503  \r\nRetry-After: 7\r\nConnection: Close\r\nContent-Length: 1\r\n\r\n",
        b"HTTP/1.1 200\r\nTransfer-Encoding: Chunked\r\nContent-Length: 7\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: \xfc\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"",
        b"\r\n",
        b"data: hello\r\n\r\n",
        b"HTTP/1.1 99 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    ],
)
def test_a_head_says_what_http_client_reads_in_it(head: bytes) -> None:
    """A whole answer would be taken for none, or the next one begin in the middle of this one."""
    assert _headed(ArrivingResponse, head) == _headed(http.client.HTTPResponse, head)


def _headed(kind: type[http.client.HTTPResponse], head: bytes) -> object:
    wire: Any = _Wire(head)
    response: Any = kind(wire)
    try:
        response.begin()
    except http.client.HTTPException as err:
        return type(err)
    headers = [(name.lower(), value.strip()) for name, value in response.headers.items()]
    return [
        (response.version, response.status, response.reason, headers),
        (response.chunked, response.length, response.will_close),
    ]


def test_a_length_that_is_said_twice_is_that_length() -> None:
    """Behind some proxies a call would wait for more until its time is over."""
    wire: Any = _Wire(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello")
    response = ArrivingResponse(wire)
    response.begin()
    assert (response.length, response.will_close) == (5, False)


def _read(kind: type[http.client.HTTPResponse], *parts: bytes) -> tuple[bytes, str]:
    """What is read of a body that comes in parts, and the error that ended it."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    wire: Any = _Wire(head, *parts)
    response, body = kind(wire), b""
    try:
        response.begin()
        while piece := response.read1():
            body += piece
    except (http.client.HTTPException, ValueError) as err:
        return body, type(err).__name__
    return body, ""


def test_a_body_without_chunks_is_read_as_ever() -> None:
    """Lists of models, and answers of old servers, could not be read."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        response = ArrivingResponse(ours, method="GET")
        response.begin()
        assert response.read1(3) + response.read1() == b"hello"
        response.close()


def test_what_is_compressed_is_decompressed_wherever_chunks_end() -> None:
    """Behind a proxy that compresses every answer would be lost."""
    packed = gzip.compress(b"hello " * 500)
    head = EVENTS + b"Content-Encoding: gzip\r\n\r\n"
    pieces = [packed[at : at + 7] for at in range(0, len(packed), 7)]
    with (
        Keeping(lambda sock: sock.sendall(head + framed(*pieces) + END)) as server,
        HangUpSession() as session,
        session.get(server.url, stream=True, timeout=LONG) as response,
    ):
        assert b"".join(chunks(response)) == b"hello " * 500


def test_more_than_anybody_takes_is_given_up() -> None:
    """A wrong server could fill the memory."""
    body = framed(b"x" * 600, b"y" * 600)
    with (
        Keeping(lambda sock: sock.sendall(HEAD + body)) as server,
        HangUpSession() as session,
    ):
        too_large = pytest.raises(TooLargeError, match="longer than 1,000 bytes")
        with too_large, session.ended_after(LONG):
            list(chunks(session.get(server.url, stream=True, timeout=LONG), 1000))
        assert server.is_left()
