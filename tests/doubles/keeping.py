"""A server that keeps its connections, and does with each request what a test says; raw sockets.

with Keeping(lambda connection: connection.sendall(answered("hi"))) as server:
    requests.post(server.url)
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from tests.doubles.raw_server import RawServer

EVENTS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
)  # fmt: skip
END = b"0\r\n\r\n"
Step = Callable[[socket.socket], object]


def framed(*pieces: bytes) -> bytes:
    """The pieces of a body as chunks, without the one that ends it."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def answered(*texts: str) -> bytes:
    """A whole answer, with an event for each text."""
    return EVENTS + b"\r\n" + framed(*(f"data: {text}\n\n".encode() for text in texts)) + END


class Keeping(RawServer):
    """One such server: each request gets the next of `steps`, the last one stays for all further.

    A connection is kept after a step unless the step has closed it. `heard` has for each request
    the number of its connection, from 1, and the body.
    """

    def __init__(self, *steps: Step) -> None:
        super().__init__()
        self._steps = list(steps)
        self.heard: list[tuple[int, bytes]] = []

    def has_heard(self, requests: int, seconds: float = 10) -> bool:
        """Whether so many requests have come, within `seconds`."""
        return self.comes(lambda: len(self.heard) >= requests, seconds)

    def serve(self, connection: socket.socket, number: int) -> None:
        """Do the next step with each request."""
        while (body := _request(connection)) is not None:
            with self.changed:
                self.heard.append((number, body))
                step = self._steps[0]
                self._steps = self._steps[1:] or self._steps
                self.changed.notify_all()
            step(connection)


def _request(connection: socket.socket) -> bytes | None:
    """The body of the next request; None at the end, also in the middle of one."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (got := connection.recv(65536)):
            return None
        data += got
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    while len(body) < int(fields.get(b"content-length", 0)):
        if not (got := connection.recv(65536)):
            return None
        body += got
    return body
