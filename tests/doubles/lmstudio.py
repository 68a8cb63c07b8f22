"""An LM Studio (0.4) on the loopback: `/api/v1/models` with `/load` and `/unload`, `/api/v1/chat`.

    with LMStudioDouble() as lmstudio:
        lmstudio.behave(Status(503), Answer("Hello", delay_between=0.05))
        ...
        assert lmstudio.chats[0].body["model"] == "zai-org/glm-4.7-flash"

Requests are checked as the real server checks them (lmstudio.ai/docs/developer/rest): keys that it
does not know, a missing or unknown model, input items of another type than "text" and "image",
pictures for a model without vision or in another format than PNG and JPEG, and unknown previous
responses are errors. Conversations live in the server, as they do there.

As a process: `python -m tests.doubles.lmstudio --port 0`; /control/behave takes a JSON list such as
`[{"kind": "Answer", "text": "hi", "delay_between": 0.05}]`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from tests.doubles import lmstudio_loading as loading
from tests.doubles.full_context import tokens, tokens_of
from tests.doubles.lmstudio_behaviours import (
    Answer,
    BrokenJson,
    Cut,
    Drip,
    Empty,
    ErrorEvent,
    Exchange,
    Hang,
    Held,
    Html,
    Json,
    LoadingModel,
    Loop,
    OldServer,
    ReasoningOnly,
    Redirect,
    Reset,
    Status,
    WrongContentType,
)
from tests.doubles.lmstudio_rules import (
    authenticate,
    checked,
    default_models,
    model,
)
from tests.doubles.model_server import Invalid, ModelServerDouble, Received, run
from tests.doubles.pictures import Seen, seen
from tests.doubles.server import Connection, Gone, Request

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
    "Held",
    "Html",
    "LMStudioDouble",
    "LoadingModel",
    "Loop",
    "OldServer",
    "ReasoningOnly",
    "Received",
    "Redirect",
    "Reset",
    "Status",
    "WrongContentType",
    "model",
]


class LMStudioDouble(ModelServerDouble):
    """One LM Studio. `api_v1 = False` makes it a server from before 0.4, which knows neither path.

    Conversations live in it, until it is made to `forget` them. `on_demand` is what it does with a
    question whose model is not loaded, one of `lmstudio_loading.ON_DEMAND`; `loader` loads and
    ejects models on request.
    """

    chat_path = "/api/v1/chat"
    models_path = "/api/v1/models"

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.api_v1 = True
        self.on_demand = "loads"
        self.loader = loading.Loader()
        self._threads: dict[str, tuple[tuple[str, str], ...]] = {}
        self._in_pictures: dict[str, int] = {}

    def default_models(self) -> list[Json]:
        """A loaded model, one on disk only, and an embedding model."""
        return default_models()

    def forget(self) -> None:
        """Forgets all conversations, as a restart of LM Studio may."""
        with self.lock:
            self._threads.clear()

    def thread(self, response_id: str) -> list[tuple[str, str]]:
        """The conversation up to this response: (role, text); KeyError when it is forgotten."""
        with self.lock:
            return list(self._threads[response_id])

    def authenticate(self, headers: dict[str, str]) -> None:
        """Refuses a wrong token."""
        authenticate(headers.get("authorization", ""), self.token)

    def model_list(self) -> Json:
        """All models, loaded or not."""
        return {"models": self.models}

    def checked(self, body: Any) -> Json:
        """The model that a valid request means."""
        entry = checked(body, self.models, self._threads)
        return loading.answering(entry, self.models, self.on_demand)

    def open_eyes(self) -> None:
        """From now on all its models can look at pictures, and are listed so."""
        super().open_eyes()
        for entry in self.models:
            if "capabilities" in entry:
                entry["capabilities"]["vision"] = True

    def can_look(self, entry: Json) -> bool:
        """As the list says, unless the model lacks the file that it would look with."""
        return self.sees and bool(entry["capabilities"]["vision"])

    def picture_parts(self, body: Json) -> Iterator[tuple[str, Callable[[], Seen]]]:
        """Items with a data URL."""
        for number, item in enumerate(body["input"] if isinstance(body["input"], list) else []):
            if item["type"] == "image":
                yield f"input.{number}.data_url", partial(seen, item["data_url"])

    def blind(self, place: str) -> Invalid:
        """LM Studio's words."""
        message = "Model does not support images. Please use a model that does."
        return Invalid(message, "invalid_value", place)

    def broken(self, place: str) -> Invalid:
        """LM Studio's words, also for WebP."""
        return Invalid("'url' field must be a base64 encoded image.", "invalid_value", place)

    def exchange(self, connection: Connection, body: Json, entry: Json) -> Exchange:
        """LM Studio's own events."""
        load = not entry["loaded_instances"]
        if load:
            self.loader.asked(entry)

        def finish(output: list[Json], load_seconds: float | None) -> Json:
            return self._finish(entry, body, output, load_seconds, made.dialect.read)

        name = entry["key"] if load else entry["loaded_instances"][0]["id"]
        made = Exchange(connection, body, name, load, finish)
        return made

    def tokens_of(self, body: Json) -> int:
        """How many tokens the model reads for a request, with all that is in its conversation."""
        with self.lock:
            previous = body.get("previous_response_id", "")
            said, in_pictures = self._threads.get(previous, ()), self._in_pictures.get(previous, 0)
        texts = [body.get("system_prompt", ""), _plain(body["input"])]
        texts += [text for role, text in said if role != "system"]
        return tokens_of([{"content": text} for text in texts]) + in_pictures

    def unknown(self, connection: Connection, endpoint: str) -> None:
        """Says so with status 200."""
        error = f"Unexpected endpoint or method. ({endpoint})"
        connection.reply_json(200, {"error": error})

    def _route(self, connection: Connection, request: Request, received: Received) -> None:
        if not self.api_v1:
            return self.unknown(connection, f"{request.method} {request.path}")
        if request.method == "POST" and request.path.startswith(f"{self.models_path}/"):
            self.authenticate(received.headers)
            given = (request.path, self.models, received.body, self.changed)
            return loading.answer(connection, self.loader, *given)
        super()._route(connection, request, received)

    def _finish(
        self, entry: Json, body: Json, output: list[Json], load: float | None, read: int
    ) -> Json:
        """The final result; the model is loaded now, the answer stored unless `store` is false."""
        texts = {item["type"]: item["content"] for item in output}
        stats = {
            "input_tokens": read,
            "total_output_tokens": sum(map(tokens, texts.values())),
            "reasoning_output_tokens": tokens(texts.get("reasoning", "")),
            "tokens_per_second": 43.7,
            "time_to_first_token_seconds": 0.2,
        }
        stats |= {"model_load_time_seconds": load} if load else {}
        with self.lock:
            if not entry["loaded_instances"]:
                loading.instance(entry, body.get("context_length"))
            name = entry["loaded_instances"][0]["id"]
            result = {"model_instance_id": name, "output": output, "stats": stats}
            if body.get("store", True):
                result["response_id"] = self._store(body, texts.get("message", ""))
        return result

    def _store(self, body: Json, answer: str) -> str:
        before = body.get("previous_response_id", "")
        previous = self._threads.get(before, ())
        system = (("system", body["system_prompt"]),) if "system_prompt" in body else ()
        turn = (*system, ("user", _plain(body["input"])), ("assistant", answer))
        response_id = f"resp_{secrets.token_hex(24)}"
        self._threads[response_id] = (*previous, *turn)
        pictures = sum(look().tokens for _, look in self.picture_parts(body))
        self._in_pictures[response_id] = self._in_pictures.get(before, 0) + pictures
        return response_id


def _plain(given: str | list[Json]) -> str:
    if isinstance(given, str):
        return given
    return "\n".join(item.get("content", "[image]") for item in given)


if __name__ == "__main__":
    run(LMStudioDouble)
