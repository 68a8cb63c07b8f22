"""A server that keeps its connections, and does with each request what a test says; raw sockets.

with Keeping(lambda connection: connection.sendall(answered("hi"))) as server:
    requests.post(server.url)
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType

from tests.machine_speed import within

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


class Keeping:
    """One such server: each request gets the next of `steps`, the last one stays for all further.

    A connection is kept after a step unless the step has closed it. `heard` has for each request
    the number of its connection, from 1, and the body.
    """

    def __init__(self, *steps: Step) -> None:
        self._steps = list(steps)
        self.heard: list[tuple[int, bytes]] = []
        self.accepted = 0
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Keeping:
        self._start(self._accept)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _err: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        # Closing alone would not wake up who waits in `accept` or `recv`.
        with self._changed:
            for sock in (self._listener, *self._open):
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def has_heard(self, requests: int, seconds: float = 10) -> bool:
        """Whether so many requests have come, within `seconds`."""
        return self._waited(seconds, lambda: len(self.heard) >= requests)

    def is_left(self, seconds: float = 10) -> bool:
        """Whether all clients have hung up, within `seconds`."""
        return self._waited(seconds, lambda: not self._open)

    def _waited(self, seconds: float, until: Callable[[], bool]) -> bool:
        def wait(moment: float) -> bool:
            with self._changed:
                return self._changed.wait_for(until, moment)

        return within(seconds, wait)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._changed:
                    self.accepted += 1
                    self._open.add(connection)
                self._start(self._serve, connection, self.accepted)

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection, contextlib.suppress(OSError):
            while (body := _request(connection)) is not None:
                with self._changed:
                    self.heard.append((number, body))
                    step = self._steps[0]
                    self._steps = self._steps[1:] or self._steps
                    self._changed.notify_all()
                step(connection)
        with self._changed:
            self._open.remove(connection)
            self._changed.notify_all()


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
