"""Proxies on the way to a model server: one that speaks HTTP, and one that speaks SOCKS 5.

with HttpProxy(server.port) as proxy:
    requests.get("http://model.example/", proxies={"http": proxy.url})

Whatever machine they are asked for, they lead to the port that they were given.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from abc import ABC, abstractmethod
from types import TracebackType

_ABSOLUTE = re.compile(rb"^(\w+) http://[^/]+(/\S*)")


class Proxy(ABC):
    """One of them. `accepted` counts the connections; those of `refuses` are not let through."""

    scheme: str

    def __init__(self, port: int) -> None:
        self.accepted = 0
        self.refuses = False
        self._port = port
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        """Its address."""
        return f"{self.scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Proxy:
        self._start(self._accept)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _err: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        _shut(self._listener)
        self.hang_up()
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def hang_up(self) -> None:
        """Close all connections."""
        for sock in self._open:
            _shut(sock)

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.accepted += 1
                self._open.append(client)
                self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            if not self._greet(client):
                return
            with socket.create_connection(("127.0.0.1", self._port)) as server:
                self._open.append(server)
                back = threading.Thread(target=_pour, args=(server, client), daemon=True)
                back.start()
                while data := client.recv(65536):
                    server.sendall(self._passed_on(data))
                _shut(server)
                back.join()

    @abstractmethod
    def _greet(self, client: socket.socket) -> bool:
        """What comes before the first request; whether `client` is let through."""

    def _passed_on(self, data: bytes) -> bytes:
        return data


class HttpProxy(Proxy):
    """A proxy for http:// addresses, whose requests begin with the whole address."""

    scheme = "http"

    def _greet(self, client: socket.socket) -> bool:
        if self.refuses:
            client.recv(65536)
            client.sendall(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
            )
        return not self.refuses

    def _passed_on(self, data: bytes) -> bytes:
        return _ABSOLUTE.sub(rb"\1 \2", data)


class SocksProxy(Proxy):
    """A proxy that passes on whatever it gets, once it knows where to (RFC 1928)."""

    scheme = "socks5h"

    def _greet(self, client: socket.socket) -> bool:
        client.recv(257)
        client.sendall(b"\x05\x00")
        client.recv(262)
        client.sendall(bytes([5, 2 if self.refuses else 0, 0, 1, 127, 0, 0, 1, 0, 1]))
        return not self.refuses


def _pour(source: socket.socket, to: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            to.sendall(data)
    _shut(to)


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
