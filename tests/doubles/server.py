"""What the doubles share: a small HTTP/1.1 server on 127.0.0.1 that can be killed and brought back.

Each connection has a daemon thread and is kept alive. Requests are read by hand, because the
parser in `http.server` costs more than everything else that a double does.
"""

from __future__ import annotations

import contextlib
import json
import selectors
import signal
import socket
import struct
import threading
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from socketserver import StreamRequestHandler, TCPServer
from types import FrameType
from typing import Any, TypeVar
from urllib.parse import unquote

from tests.machine_speed import within

_KNOWN = {status.value for status in HTTPStatus}
Double = TypeVar("Double", bound="LoopbackServer")
Result = TypeVar("Result")


class Gone(Exception):
    """The other side closed the connection, or the double was stopped."""


@dataclass(frozen=True)
class Request:
    """One HTTP request; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    head_bytes: int
    at: float = field(default_factory=time.monotonic)


class Connection(StreamRequestHandler):
    """One kept-alive connection; hands each request to `LoopbackServer.respond`."""

    server: _Listener
    disable_nagle_algorithm = True
    closing = False

    def handle(self) -> None:
        """Answers requests until one side closes; a vanished client is no error."""
        try:
            while not self.closing and (request := self._read()) is not None:
                if request.head_bytes > self.server.owner.head_limit:
                    self.server.owner.on_oversized_head(request)
                    self.reply(431, b"", headers=(("Connection", "close"),))
                    return
                self.server.owner.respond(self, request)
        except (OSError, Gone):
            return

    def _read(self) -> Request | None:
        line = self.rfile.readline()
        if not line.strip():
            return None
        if line.count(b" ") != 2 or b" HTTP/1." not in line:
            # No HTTP: the beginning of TLS, for example.
            return None
        method, target, _version = line.decode("latin-1").split(" ")
        headers, size = {}, len(line)
        while (header := self.rfile.readline()) not in (b"\r\n", b"\n", b""):
            name, _, value = header.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
            size += len(header)
        length = int(headers.get("content-length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            # The client died in the middle of its request: nobody asked anything.
            return None
        path, _, query = target.partition("?")
        return Request(method, unquote(path), query, headers, body, size)

    def reply(
        self,
        status: int,
        body: bytes,
        content_type: str = "application/json",
        headers: tuple[tuple[str, str], ...] = (),
        missing: int = 0,
    ) -> None:
        """Sends a whole answer in one packet. `missing`: bytes that are promised but never sent."""
        length = ("Content-Length", str(len(body) + missing))
        self._send(_head(status, (("Content-Type", content_type), length, *headers)) + body)
        if missing or ("Connection", "close") in headers:
            self.close()

    def reply_json(
        self, status: int, value: object, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        """Sends `value` as JSON."""
        self.reply(status, json.dumps(value).encode(), headers=headers)

    def open_stream(self, content_type: str) -> None:
        """Sends the head of a chunked answer; `chunk` and `end_stream` follow."""
        fields = (("Content-Type", content_type), ("Cache-Control", "no-cache"))
        self._send(_head(200, (*fields, ("Transfer-Encoding", "chunked"))))

    def chunk(self, data: bytes) -> None:
        """Sends one chunk in one packet; raises Gone when nobody is there to take it."""
        self._send(b"%x\r\n%s\r\n" % (len(data), data))

    def end_stream(self) -> None:
        """Ends a chunked answer properly."""
        self._send(b"0\r\n\r\n")

    def _send(self, data: bytes) -> None:
        try:
            self.wfile.write(data)
        except (OSError, ValueError) as err:
            raise Gone from err

    def pause(self, seconds: float | None) -> None:
        """Waits (None: for ever); raises Gone once the client hangs up or the double stops."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ)
            if not selector.select(seconds):
                return
        with contextlib.suppress(OSError):
            if self.connection.recv(1, socket.MSG_PEEK):
                raise ValueError("a request before the last one was answered: pipelining")
        raise Gone

    def close(self) -> None:
        """Hangs up in an orderly way once the current answer is out."""
        self.closing = True

    def reset(self) -> None:
        """Hangs up with a TCP reset; the client sees ECONNRESET."""
        self.closing = True
        with contextlib.suppress(OSError):
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.rfile.close()
        self.connection.close()


def _head(status: int, fields: tuple[tuple[str, str], ...]) -> bytes:
    phrase = HTTPStatus(status).phrase if status in _KNOWN else "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{k}: {v}" for k, v in fields)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


class _Listener(ThreadingHTTPServer):
    """One life of a double: from `start` to `stop`."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, owner: LoopbackServer, port: int) -> None:
        self.owner = owner
        self.stopping = False
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), Connection)

    def server_bind(self) -> None:
        """Binds without http.server's look-up of the host's name, which may ask a name server."""
        TCPServer.server_bind(self)

    def accept_until_stopped(self) -> None:
        """Blocks in accept; `stop` wakes it with a connection of its own."""
        while not self.stopping:
            self.handle_request()

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Keeps track of the open sockets; none is taken once the server is stopping."""
        with self._lock:
            self._open.add(request)
            return not self.stopping

    def close_request(self, request: Any) -> None:
        """Forgets the socket."""
        with self._lock:
            self._open.discard(request)
        super().close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A bug in the double is shown where a test can see it, not swallowed."""
        self.owner.failed_in_thread()

    def stop(self, accepting: threading.Thread) -> None:
        """Closes the listening and all established sockets."""
        with self._lock:
            for client in self._open:
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            socket.create_connection(self.server_address[:2], timeout=1).close()  # type: ignore[arg-type]
        accepting.join(5)
        self.server_close()


class LoopbackServer(ABC):
    """A double: `with Double() as double:`, or `start()` and `stop()`, as often as one likes.

    `stop` is what clients see when a server is killed; `start` brings it back on the same port with
    everything that it knew.
    """

    head_limit = 8192

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.errors: list[str] = []
        self._listener: _Listener | None = None
        self._accepting: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it listens, or listened last, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self: Double) -> Double:
        """Listens: on a free port the first time, afterwards on the same one."""
        self._listener = _Listener(self, self.port)
        self.port = self._listener.server_address[1]
        accept = self._listener.accept_until_stopped
        self._accepting = threading.Thread(target=accept, name=type(self).__name__, daemon=True)
        self._accepting.start()
        return self

    def stop(self) -> None:
        """Closes the listening and every established socket at once; what it knew stays."""
        listener, self._listener = self._listener, None
        if listener is None or self._accepting is None:
            return
        listener.stopping = True
        with self.changed:
            self.on_stop()
            self.changed.notify_all()
        listener.stop(self._accepting)

    def __enter__(self: Double) -> Double:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    @abstractmethod
    def respond(self, connection: Connection, request: Request) -> None:
        """Answers one request."""

    def on_stop(self) -> None:  # noqa: B027 - not every double has something to do
        """Wakes handlers that wait on a condition; `connection.server.stopping` is set already."""

    def on_oversized_head(self, request: Request) -> None:  # noqa: B027 - the same
        """Is told when request line and headers are larger than `head_limit`."""

    def failed_in_thread(self) -> None:
        """Prints and remembers the exception that a handler died of."""
        trace = traceback.format_exc()
        self.errors.append(trace)
        print(trace)

    def report(self) -> str:
        """What happened so far, for the message of a failed wait."""
        return ""

    def wait_for(self, predicate: Callable[[], Result], timeout: float = 30) -> Result:
        """Waits until `predicate()` is true and returns its value.

        It is evaluated after every request; raises AssertionError with a transcript on time-out.
        """

        def wait(moment: float) -> Result:
            with self.changed:
                return self.changed.wait_for(predicate, moment)

        result = within(timeout, wait)
        with self.lock:
            assert result, f"not within {timeout:g} s\n{self.report()}"
        return result


def serve(double: LoopbackServer) -> None:
    """Runs a double as a process: says where it listens, serves until SIGTERM or Ctrl-C."""
    done = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        done.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with double:
        print(f"listening on {double.url}", flush=True)
        done.wait()
