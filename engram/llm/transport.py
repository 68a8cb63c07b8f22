"""HTTP to a model server, with every failure translated into one of Engram's own errors.

This is the edge: no exception of requests or urllib3 gets beyond it. A timeout is the time without
any event, never that of the whole answer: a server that only keeps its connection warm does not
count as alive.
"""

import contextlib
import errno
import ipaddress
import json
import math
import socket
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError

from engram.core.errors import GiveUpError, ResponderError, TryAgainError, UnavailableError
from engram.core.http.arriving import CHUNK, LARGEST_BODY, TooLargeError, chunks, read_end
from engram.core.http.deadlines import Deadline
from engram.core.http.hang_up import HangUpSession
from engram.core.http.headers import retry_after
from engram.core.http.kept import KeptSessions
from engram.core.stop import Stop
from engram.llm.context.overflow import overflow
from engram.llm.refusals import refused, stated
from engram.llm.sse import DOCUMENT, EventParser, ServerSentEvent

# How long a server may take to say why it refuses; seconds.
EXPLAINING = 5.0


@dataclass(frozen=True, slots=True)
class Transport:
    """Requests to the server at `base_url`; safe to use from several threads.

    `headers` go with every request, `connect_timeout` is in seconds. `credential` is what the
    server's token is called in .env. A `local` server, and any at a private address, is reached
    without the proxy that the environment may name.
    """

    base_url: str
    headers: dict[str, str] = field(repr=False)
    connect_timeout: float
    credential: str
    local: bool = False
    _kept: KeptSessions = field(default_factory=KeptSessions, repr=False, compare=False)

    def get(self, path: str, timeout: float) -> Any:
        """The JSON document at `path`. Raises a `ResponderError`."""
        with self._open("GET", path, None, timeout, Stop()) as (response, deadline):
            deadline.extend(timeout)
            return _json(_read(response, LARGEST_BODY, deadline))

    def post(self, path: str, body: dict[str, Any], timeout: float) -> Any:
        """The JSON document that answers `body`. Raises a `ResponderError`."""
        # What may have been done already is not asked for again.
        with self._open("POST", path, body, timeout, Stop(), anew=True) as (response, deadline):
            deadline.extend(timeout)
            document = _json(_read(response, LARGEST_BODY, deadline))
        if error := stated(document):
            raise refused(response.status_code, error, None, self.credential)
        return document

    def stream(
        self, path: str, body: dict[str, Any], timeout: float, stop: Stop
    ) -> Generator[list[ServerSentEvent], None, None]:
        """Post `body` and yield the events of the answer as they come, those together that do.

        A JSON document is passed on whole, as one event named `DOCUMENT`.
        Raises `TryAgainError` after `timeout` seconds without any event, other `ResponderError`s,
        and `StoppedError` after `stop`, which closes the connection at once, as does closing the
        generator. That ends the generation.
        """
        with self._open("POST", path, body, timeout, stop) as (response, deadline):
            deadline.extend(timeout)
            if document := _document(response, deadline, self.credential):
                deadline.extend(math.inf)
                yield [document]
                return
            parser = EventParser()
            for chunk in chunks(response, LARGEST_BODY):
                stop.check()
                if events := parser.feed(chunk):
                    # What the reader does with them takes nothing from the server's time.
                    deadline.extend(math.inf)
                    yield events
                    deadline.extend(timeout)
            deadline.check()
            deadline.extend(math.inf)
            # Some servers leave out the blank line after the last event.
            if events := parser.feed(b"\n\n"):
                yield events

    @contextlib.contextmanager
    def _open(
        self, method: str, path: str, body: Any, timeout: float, stop: Stop, *, anew: bool = False
    ) -> Iterator[tuple[requests.Response, Deadline]]:
        """Send a request, on a connection of its own if it is to be sent `anew`."""
        session, patience = self._kept.take(anew=anew), (self.connect_timeout, timeout)
        with (
            _translated(timeout, self.connect_timeout, stop),
            # Silence alone would not end what drips in byte by byte.
            self._kept.ended_after(session, sum(patience)) as deadline,
            stop.calls(deadline.end_now),
            self._sent(session, method, self.base_url + path, body, patience) as response,
        ):
            deadline.check()
            self._require_success(response, deadline)
            try:
                yield response, deadline
            except GeneratorExit:
                read_end(response, deadline)
                raise

    def _sent(
        self,
        session: HangUpSession,
        method: str,
        url: str,
        body: Any,
        patience: tuple[float, float],
    ) -> requests.Response:
        session.headers.update(self.headers)
        session.trust_env = not (self.local or is_private(url))
        # What is asked directly needs nothing of the environment.
        way: Any = {"stream": True}
        if session.trust_env:
            way = session.merge_environment_settings(url, {}, True, None, None)
        return session.ask(session.prepared(method, url, body), timeout=patience, **way)

    def _require_success(self, response: requests.Response, deadline: Deadline) -> None:
        if response.status_code < 300:
            return
        error: Any = None
        deadline.extend(EXPLAINING)
        with contextlib.suppress(ResponderError, HTTPError, requests.RequestException, OSError):
            error = _complaint(_read(response, CHUNK, deadline))
        wait = retry_after(response.headers)
        raise refused(response.status_code, error, wait, self.credential)


@contextlib.contextmanager
def _translated(timeout: float, connect_timeout: float, stop: Stop) -> Iterator[None]:
    """Turn what requests and urllib3 raise into errors that say what to do."""
    try:
        yield
    except (HTTPError, requests.RequestException, OSError) as err:
        # Whatever breaks once `stop` was requested broke for that reason.
        stop.check()
        raise _meaning(err, timeout, connect_timeout) from err


def _meaning(err: Exception, timeout: float, connect_timeout: float) -> ResponderError:
    if isinstance(err, TooLargeError):
        return GiveUpError(str(err))
    if isinstance(err, requests.ConnectTimeout):
        return UnavailableError(f"no connection within {connect_timeout:g} s")
    if isinstance(err, requests.ReadTimeout | ReadTimeoutError):
        return TryAgainError(f"silent for {timeout:g} s")
    if isinstance(err, requests.exceptions.SSLError):
        return UnavailableError("its TLS certificate or protocol is not accepted")
    if isinstance(err, requests.exceptions.ProxyError):
        return UnavailableError("the proxy on the way to it does not let us through")
    if isinstance(err, requests.ConnectionError):
        return _connection_error(err)
    return TryAgainError(f"the connection broke ({type(err).__name__})")


def _connection_error(err: requests.ConnectionError) -> ResponderError:
    cause = getattr(err.args[0] if err.args else None, "reason", None)
    if not isinstance(cause, NewConnectionError):
        return TryAgainError("the connection broke")
    origin = cause.__cause__ or cause.__context__
    if isinstance(origin, socket.gaierror):
        return UnavailableError("no machine has this name; is the address right, the network up?")
    number = getattr(origin, "errno", None)
    reasons = {
        errno.ECONNREFUSED: "connection refused; is the server started?",
        errno.EHOSTUNREACH: "no route to the host (113); is the address right, the network up?",
        errno.ENETUNREACH: "the network is unreachable (101)",
    }
    return UnavailableError(reasons.get(number or 0, f"no connection ({type(cause).__name__})"))


def _document(
    response: requests.Response, deadline: Deadline, credential: str
) -> ServerSentEvent | None:
    """The document that a server sends in place of a stream; None when events will follow."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == "text/event-stream":
        return None
    if kind != "application/json":
        raise GiveUpError(
            f"it sends {kind or 'no content type'} instead of events; is it a model server?"
        )
    body = _read(response, LARGEST_BODY, deadline)
    if error := stated(_json(body)):
        raise refused(response.status_code, error, None, credential)
    return ServerSentEvent(DOCUMENT, body.decode(errors="replace"))


def _read(response: requests.Response, limit: int, deadline: Deadline) -> bytes:
    body = b"".join(chunks(response, limit))
    # A body that is not as long as it was said to be looks like a whole one.
    deadline.check()
    return body


def _complaint(body: bytes) -> Any:
    """What the `body` of a refusal says is wrong: JSON, or plain words about an overflow."""
    with contextlib.suppress(GiveUpError):
        return stated(_json(body), failed=True)
    # Others may be a web page, or tell nobody anything. An exception says what it is at its end.
    *_, text = body.decode(errors="replace").strip().splitlines() or [""]
    return text if overflow(text) else None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as err:
        raise GiveUpError("its answer is not JSON; is it a model server?") from err


def is_private(url: str) -> bool:
    """Whether `url` names this machine, or an address that is only valid in its own network."""
    host = urlsplit(url).hostname or ""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_private
    return host == "localhost"
