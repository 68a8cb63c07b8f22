"""A server on the loopback that speaks Anthropic's Messages API.

    with AnthropicDouble(token="sk-ant-right") as anthropic:
        anthropic.behave(Status(529), Answer("Hello", delay_between=0.05))
        ...
        assert anthropic.chats[0].body["max_tokens"] == 4096

Requests are checked as Anthropic's server checks them (docs.anthropic.com/en/api/messages): a
missing version or `max_tokens`, unknown keys, roles and models, empty texts, pictures that cannot
be decoded and roles that do not alternate from "user" on are errors. As a process:
`python -m tests.doubles.anthropic --port 0`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any

from tests.doubles.lmstudio_behaviours import Dialect, Exchange, Json, named
from tests.doubles.model_server import Invalid, ModelServerDouble, run
from tests.doubles.pictures import Seen, decoded
from tests.doubles.server import Connection
from tests.doubles.thinking import check_anthropic

_KEYS = {
    *("model", "messages", "max_tokens", "system", "stream", "temperature"),
    *("thinking", "output_config"),
}
_ERRORS = {
    "internal_error": "api_error",
    "unknown": "api_error",
    "invalid_request": "invalid_request_error",
}


class AnthropicDouble(ModelServerDouble):
    """One server. `lists_models = False` makes it one that knows no /v1/models.

    `thinking` are the types of thinking that its models take.
    """

    chat_path = "/v1/messages"
    models_path = "/v1/models"
    lists_models = True
    thinking: Collection[str] = ("disabled", "enabled")

    def default_models(self) -> list[Json]:
        """Two models."""
        return [{"type": "model", "id": key} for key in ("claude-new", "claude-old")]

    def authenticate(self, headers: dict[str, str]) -> None:
        """Refuses a request without version or with a wrong key."""
        key = headers.get("x-api-key", "")
        if self.token not in (None, key):
            message = "invalid x-api-key" if key else "x-api-key header is required"
            raise Invalid(message, "", None, 401, "authentication_error")
        if not headers.get("anthropic-version"):
            raise _invalid("anthropic-version: header is required")

    def model_list(self) -> Json:
        """The models, unless the server has no such list."""
        if not self.lists_models:
            raise Invalid("Not found", "", None, 404, "not_found_error")
        return {"data": self.models, "has_more": False}

    def checked(self, body: Any) -> Json:
        """The model that a valid request means."""
        for key in ("model", "max_tokens", "messages"):
            if not body.get(key):
                raise _invalid(f"{key}: Field required")
        if unknown := ", ".join(sorted(set(body) - _KEYS)):
            raise _invalid(f"{unknown}: Extra inputs are not permitted")
        _check_messages(body["messages"])
        for entry in self.models:
            if entry["id"] == body["model"]:
                check_anthropic(body, self.thinking)
                return entry
        raise Invalid(f"model: {body['model']}", "", None, 404, "not_found_error")

    def picture_parts(self, body: Json) -> Iterator[tuple[str, Callable[[], Seen]]]:
        """Blocks with a source in base64."""
        for number, message in enumerate(body["messages"]):
            for part, block in enumerate(_blocks(message["content"])):
                if block["type"] == "image":
                    source = block["source"]
                    place = f"messages.{number}.content.{part}.image.source.base64.data"
                    yield place, partial(decoded, source["data"], source["media_type"])

    def blind(self, _place: str) -> Invalid:
        """Ollama's words: Anthropic has no model without eyes any more."""
        return _invalid("this model does not support image input")

    def broken(self, place: str) -> Invalid:
        """Anthropic's words, which know more formats."""
        return _invalid(f"{place}: Could not process image")

    def exchange(self, connection: Connection, body: Json, entry: Json) -> Exchange:
        """The events of a message."""

        events = _Events(entry["id"])

        def finish(output: list[Json], _load_seconds: float | None) -> Json:
            return {**_message(entry["id"], output), "stop_reason": events.stop}

        return Exchange(connection, body, entry["id"], False, finish, events)

    def unknown(self, connection: Connection, endpoint: str) -> None:
        """Answers with 404."""
        invalid = Invalid(f"Not found: {endpoint}", "", None, 404, "not_found_error")
        connection.reply_json(404, self.refusal(invalid))

    def refusal(self, invalid: Invalid) -> Json:
        """`{"type": "error", "error": {"type", "message"}}`."""
        return {
            "type": "error",
            "error": {"type": invalid.error["type"], "message": str(invalid)},
        }


def _check_messages(messages: list[Json]) -> None:
    for number, message in enumerate(messages):
        role = message.get("role")
        if role not in ("user", "assistant"):
            raise _invalid(f'messages: Unexpected role "{role}".')
        if role != ("user", "assistant")[number % 2]:
            raise _invalid('messages: roles must alternate, and the first must be "user"')
        for block in _blocks(message.get("content", "")):
            if block["type"] == "image" and role != "user":
                raise _invalid(f"messages.{number}.content: unexpected image")
            if block["type"] == "text" and not block["text"].strip():
                raise _invalid("messages: text content blocks must be non-empty")


def _blocks(content: Any) -> list[Json]:
    return content if isinstance(content, list) else [{"type": "text", "text": str(content)}]


class _Events(Dialect):
    """Thoughts and text are content blocks; there is nothing for loading and reading."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._index = 0

    def event(self, kind: str, data: Json) -> bytes:
        """The events that say the same."""
        part, _, step = kind.partition(".")
        if kind == "chat.start":
            message = {**_message(self._model, []), "stop_reason": None}
            return _event("message_start", message=message) + _event("ping")
        if kind == "chat.end":
            delta = {"stop_reason": self.stop, "stop_sequence": None}
            usage = {"input_tokens": self.read, "output_tokens": self.written}
            return _event("message_delta", delta=delta, usage=usage) + _event("message_stop")
        if kind == "error":
            error = data["error"]
            return _event("error", error={**error, "type": _ERRORS.get(error["type"], "api_error")})
        if part in ("message", "reasoning"):
            return self._block("thinking" if part == "reasoning" else "text", step, data)
        return b""

    @property
    def stop(self) -> str:
        """Why the answer ended."""
        return "max_tokens" if self.cut else "end_turn"

    def _block(self, kind: str, step: str, data: Json) -> bytes:
        if step == "start":
            return self._content("start", content_block={"type": kind, kind: ""})
        if step == "delta":
            delta = {"type": f"{kind}_delta", kind: data["content"]}
            return self._content("delta", delta=delta)
        stop = self._content("stop")
        if kind == "thinking":
            signature = {"type": "signature_delta", "signature": "EqQBCgIYAhIM"}
            stop = self._content("delta", delta=signature) + stop
        self._index += 1
        return stop

    def _content(self, step: str, **data: Any) -> bytes:
        return _event(f"content_block_{step}", index=self._index, **data)


def _message(model: str, output: list[Json]) -> Json:
    names = {"reasoning": "thinking", "message": "text"}
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [
            {"type": names[item["type"]], names[item["type"]]: item["content"]} for item in output
        ],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 11, "output_tokens": 7},
    }


def _event(kind: str, **data: Any) -> bytes:
    return named(kind, type=kind, **data)


def _invalid(message: str) -> Invalid:
    return Invalid(message, "", kind="invalid_request_error")


if __name__ == "__main__":
    run(AnthropicDouble)
