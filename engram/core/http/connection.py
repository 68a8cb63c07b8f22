"""`QuickConnection`: a request in one piece, and the head of its answer read as what it is.

http.client writes a head and a body apart, header by header, and reads heads as those of mails.
That takes a third of the time of a call.
"""

import http.client
import socket
from typing import Any, Protocol

import urllib3
from urllib3.connection import HTTPConnection

from engram.core.http.arriving import ArrivingResponse


class Watcher(Protocol):
    """Whoever can end calls; both raise OSError if this one was ended."""

    def opened(self, connection: Any, sock: socket.socket) -> None:
        """Know the socket of a new connection."""

    def uses(self, connection: Any) -> None:
        """Know that the call of this thread goes through `connection`."""


class QuickConnection(HTTPConnection):
    """To be put before another kind of connection of urllib3; its `watcher` is told of its use.

    A request has to name its `Host` and the length of its body, and its headers have been checked.
    """

    watcher: Watcher
    _asked: tuple[str, str, dict[str, Any]]
    _answer: ArrivingResponse | None = None

    def _new_conn(self) -> socket.socket:
        """Open a socket, and have it known before anything is said through it."""
        sock = super()._new_conn()
        try:
            self.watcher.opened(self, sock)
        except OSError:
            sock.close()
            raise
        return sock

    def _tunnel(self) -> None:
        """Ask a proxy for the way; whose answer broke off is taken for one that agrees."""
        super()._tunnel()
        self.watcher.uses(self)

    def request(
        self,
        method: str,
        url: str,
        body: Any = None,
        headers: Any = None,
        *,
        chunked: bool = False,
        **options: Any,
    ) -> None:
        """Send a request whose `body` is a text, bytes or None, perhaps not the first one here."""
        self.watcher.uses(self)
        if chunked or (self._answer and not self._answer.isclosed()):
            raise http.client.CannotSendRequest
        self._asked = method, url, options
        if self.sock is None:
            self.connect()
        self.sock.settimeout(self.timeout)
        lines = [f"{method} {url} HTTP/1.1", *map(": ".join, headers.items()), "", ""]
        body = body.encode() if isinstance(body, str) else body or b""
        self.sock.sendall("\r\n".join(lines).encode("latin-1") + body)

    def getresponse(self) -> Any:
        """The answer to the request, as soon as its head is there."""
        method, url, options = self._asked
        self.sock.settimeout(self.timeout)
        answer = self._answer = ArrivingResponse(self.sock, method=method)
        answer.begin()
        if answer.will_close:
            # It goes on with the socket alone.
            self._answer = None
            self.close()
        return urllib3.HTTPResponse(
            answer,
            answer.headers,
            answer.status,
            answer.version,
            reason=answer.reason,
            original_response=answer,
            request_method=method,
            request_url=url,
            **options,
        )

    def close(self) -> None:
        """Close the connection, and the answer that is read from it."""
        super().close()
        answer, self._answer = self._answer, None
        if answer:
            answer.close()
