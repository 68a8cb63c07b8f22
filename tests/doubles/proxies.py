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
from abc import abstractmethod

from tests.doubles.raw_server import RawServer, shut

_ABSOLUTE = re.compile(rb"^(\w+) http://[^/]+(/\S*)")


class Proxy(RawServer):
    """One of them. What it `refuses` is not let through."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.refuses = False
        self._port = port

    def serve(self, connection: socket.socket, _number: int) -> None:
        """Pass on what comes from either side."""
        if not self._greet(connection):
            return
        with socket.create_connection(("127.0.0.1", self._port)) as server:
            back = threading.Thread(target=_pour, args=(server, connection), daemon=True)
            back.start()
            with contextlib.suppress(OSError):
                while data := connection.recv(65536):
                    server.sendall(self._passed_on(data))
            shut(server)
            back.join()

    @abstractmethod
    def _greet(self, client: socket.socket) -> bool:
        """What comes before the first request; whether `client` is let through."""

    def _passed_on(self, data: bytes) -> bytes:
        return data


class HttpProxy(Proxy):
    """A proxy for http:// addresses, whose requests begin with the whole address."""

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
    shut(to)
