"""A server on the loopback that speaks OpenAI's chat completions.

    with OpenAIDouble(token="sk-right") as openai:
        openai.behave(Status(503), Answer("Hello", delay_between=0.05))
        ...
        assert openai.chats[0].body["messages"][-1] == {"role": "user", "content": "hi"}

Requests are checked as OpenAI's server checks them (platform.openai.com/docs/api-reference/chat):
unknown arguments, roles and models, missing messages and `stream_options` without `stream` are
errors, in its wording. As a process: `python -m tests.doubles.openai --port 0`.
"""

from __future__ import annotations

import json
from typing import Any

from tests.doubles.lmstudio_behaviours import Dialect, Exchange, Json
from tests.doubles.model_server import Invalid, ModelServerDouble, run
from tests.doubles.server import Connection

_KEYS = {"model", "messages", "stream", "stream_options", "temperature", "max_tokens"}
_ROLES = ("system", "developer", "user", "assistant")
_ERRORS = {
    "internal_error": "server_error",
    "unknown": "server_error",
    "invalid_request": "invalid_request_error",
}


class OpenAIDouble(ModelServerDouble):
    """One server; its base_url is `url`, without /v1.

    What other servers do in another way: `lists_models = False` knows no /models, `streams = False`
    answers with one document whatever is asked, `says_done = False` ends streams without `[DONE]`,
    `counts_tokens = False` refuses `stream_options`, `reasoning_key` is where thoughts are sent.
    """

    chat_path = "/chat/completions"
    models_path = "/models"
    lists_models = True
    streams = True
    says_done = True
    counts_tokens = True
    reasoning_key = "reasoning_content"

    def default_models(self) -> list[Json]:
        """Two models."""
        return [{"id": key, "object": "model", "owned_by": "me"} for key in ("gpt-5", "org/llama")]

    def authenticate(self, headers: dict[str, str]) -> None:
        """Refuses a wrong key with 401, repeating the beginning and end of it."""
        key = headers.get("authorization", "").removeprefix("Bearer ")
        if self.token not in (None, key):
            shown = f"Incorrect API key provided: {key[:8]}*****{key[-4:]}."
            message = shown if key else "You didn't provide an API key."
            raise Invalid(message, "invalid_api_key", None, 401, "invalid_request_error")

    def model_list(self) -> Json:
        """The models, unless the server has no such list."""
        if not self.lists_models:
            raise Invalid("Not Found", "not_found", None, 404)
        return {"object": "list", "data": self.models}

    def checked(self, body: Any) -> Json:
        """The model that a valid request means."""
        known = _KEYS if self.counts_tokens else _KEYS - {"stream_options"}
        if unknown := ", ".join(sorted(set(body) - known)):
            raise _invalid(f"Unrecognized request argument supplied: {unknown}")
        if not body.get("model"):
            raise _invalid("you must provide a model parameter")
        if "stream_options" in body and not body.get("stream"):
            raise _invalid("'stream_options' is only allowed when 'stream' is enabled.")
        messages = body.get("messages")
        if not isinstance(messages, list) or not messages:
            raise _invalid("Invalid 'messages': empty array. Expected at least 1.")
        for number, message in enumerate(messages):
            if message.get("role") not in _ROLES:
                raise _invalid(f"Invalid value: 'messages[{number}].role'")
            if not isinstance(message.get("content"), str):
                raise _invalid(f"Invalid type for 'messages[{number}].content'")
        for entry in self.models:
            if entry["id"] == body["model"]:
                return entry
        message = f"The model `{body['model']}` does not exist or you do not have access to it."
        raise Invalid(message, "model_not_found", None, 404, "invalid_request_error")

    def exchange(self, connection: Connection, body: Json, entry: Json) -> Exchange:
        """Chunks of a completion."""
        asked = body if self.streams else {**body, "stream": False}
        counts = bool(body.get("stream_options", {}).get("include_usage"))
        dialect = _Chunks(entry["id"], self.reasoning_key, counts, self.says_done)

        def finish(output: list[Json], _load_seconds: float | None) -> Json:
            return _completion(entry["id"], output, self.reasoning_key, dialect)

        return Exchange(connection, asked, entry["id"], False, finish, dialect)

    def unknown(self, connection: Connection, endpoint: str) -> None:
        """Answers with 404."""
        error = {"message": f"Invalid URL ({endpoint})", "type": "invalid_request_error"}
        connection.reply_json(404, {"error": error})


class _Chunks(Dialect):
    """`chat.completion.chunk`s; there are none for loading a model and reading a prompt."""

    def __init__(self, model: str, reasoning_key: str, counts: bool, says_done: bool) -> None:
        self._model = model
        self._reasoning_key = reasoning_key
        self._counts = counts
        self._says_done = says_done

    def event(self, kind: str, data: Json) -> bytes:
        """The chunk that says the same."""
        if kind == "chat.start":
            return self._delta(role="assistant", content="")
        if kind == "message.delta":
            return self._delta(content=data["content"])
        if kind == "reasoning.delta":
            return self._delta(**{self._reasoning_key: data["content"]})
        if kind == "error":
            error = data["error"]
            return _data({"error": {**error, "type": _ERRORS.get(error["type"], error["type"])}})
        if kind == "chat.end":
            usage = self._chunk([], usage=_usage(self)) if self._counts else b""
            done = b"data: [DONE]\n\n" if self._says_done else b""
            return self._delta(_finish(self)) + usage + done
        return b""

    def _delta(self, finish: str | None = None, **delta: Any) -> bytes:
        return self._chunk([{"index": 0, "delta": delta, "finish_reason": finish}])

    def _chunk(self, choices: list[Json], **more: Any) -> bytes:
        head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_760_000_000}
        return _data({**head, "model": self._model, "choices": choices, **more})


def _completion(model: str, output: list[Json], reasoning_key: str, dialect: Dialect) -> Json:
    texts = {item["type"]: item["content"] for item in output}
    message = {"role": "assistant", "content": texts.get("message")}
    message |= {reasoning_key: texts["reasoning"]} if "reasoning" in texts else {}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_760_000_000,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": _finish(dialect)}],
        "usage": _usage(dialect),
    }


def _finish(dialect: Dialect) -> str:
    return "length" if dialect.cut else "stop"


def _usage(dialect: Dialect) -> Json:
    read, written = dialect.read, dialect.written
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
    }


def _data(value: Json) -> bytes:
    return f"data: {json.dumps(value)}\n\n".encode()


def _invalid(message: str) -> Invalid:
    return Invalid(message, "invalid_value", kind="invalid_request_error")


if __name__ == "__main__":
    run(OpenAIDouble)
