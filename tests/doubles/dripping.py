"""A server that answers byte by byte, for ever, at a chosen place of its answer; raw sockets.

with Dripping("trailers") as server:
    requests.get(server.url)
"""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Iterator
from itertools import chain, repeat

from tests.doubles.raw_server import RawServer

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
JSON, EVENTS = (f"Content-Type: {kind}\r\n".encode() for kind in
                ("application/json", "text/event-stream"))  # fmt: skip
# A block of the deflate format that holds nothing; a stream of them is decompressed to nothing.
NOTHING = b"\x00\x00\x00\xff\xff"
GZIP = gzip.compress(b"")[:10]


def kinds(kind: bytes = JSON) -> dict[str, tuple[bytes, bytes]]:
    """What is sent at once, and what is then repeated byte by byte; `kind` is the content's."""
    head = OK + kind
    framed = head + CHUNKED + b"\r\n"
    return {
        "status line": (b"HTTP/1.1 200 ", b"O"),
        "headers": (head + b"X-Slow: ", b"z"),
        "many headers": (head, b"X: y\r\n"),
        "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        "body": (head + b"Content-Length: 1000000\r\n\r\n", b" "),
        "body until the end": (head + b"Connection: close\r\n\r\n", b" "),
        "size of a chunk": (framed, b"0"),
        "extension of a chunk": (framed + b"5;", b"x"),
        "chunk": (framed + b"fffff\r\n", b" "),
        "chunks of one byte": (framed, b"1\r\n \r\n"),
        "end of a chunk": (framed + b"1\r\n ", b"\r"),
        "trailers": (framed + b"0\r\n", b"X: y\r\n"),
        "trailer without end": (framed + b"0\r\nX: ", b"y"),
        "compressed nothing": (
            head + CHUNKED + b"Content-Encoding: gzip\r\n\r\n" + _chunk(GZIP), _chunk(NOTHING)
        ),
        "compressed body": (
            head + b"Content-Encoding: gzip\r\nContent-Length: 1000000\r\n\r\n" + GZIP, NOTHING
        ),
        "deflated": (
            head + b"Content-Encoding: deflate\r\nConnection: close\r\n\r\n"
            + zlib.compress(b"")[:2], NOTHING
        ),
    }  # fmt: skip


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


class Dripping(RawServer):
    """One such server; answers every request, whatever it is, with `kind` of `what`.

    A byte comes every `interval` seconds.
    """

    def __init__(self, kind: str, what: bytes = JSON, interval: float = 0.01) -> None:
        super().__init__()
        self._first, self._rest = kinds(what)[kind]
        self._interval = interval
        self._stopped = threading.Event()

    def hang_up(self) -> None:
        """End all connections, and write nothing more."""
        self._stopped.set()
        super().hang_up()

    def serve(self, connection: socket.socket, _number: int) -> None:
        """Answer one request."""
        connection.settimeout(10)
        connection.recv(65536)
        for data in self._pieces():
            connection.sendall(data)
            if self._stopped.wait(self._interval):
                break

    def _pieces(self) -> Iterator[bytes]:
        return chain([self._first], (bytes([byte]) for rest in repeat(self._rest) for byte in rest))
