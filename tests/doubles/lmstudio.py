"""An LM Studio (0.4) on the loopback: `GET /api/v1/models` and `POST /api/v1/chat`.

    with LMStudioDouble() as lmstudio:
        lmstudio.behave(Status(503), Answer("Hello", delay_between=0.05))
        ...
        assert lmstudio.chats[0].body["model"] == "zai-org/glm-4.7-flash"

Requests are checked as the real server checks them (lmstudio.ai/docs/developer/rest): keys that it
does not know, a missing or unknown model, input items of another type than "text" and "image" and
unknown previous responses are errors. Conversations live in the server, as they do there.

As a process: `python -m tests.doubles.lmstudio --port 0`; /control/behave takes a JSON list such as
`[{"kind": "Answer", "text": "hi", "delay_between": 0.05}]`.
"""

from __future__ import annotations

import argparse
import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.doubles.lmstudio_behaviours import (
    Answer,
    Behaviour,
    BrokenJson,
    Cut,
    Drip,
    Empty,
    ErrorEvent,
    Exchange,
    Hang,
    Html,
    Json,
    OldServer,
    ReasoningOnly,
    Redirect,
    Reset,
    Status,
    WrongContentType,
    from_json,
)
from tests.doubles.lmstudio_rules import (
    Invalid,
    authenticate,
    checked,
    default_models,
    instance,
    model,
)
from tests.doubles.server import Connection, Gone, LoopbackServer, Request, serve

__all__ = [
    "Answer",
    "BrokenJson",
    "Cut",
    "Drip",
    "Empty",
    "ErrorEvent",
    "Exchange",
    "Gone",
    "Hang",
    "Html",
    "LMStudioDouble",
    "OldServer",
    "ReasoningOnly",
    "Received",
    "Redirect",
    "Reset",
    "Status",
    "WrongContentType",
    "model",
]

Step = Behaviour | Callable[[Exchange], None]


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


class LMStudioDouble(LoopbackServer):
    """One LM Studio. `token`: authentication is switched on and this is the only valid token.

    `api_v1 = False` makes it a server from before 0.4, which knows neither path.
    """

    head_limit = 16_384

    def __init__(
        self,
        models: list[Json] | None = None,
        token: str | None = None,
        *,
        port: int = 0,
        control: bool = False,
    ) -> None:
        super().__init__(port)
        self.models = default_models() if models is None else models
        self.token = token
        self.api_v1 = True
        self.requests: list[Received] = []
        self.active = 0
        self.max_active = 0
        self._steps: list[Step] = []
        self._models_step: Step | None = None
        self._threads: dict[str, tuple[tuple[str, str], ...]] = {}
        self._control = control

    def behave(self, *steps: Step) -> None:
        """From now on chat requests get these behaviours, one each; the last one stays for all
        further requests. Without any: an ordinary answer. Refused requests use none up."""
        with self.lock:
            self._steps = list(steps)

    def behave_models(self, step: Step | None) -> None:
        """How `GET /api/v1/models` behaves; None: it lists the models."""
        with self.lock:
            self._models_step = step

    def forget(self) -> None:
        """Forgets all conversations, as a restart of LM Studio may."""
        with self.lock:
            self._threads.clear()

    def thread(self, response_id: str) -> list[tuple[str, str]]:
        """The conversation up to this response: (role, text); KeyError when it is forgotten."""
        with self.lock:
            return list(self._threads[response_id])

    @property
    def chats(self) -> list[Received]:
        """The requests to /api/v1/chat, including those that were refused."""
        with self.lock:
            return [request for request in self.requests if request.path == "/api/v1/chat"]

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
            connection.reply_json(invalid.status, {"error": invalid.error})
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
        if endpoint not in ("GET /api/v1/models", "POST /api/v1/chat") or not self.api_v1:
            error = f"Unexpected endpoint or method. ({endpoint})"
            return connection.reply_json(200, {"error": error})
        authenticate(received.headers.get("authorization", ""), self.token)
        if request.method == "POST":
            return self._chat(connection, received.body)
        if self._models_step is None:
            return connection.reply_json(200, {"models": self.models})
        _play(self._models_step, Exchange(connection, {}, "", False, lambda _output, _load: {}))

    def _chat(self, connection: Connection, body: Any) -> None:
        with self.changed:
            entry = checked(body, self.models, self._threads)
            step = self._steps[0] if self._steps else Answer()
            self._steps = self._steps[1:] or self._steps
            self.active += 1
            self.max_active = max(self.max_active, self.active)
            self.changed.notify_all()
        load = not entry["loaded_instances"]

        def finish(output: list[Json], load_seconds: float | None) -> Json:
            return self._finish(entry, body, output, load_seconds)

        try:
            _play(step, Exchange(connection, body, entry["key"], load, finish))
        finally:
            with self.changed:
                self.active -= 1

    def _finish(self, entry: Json, body: Json, output: list[Json], load: float | None) -> Json:
        """The final result; the model is loaded now, the answer stored unless `store` is false."""
        texts = {item["type"]: item["content"] for item in output}
        stats = {
            "input_tokens": len(str(body["input"]).split()),
            "total_output_tokens": sum(len(text.split()) for text in texts.values()),
            "reasoning_output_tokens": len(texts.get("reasoning", "").split()),
            "tokens_per_second": 43.7,
            "time_to_first_token_seconds": 0.2,
        }
        stats |= {"model_load_time_seconds": load} if load else {}
        result = {"model_instance_id": entry["key"], "output": output, "stats": stats}
        with self.lock:
            entry["loaded_instances"] = entry["loaded_instances"] or [instance(entry["key"])]
            if body.get("store", True):
                result["response_id"] = self._store(body, texts.get("message", ""))
        return result

    def _store(self, body: Json, answer: str) -> str:
        previous = self._threads.get(body.get("previous_response_id", ""), ())
        system = (("system", body["system_prompt"]),) if "system_prompt" in body else ()
        turn = (*system, ("user", _plain(body["input"])), ("assistant", answer))
        response_id = f"resp_{secrets.token_hex(24)}"
        self._threads[response_id] = (*previous, *turn)
        return response_id


def _play(step: Step, exchange: Exchange) -> None:
    if isinstance(step, Behaviour):
        step.play(exchange)
    else:
        step(exchange)


def _plain(given: str | list[Json]) -> str:
    if isinstance(given, str):
        return given
    return "\n".join(item.get("content", "[image]") for item in given)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves until SIGTERM, with /control/behave open."""
    parser = argparse.ArgumentParser(description="An LM Studio double on the loopback")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=None)
    given = parser.parse_args(arguments)
    serve(LMStudioDouble(token=given.token, port=given.port, control=True))


if __name__ == "__main__":
    main()
