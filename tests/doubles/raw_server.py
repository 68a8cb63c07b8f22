"""`RawServer`: what servers that speak through raw sockets have in common."""

from __future__ import annotations

import contextlib
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from tests.machine_speed import within

S = TypeVar("S", bound="RawServer")


class RawServer(ABC):
    """Listens on 127.0.0.1 during a `with` block, with a thread for each connection.

    `accepted` counts the connections, and `open` has those that are not at their end.
    """

    scheme = "http"

    def __init__(self) -> None:
        self.accepted = 0
        self.open: set[socket.socket] = set()
        self.changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Its address."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def __enter__(self: S) -> S:
        self._start(self._accept)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _err: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        # Closing alone would not wake up who waits in `accept` or `recv`.
        shut(self._listener)
        self.hang_up()
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def hang_up(self) -> None:
        """End all connections."""
        with self.changed:
            for connection in self.open:
                shut(connection)

    def is_reached(self, seconds: float = 10) -> bool:
        """Whether a client has connected, within `seconds`."""
        return self.comes(lambda: bool(self.open), seconds)

    def is_left(self, seconds: float = 10) -> bool:
        """Whether all clients have hung up, within `seconds`."""
        return self.comes(lambda: not self.open, seconds)

    def comes(self, state: Callable[[], bool], seconds: float) -> bool:
        """Whether `state` holds within `seconds`."""

        def wait(moment: float) -> bool:
            with self.changed:
                return self.changed.wait_for(state, moment)

        return within(seconds, wait)

    @abstractmethod
    def serve(self, connection: socket.socket, number: int) -> None:
        """Do what there is to do with a connection, until its end; the first has the number 1."""

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self.changed:
                    self.accepted += 1
                    self.open.add(connection)
                    self.changed.notify_all()
                self._start(self._work, connection, self.accepted)

    def _work(self, connection: socket.socket, number: int) -> None:
        with connection, contextlib.suppress(OSError):
            self.serve(connection, number)
        with self.changed:
            self.open.remove(connection)
            self.changed.notify_all()


def shut(sock: socket.socket) -> None:
    """End a connection, also where a thread waits for it."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
