"""What the doubles of all model servers share: requests are noted, checked, and then answered as a
test wants it, in the words of the server in question.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.doubles import full_context
from tests.doubles.lmstudio_behaviours import Answer, Behaviour, Exchange, Json, from_json
from tests.doubles.pictures import Seen, Unseen
from tests.doubles.server import Connection, Gone, LoopbackServer, Request, serve

Step = Behaviour | Callable[[Exchange], None]


class Invalid(Exception):
    """The request is refused."""

    def __init__(
        self,
        message: str,
        code: str,
        param: str | None = None,
        status: int = 400,
        kind: str = "invalid_request",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: Json = {"type": kind, "message": message, "code": code}
        self.error |= {"param": param} if param else {}


@dataclass
class Received:
    """One request. Header names are in lower case; times are monotonic seconds.

    `disconnected_at`: when the client hung up while it was being answered.
    """

    method: str
    path: str
    body: Json
    headers: dict[str, str]
    at: float
    disconnected_at: float | None = None


class ModelServerDouble(LoopbackServer):
    """One model server. `token`: authentication is switched on and this is the only valid token.

    `context`: how many tokens the model reads at once, None for endless. `overflow`: what it says
    of more, one of `full_context.FORMS`, or "in mid-stream". `prompts`: the tokens of the prompts
    that fitted. `sees`: its models can look at pictures. `pictures`: those of the chat requests
    that were taken, a tuple for each request.
    """

    head_limit = 16_384
    chat_path: str
    models_path: str
    #: The list of models needs no key.
    lists_to_all = False

    def __init__(
        self,
        models: list[Json] | None = None,
        token: str | None = None,
        *,
        port: int = 0,
        control: bool = False,
    ) -> None:
        super().__init__(port)
        self.models = self.default_models() if models is None else models
        self.token = token
        self.requests: list[Received] = []
        self.context: int | None = None
        self.overflow = "HTTP 400"
        self.prompts: list[int] = []
        self.sees = True
        self.pictures: list[tuple[Seen, ...]] = []
        self.active = 0
        self.max_active = 0
        self._steps: list[Step] = []
        self._models_step: Step | None = None
        self._control = control

    @abstractmethod
    def default_models(self) -> list[Json]:
        """The models that it has when a test names none."""

    @abstractmethod
    def authenticate(self, headers: dict[str, str]) -> None:
        """Raises Invalid for a request that may not be made."""

    @abstractmethod
    def model_list(self) -> Json:
        """The answer to `GET models_path`; may raise Invalid."""

    @abstractmethod
    def checked(self, body: Any) -> Json:
        """The model that a valid request means; raises Invalid for others."""

    @abstractmethod
    def exchange(self, connection: Connection, body: Json, entry: Json) -> Exchange:
        """What a behaviour answers the request with, in this server's words."""

    @abstractmethod
    def picture_parts(self, body: Json) -> Iterator[tuple[str, Callable[[], Seen]]]:
        """The pictures of a valid request: their places in it, and how to look at them."""

    @abstractmethod
    def blind(self, place: str) -> Invalid:
        """The refusal of a picture at that `place` of a request by a model that cannot look."""

    @abstractmethod
    def broken(self, place: str) -> Invalid:
        """The refusal of a picture that is none that this server can decode."""

    def open_eyes(self) -> None:
        """From now on all its models can look at pictures."""
        self.sees = True

    def can_look(self, _entry: Json) -> bool:
        """Whether this model takes pictures."""
        return self.sees

    def looked(self, body: Json, entry: Json) -> tuple[Seen, ...]:
        """The pictures that this model is shown in a valid request; raises Invalid."""
        found = []
        for place, look in self.picture_parts(body):
            if not self.can_look(entry):
                raise self.blind(place)
            try:
                found.append(look())
            except Unseen as unseen:
                if unseen.broken:
                    raise self.broken(place) from unseen
                raise Invalid(f"not as agreed: {unseen}", "invalid_value", place) from unseen
        return tuple(found)

    def tokens_of(self, body: Json) -> int:
        """How many tokens the model reads for a request."""
        system = [{"content": body["system"]}] if "system" in body else []
        return full_context.tokens_of([*system, *body["messages"]])

    @abstractmethod
    def unknown(self, connection: Connection, endpoint: str) -> None:
        """Answers a request to a path that the server does not have."""

    def refusal(self, invalid: Invalid) -> Json:
        """The document that says what is wrong with a request."""
        return {"error": invalid.error}

    def behave(self, *steps: Step) -> None:
        """From now on chat requests get these behaviours, one each; the last one stays for all
        further requests. Without any: an ordinary answer. Refused requests use none up."""
        with self.lock:
            self._steps = list(steps)

    def behave_models(self, step: Step | None) -> None:
        """How the request for the list of models behaves; None: it lists the models."""
        with self.lock:
            self._models_step = step

    @property
    def chats(self) -> list[Received]:
        """The requests to `chat_path`, including those that were refused."""
        with self.lock:
            return [request for request in self.requests if request.path == self.chat_path]

    def report(self) -> str:
        """All requests."""
        return "\n".join(f"{r.at:.3f} {r.method} {r.path} {r.body}" for r in self.requests[-50:])

    def respond(self, connection: Connection, request: Request) -> None:
        """Answers one request; notes it when the client hangs up before the end."""
        if self._control and request.path == "/control/behave":
            self.behave(*from_json(json.loads(request.body)))
            return connection.reply_json(200, {"ok": True})
        received = self._receive(request)
        try:
            self._route(connection, request, received)
        except Invalid as invalid:
            connection.reply_json(invalid.status, self.refusal(invalid))
        except Gone:
            if not connection.server.stopping:
                received.disconnected_at = time.monotonic()
            raise
        finally:
            with self.changed:
                self.changed.notify_all()

    def _receive(self, request: Request) -> Received:
        try:
            body = json.loads(request.body or b"{}")
        except ValueError:
            body = None
        received = Received(request.method, request.path, body, request.headers, request.at)
        with self.changed:
            self.requests.append(received)
            self.changed.notify_all()
        return received

    def _route(self, connection: Connection, request: Request, received: Received) -> None:
        endpoint = f"{request.method} {request.path}"
        if endpoint not in (f"GET {self.models_path}", f"POST {self.chat_path}"):
            return self.unknown(connection, endpoint)
        if request.method == "POST" or not self.lists_to_all:
            self.authenticate(received.headers)
        if request.method == "POST":
            return self._chat(connection, received.body)
        if self._models_step is None:
            return connection.reply_json(200, self.model_list())
        _play(self._models_step, Exchange(connection, {}, "", False, lambda _output, _load: {}))

    def _chat(self, connection: Connection, body: Any) -> None:
        with self.changed:
            entry = self.checked(body)
            pictures = self.looked(body, entry)
            self.pictures.append(pictures)
            step = self._steps[0] if self._steps else Answer()
            self._steps = self._steps[1:] or self._steps
            self.active += 1
            self.max_active = max(self.max_active, self.active)
            self.changed.notify_all()
        with contextlib.ExitStack() as at_work:
            at_work.callback(self._leave)
            exchange = self.exchange(connection, body, entry)
            finish = exchange.finish
            read = self.tokens_of(body) + sum(picture.tokens for picture in pictures)

            def finish_and_leave(output: list[Json], load_seconds: float | None) -> Json:
                # Who has the last word of an answer may ask again before this thread runs on.
                at_work.close()
                said = "".join(item["content"] for item in output)
                exchange.dialect.written = written = full_context.tokens(said)
                # Of a longer prompt only the beginning was read.
                exchange.dialect.read = min(read, (self.context or sys.maxsize) - written)
                return finish(output, load_seconds)

            exchange.finish = finish_and_leave
            if self.context:
                step = full_context.in_context(step, exchange, read, self.context, self.overflow)
                with self.lock:
                    self.prompts += [read] if read < self.context else []
            _play(step, exchange)

    def _leave(self) -> None:
        with self.changed:
            self.active -= 1


def _play(step: Step, exchange: Exchange) -> None:
    if isinstance(step, Behaviour):
        step.play(exchange)
    else:
        step(exchange)


def run(double: type[ModelServerDouble], arguments: Sequence[str] | None = None) -> None:
    """Serves until SIGTERM, with /control/behave open."""
    parser = argparse.ArgumentParser(description=f"{double.__name__} on the loopback")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=None)
    parser.add_argument("--sees", action="store_true", help="all its models can look at pictures")
    given = parser.parse_args(arguments)
    made = double(token=given.token, port=given.port, control=True)
    if given.sees:
        made.open_eyes()
    serve(made)
