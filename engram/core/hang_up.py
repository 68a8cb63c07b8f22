"""Requests sessions whose calls can be ended from another thread.

The timeout of requests limits silence. A server that sends a byte a second can hold a call for
ever, in the headers as well as in the body. `HangUpSession.hang_up` shuts down the sockets of the
call, which ends it wherever it is.
"""

import contextlib
import re
import socket
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter

LARGEST_BODY = 20_000_000


class _Opened(NamedTuple):
    connection: weakref.ref[Any]
    handle: socket.socket


class HangUpSession(requests.Session):
    """A session whose calls can be ended from another thread; close it when they are over."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._sockets: list[_Opened] = []
        self._over = False
        # A session that is never closed holds its sockets only as long as it lives.
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
            # A session that lives long must not collect the handles of closed connections.
            for known in tuple(self._sockets):
                if getattr(known.connection(), "sock", None) is None:
                    self._sockets.remove(known)
                    known.handle.close()
            if not self._over:
                self._sockets.append(_Opened(weakref.ref(connection), handle))
                return
        # `hang_up` may have run while we were connecting; it cannot know about this socket, so
        # close it here.
        with contextlib.suppress(OSError), handle:
            handle.shutdown(socket.SHUT_RDWR)
        raise OSError("the call was given up")

    def hang_up(self) -> None:
        """End the call, from any thread; whatever waits for the server gets an error at once."""
        self._over = True
        with self._lock:
            for opened in self._sockets:
                with contextlib.suppress(OSError):
                    opened.handle.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def ended_after(self, seconds: float) -> Iterator[None]:
        """End the call if the block takes longer. Raises `requests.ReadTimeout`."""
        timer = threading.Timer(seconds, self.hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
        # requests takes headers that break off for complete ones.
        if self._over:
            raise requests.ReadTimeout(f"not within {seconds:g} s")

    def close(self) -> None:
        """Close all connections."""
        super().close()
        with self._lock:
            _close(self._sockets)


class WatchedAdapter(HTTPAdapter):
    """Tells its session of each connection that it opens."""

    def __init__(self, session: HangUpSession) -> None:
        super().__init__()
        self._session = session
        self._pools: list[Any] = []

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """The pool that requests makes for a server, with each of its connections watched."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        if pool not in self._pools:
            self._pools.append(pool)
            pool.ConnectionCls = _watched(pool.ConnectionCls, self._session)
        return pool

    def close(self) -> None:
        """Close all pools."""
        super().close()
        # urllib3 closes a pool when it is garbage. These never become garbage: the finalizer that
        # is to close one refers to its connections, they to the session, and that to the pool.
        for pool in self._pools:
            pool.close()


def _watched(kind: Any, session: HangUpSession) -> Any:
    class Watched(kind):  # type: ignore[misc]
        def connect(self) -> None:
            """Connect, and hand the socket to the session."""
            super().connect()
            session.opened(self)

    return Watched


def _close(sockets: list[_Opened]) -> None:
    while sockets:
        sockets.pop().handle.close()


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that a server asks to wait (RFC 9110, 10.2.3); None if it does not ask.

    A time of day is compared with the server's own clock if it tells the time.
    """
    value = headers.get("Retry-After", "")
    if re.fullmatch(r"\d+(\.\d+)?", value, re.ASCII):
        return float(value[:9])
    until, now = http_date(value), http_date(headers.get("Date", ""))
    return None if until is None else max(0.0, until - (time.time() if now is None else now))


def http_date(header: str) -> float | None:
    """An HTTP date (RFC 9110, 5.6.7) in seconds since the epoch; None if `header` is not one."""
    try:
        date = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp()
