"""The bodies of HTTP answers as they arrive, and whether a connection can be used again after one.

A stream of events comes in chunks of a line or two. http.client reads them one at a time, also
where many have arrived; to read them together costs a tenth of that.
"""

import contextlib
import http.client
import io
import re
import socket
from collections.abc import Iterator
from http.client import CONTINUE, NO_CONTENT, NOT_MODIFIED, OK
from typing import Any

import requests
from urllib3 import HTTPHeaderDict
from urllib3.exceptions import HTTPError

from engram.core.http.deadlines import Deadline

CHUNK = 65536
LARGEST_BODY = 20_000_000
MOST_HEADERS = 100
# How long (s) is waited for what ends a body once all that is in it was read, and how long that may
# take if it drips in.
SOON, LATE = 0.001, 0.1
# What stands before the data of a chunk, with the end of the chunk before it (RFC 9112, 7.1).
_SIZE = re.compile(rb"\r\n([0-9A-Fa-f]{1,8})(?:;[^\r\n]*)?\r\n")
# The first line of an answer (RFC 9112, 4).
_STATUS = re.compile(r"HTTP/1\.(\d)\s+([1-9]\d\d)(?!\S)", re.ASCII)
_LENGTH = re.compile(r"\d{1,18}", re.ASCII)
_END = b"\r\n0\r\n\r\n"


class ArrivingResponse(http.client.HTTPResponse):
    """An answer whose `read1` takes all chunks that have arrived as a whole."""

    headers: Any
    msg: Any

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        # http.client's own buffer does not hold a whole answer of a fast model.
        self.fp.close()
        self.fp = io.BufferedReader(sock.makefile("rb", 0), CHUNK)

    def begin(self) -> None:
        """Read the head; what is no answer yet has another one behind it, which is nobody's."""
        self.status = CONTINUE
        while self.status == CONTINUE:
            line = self._line()
            if not line:
                raise http.client.RemoteDisconnected("the server closed the connection")
            if not (found := _STATUS.match(line)):
                raise http.client.BadStatusLine(line)
            self.version = 10 if found[1] == "0" else 11
            self.status, self.reason = int(found[2]), line[found.end() :].strip()
            self.headers = self.msg = self._head()
        self.chunked = self.headers.get("Transfer-Encoding", "").lower() == "chunked"
        length, _, _ = self.headers.get("Content-Length", "").partition(",")
        self.chunk_left = self.length = None
        if self.status < OK or self.status in (NO_CONTENT, NOT_MODIFIED):
            self.length = 0
        elif not self.chunked and _LENGTH.fullmatch(length.strip()):
            self.length = int(length)
        says = self.headers.get("Connection", "").lower()
        self.will_close = (
            self.status < OK
            or ("close" in says if self.version == 11 else "keep-alive" not in says)
            or not (self.chunked or self.length is not None)
        )

    def _head(self) -> HTTPHeaderDict:
        headers = HTTPHeaderDict()
        for _ in range(MOST_HEADERS):
            if (line := self._line()) in ("\r\n", "\n", ""):
                return headers
            name, _, value = line.partition(":")
            headers.add(name, value.strip())
        raise http.client.HTTPException(f"more than {MOST_HEADERS} headers")

    def _line(self) -> str:
        line = self.fp.readline(CHUNK)
        if len(line) == CHUNK:
            raise http.client.LineTooLong("header line")
        return line.decode("latin-1")

    def read1(self, n: int = -1) -> bytes:
        """What has arrived of the body, at most `n` bytes of a chunk that has not wholly."""
        if self.isclosed() or not self.chunked or self.chunk_left:
            return super().read1(n)
        # Before the first chunk is the head, which has ended.
        before = b"\r\n" if self.chunk_left is None else b""
        arrived, pieces, at = before + self.fp.peek(), [], 0
        while size := _SIZE.match(arrived, at):
            begin = size.end()
            end = begin + int(size[1], 16)
            if not begin < end <= len(arrived):
                break
            pieces.append(arrived[begin:end])
            at = end
        if not pieces:
            return super().read1(n)
        self.fp.read(at - len(before))
        self.chunk_left = 0
        if arrived[at:] == _END:
            # The connection is free for another call before anybody looks at what was read.
            super().read1(n)
        return b"".join(pieces)


class TooLargeError(requests.RequestException):
    """A body is longer than whoever asks for it takes."""


def chunks(response: requests.Response, most: int = LARGEST_BODY) -> Iterator[bytes]:
    """The body of a `response` that was not read yet, decompressed, as it arrives.

    The iterators of requests would wait for a full chunk, and read lines between chunks of whatever
    length into memory. Raises errors of urllib3, and `TooLargeError` after `most` bytes.
    """
    received = 0
    while chunk := response.raw.read1(CHUNK, decode_content=True):
        received += len(chunk)
        if received > most:
            response.close()
            raise TooLargeError(f"its answer is longer than {most:,} bytes")
        yield chunk


def read_end(response: requests.Response, deadline: Deadline) -> None:
    """Read the end of a `response` of which all else was read, so that its connection is free.

    What does not come at once is not waited for: closing the response closes the connection then.
    `deadline` is that of the call.
    """
    sock = getattr(response.raw.connection, "sock", None)
    if sock:
        deadline.extend(LATE)
        with contextlib.suppress(HTTPError, OSError):
            patience = sock.gettimeout()
            sock.settimeout(SOON)
            response.raw.read1(CHUNK, decode_content=True)
            sock.settimeout(patience)
