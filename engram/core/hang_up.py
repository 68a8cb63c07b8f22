"""Requests sessions whose calls can be ended from another thread.

The timeout of requests is a limit on silence. A server that drips a byte a second holds a call for
ever, in the headers as well as in the body. `HangUpSession.hang_up` shuts the sockets of the call,
which ends it wherever it is.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from requests.adapters import HTTPAdapter

LARGEST_BODY = 20_000_000


class HangUpSession(requests.Session):
    """A session whose calls can be ended from another thread; close it when they are over."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._sockets: list[tuple[weakref.ref[Any], socket.socket]] = []
        self._over = False
        # Who forgets to close a session leaves no file open for longer than the session lives.
        weakref.finalize(self, _close, self._sockets)
        adapter = self._adapter()
        for scheme in ("http://", "https://"):
            self.mount(scheme, adapter)

    def _adapter(self) -> HTTPAdapter:
        return WatchedAdapter(self)

    def opened(self, connection: Any) -> None:
        """Keep a handle on the socket of a new connection; raises OSError after `hang_up`."""
        # A duplicate outlives every wrapping in TLS, and cannot be mistaken for a later file.
        handle = socket.fromfd(connection.sock.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        with self._lock:
            # A session that lives long must not collect the handles of connections that are over.
            closed = [known for known in self._sockets if getattr(known[0](), "sock", None) is None]
            for known in closed:
                self._sockets.remove(known)
                known[1].close()
            if not self._over:
                self._sockets.append((weakref.ref(connection), handle))
                return
        # Whoever hung up may have closed the session since, and does not look after this one.
        with contextlib.suppress(OSError), handle:
            handle.shutdown(socket.SHUT_RDWR)
        raise OSError("the call was given up")

    def hang_up(self) -> None:
        """End the call, from whichever thread; what waits for the server gets an error at once."""
        self._over = True
        with self._lock:
            for _, handle in self._sockets:
                with contextlib.suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def ended_after(self, seconds: float) -> Iterator[None]:
        """End the call if the block is not done by then. Raises `requests.ReadTimeout`."""
        timer = threading.Timer(seconds, self.hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
        # A head that breaks off passes for a complete one.
        if self._over:
            raise requests.ReadTimeout(f"not within {seconds:g} s")

    def close(self) -> None:
        """Close all connections."""
        super().close()
        with self._lock:
            _close(self._sockets)


class WatchedAdapter(HTTPAdapter):
    """Tells its session of each connection that is opened."""

    def __init__(self, session: HangUpSession) -> None:
        super().__init__()
        self._session = session
        self._pools: list[Any] = []

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """The pool of connections to a server, as requests makes it, with all of them watched."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        if pool not in self._pools:
            self._pools.append(pool)
            pool.ConnectionCls = _watched(pool.ConnectionCls, self._session)
        return pool

    def close(self) -> None:
        """Close all pools."""
        super().close()
        # urllib3 closes a pool once it is garbage. These never are: the finalizer that is to do it
        # refers to the connections, those to the session, and that to the pool.
        for pool in self._pools:
            pool.close()


def _close(handles: list[tuple[Any, socket.socket]]) -> None:
    while handles:
        handles.pop()[1].close()


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that a server asks to wait (RFC 9110, 10.2.3), None when it does not.

    A time of day is compared with the server's own clock where it tells it.
    """
    value = headers.get("Retry-After", "")
    if re.fullmatch(r"\d+(\.\d+)?", value, re.ASCII):
        return float(value[:9])
    until, now = http_date(value), http_date(headers.get("Date", ""))
    return None if until is None else max(0.0, until - (time.time() if now is None else now))


def _watched(kind: Any, session: HangUpSession) -> Any:
    class Watched(kind):  # type: ignore[misc]
        def connect(self) -> None:
            """Connect, and hand the socket to the session."""
            super().connect()
            session.opened(self)

    return Watched


def http_date(header: str) -> float | None:
    """The time of an HTTP date (RFC 9110, 5.6.7) in seconds since the epoch, None for no date."""
    try:
        date = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp()
