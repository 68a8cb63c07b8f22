"""Requests sessions whose calls can be ended from another thread.

The timeout of requests limits silence. A server that sends a byte a second can hold a call for
ever: in the answer of a proxy, in the headers, in the body, and in the lines around its chunks,
where not even a reader of single bytes sees anything. `HangUpSession.hang_up` and `ended_after`
shut down the sockets of the call, which ends it wherever it is.
"""

import contextlib
import json
import math
import socket
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from engram.core.http.connection import QuickConnection
from engram.core.http.deadlines import Deadline, Deadlines
from engram.core.http.trust import TrustingAdapter


class _Opened(NamedTuple):
    connection: weakref.ref[Any]
    handle: socket.socket


class _Call(Deadline):
    connection: Any = None


class HangUpSession(requests.Session):
    """A session whose calls can be ended from another thread; close it when they are over.

    Several threads may share it if its `ended_after` alone is used. The deadlines are watched by
    `deadlines`, which sessions may share. If it `resends`, a request whose kept connection is dead
    before the answer begins is sent once more, on a new one: a server may do the same thing twice.
    """

    def __init__(self, deadlines: Deadlines | None = None, *, resends: bool = False) -> None:
        super().__init__()
        self._resends = resends
        self._deadlines = deadlines or Deadlines()
        self._lock = threading.Lock()
        self._sockets: list[_Opened] = []
        #: Whether `hang_up` was called: no call can be made any more.
        self.is_over = False
        self._prepared: dict[tuple[str, str], requests.PreparedRequest] = {}
        # The connection and the deadline of the call that each thread makes.
        self._call = threading.local()
        # A session that is never closed holds its sockets only as long as it lives.
        weakref.finalize(self, _close, self._sockets)
        adapter = self._adapter()
        for scheme in ("http://", "https://"):
            self.mount(scheme, adapter)

    def _adapter(self) -> HTTPAdapter:
        return WatchedAdapter(self)

    def opened(self, connection: Any, sock: socket.socket) -> None:
        """Keep a handle on the socket of a new connection; raises OSError after the end."""
        # A duplicate outlives every wrapping in TLS, and cannot be mistaken for a later file.
        handle = socket.fromfd(sock.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        with self._lock:
            # A connection that is opened anew has closed the socket that it had before.
            self._drop(lambda one: one is None or one is connection)
            self._sockets.append(_Opened(weakref.ref(connection), handle))
        self.uses(connection)

    def uses(self, connection: Any) -> None:
        """Have the call of this thread use `connection`; raises OSError after its end."""
        if call := getattr(self._call, "made", None):
            call.connection = connection
        # The end may have come while we were connecting, and could not know of this socket.
        if self.is_given_up:
            self._shut(lambda one: one is connection)
            raise OSError("the call was given up")

    @property
    def is_given_up(self) -> bool:
        """Whether the call of this thread was ended."""
        call = getattr(self._call, "made", None)
        return self.is_over or (call is not None and call.is_past)

    def prepared(self, method: str, url: str, content: Any = None) -> requests.PreparedRequest:
        """A request with `content` as JSON; to prepare it anew takes a third of a call's time."""
        known = self._prepared.get((method, url))
        if not known:
            known = self.prepare_request(requests.Request(method, url))
            self._prepared[method, url] = known
        headers: Any = {**known.headers}
        call = requests.PreparedRequest()
        call.method, call.url, call.headers = known.method, known.url, headers
        if content is not None:
            body = call.body = json.dumps(content).encode()
            headers |= {"Content-Length": str(len(body)), "Content-Type": "application/json"}
        return call

    def ask(self, call: requests.PreparedRequest, **way: Any) -> requests.Response:
        """The response to `call`, whatever it is: no redirect is followed, and no cookie kept."""
        return self.get_adapter(str(call.url)).send(call, **way)

    @property
    def resends(self) -> bool:
        """Whether a request may be sent once more."""
        return self._resends

    @property
    def is_connected(self) -> bool:
        """Whether a connection is open."""
        return any(getattr(one.connection(), "sock", None) for one in tuple(self._sockets))

    def hang_up(self) -> None:
        """End all calls, from any thread; whatever waits for a server gets an error at once."""
        self.is_over = True
        self._shut(lambda _connection: True)

    def _shut(self, is_meant: Callable[[Any], bool]) -> None:
        """Shut down the sockets of the connections that are meant."""
        with self._lock:
            for opened in self._sockets:
                if is_meant(opened.connection()):
                    with contextlib.suppress(OSError):
                        opened.handle.shutdown(socket.SHUT_RDWR)

    def _forget(self, connection: Any) -> None:
        """Let go of connections that are closed, `connection` or any that nobody has any more.

        A session that lives long must not collect their handles.
        """
        with self._lock:
            self._drop(lambda one: one is None or (one is connection and one.sock is None))

    def _drop(self, is_closed: Callable[[Any], bool]) -> None:
        for known in tuple(self._sockets):
            if is_closed(known.connection()):
                self._sockets.remove(known)
                known.handle.close()

    @contextlib.contextmanager
    def ended_after(self, seconds: float) -> Iterator[Deadline]:
        """End the call that this thread makes if the block takes longer.

        The deadline can be moved. Raises `requests.ReadTimeout` if it was not met.
        """

        def end() -> None:
            # A call that is over by now has none.
            self._shut(lambda one: one is call.connection is not None)

        call = self._call.made = _Call(end, self._deadlines)
        call.extend(seconds)
        try:
            yield call
            # requests takes headers that break off for complete ones.
            call.check()
        except (HTTPError, requests.RequestException, OSError) as err:
            if not call.is_past:
                raise
            raise requests.ReadTimeout("it took too long") from err
        finally:
            # An end that comes later must not shut down what another call does by then.
            connection, call.connection = call.connection, None
            call.extend(math.inf)
            self._call.made = None
            self._forget(connection)
        if self.is_over:
            raise requests.ReadTimeout("it was given up")

    def close(self) -> None:
        """Close all connections."""
        super().close()
        with self._lock:
            _close(self._sockets)


class WatchedAdapter(TrustingAdapter):
    """Tells its session of each connection that it opens."""

    def __init__(self, session: HangUpSession, **options: Any) -> None:
        super().__init__(**options)
        self._session = session
        self._pools: list[Any] = []
        # The server that was asked last, and its pool: all calls of a session go the same way.
        self._latest: tuple[Any, Any] = (None, None)

    def get_connection_with_tls_context(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """The pool that requests makes for a server, with each of its connections watched."""
        server, (latest, known) = request.url.split("/", 3)[:3], self._latest
        if server == latest:
            return known
        pool: Any = super().get_connection_with_tls_context(request, *args, **kwargs)
        if pool not in self._pools:
            self._pools.append(pool)
            kinds = QuickConnection, pool.ConnectionCls
            pool.ConnectionCls = type("Watched", kinds, {"watcher": self._session})
        self._latest = server, pool
        return pool

    def add_headers(self, request: Any, **_kwargs: Any) -> None:
        """Name the server, as each request has to."""
        request.headers.setdefault("Host", urlsplit(request.url).netloc.rpartition("@")[2])

    def build_response(self, request: Any, answer: Any) -> requests.Response:
        """The response to `request`, without cookies of its own: the session's are elsewhere."""
        response = requests.Response()
        response.status_code, response.reason = answer.status, answer.reason
        response.headers, response.raw = answer.headers, answer
        response.request, response.url = request, request.url
        return response

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """The response as soon as its head is there. Raises `requests.RequestException`."""
        is_kept = self._session.resends and self._session.is_connected
        try:
            return super().send(request, *args, **kwargs)
        except requests.ConnectionError as err:
            # A server may close a kept connection at the moment at which it is used again.
            if not is_kept or self._session.is_given_up or isinstance(err, requests.Timeout):
                raise
        return super().send(request, *args, **kwargs)

    def close(self) -> None:
        """Close all pools."""
        super().close()
        self._latest = None, None
        # urllib3 closes a pool when it is garbage. These never become garbage: the finalizer that
        # is to close one refers to its connections, they to the session, and that to the pool.
        while self._pools:
            self._pools.pop().close()


def _close(sockets: list[_Opened]) -> None:
    while sockets:
        sockets.pop().handle.close()
