"""`QuickConnection`: a request in one piece, and the head of its answer read as what it is.

http.client writes a head and a body apart, header by header, and reads heads as those of mails.
That takes a third of the time of a call.
"""

import http.client
from typing import Any

import urllib3

from engram.core.http.arriving import ArrivingResponse


class QuickConnection:
    """To be put before a kind of connection of urllib3, which opens, proves and closes it.

    A request has to name its `Host` and the length of its body, and its headers have been checked.
    """

    _asked: tuple[str, str, dict[str, Any]]
    _answer: ArrivingResponse | None = None

    def request(
        self, method: str, url: str, body: Any, headers: Any, *, chunked: bool, **options: Any
    ) -> None:
        """Send a request whose `body` is a text, bytes or None."""
        me: Any = self
        if chunked or (self._answer and not self._answer.isclosed()):
            raise http.client.CannotSendRequest
        self._asked = method, url, options
        if me.sock is None:
            me.connect()
        me.sock.settimeout(me.timeout)
        lines = [f"{method} {url} HTTP/1.1", *map(": ".join, headers.items()), "", ""]
        body = body.encode() if isinstance(body, str) else body or b""
        me.sock.sendall("\r\n".join(lines).encode("latin-1") + body)

    def getresponse(self) -> urllib3.HTTPResponse:
        """The answer to the request, as soon as its head is there."""
        me: Any = self
        method, url, options = self._asked
        me.sock.settimeout(me.timeout)
        answer = self._answer = ArrivingResponse(me.sock, method=method)
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
        super().close()  # type: ignore[misc]
        answer, self._answer = self._answer, None
        if answer:
            answer.close()
