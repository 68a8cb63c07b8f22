"""A server on the loopback that speaks OpenAI's chat completions.

    with OpenAIDouble(token="sk-right") as openai:
        openai.behave(Status(503), Answer("Hello", delay_between=0.05))
        ...
        assert openai.chats[0].body["messages"][-1] == {"role": "user", "content": "hi"}

Requests are checked as OpenAI's server checks them (platform.openai.com/docs/api-reference/chat):
unknown arguments, roles and models, missing messages, `stream_options` without `stream` and
pictures that cannot be decoded are errors, in its wording. As a process:
`python -m tests.doubles.openai --port 0`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any

from tests.doubles.lmstudio_behaviours import Dialect, Exchange, Json
from tests.doubles.model_server import Invalid, ModelServerDouble, run
from tests.doubles.pictures import Seen, seen
from tests.doubles.server import Connection
from tests.doubles.thinking import check_openai

_KEYS = {"model", "messages", "stream", "stream_options", "temperature", "max_tokens"}
CONTEXT = 4096
_NO_EYES = (
    "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"
)
_LITELLM = (
    "litellm.InternalServerError: InternalServerError: Lm_studioException - {}\n\nLiteLLM: model "
    "group 'gemma' failed with the error above. No fallback was attempted."
)
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
    `counts_tokens = False` refuses `stream_options`, `reasoning_key` is where thoughts are sent,
    `parts = True` sends thoughts and text as parts of the content, as Mistral's servers do, and
    `efforts` are the values of `reasoning_effort` that its models take, None where nobody knows it.

    `engine = "llamacpp"` is llama.cpp's server, build 11549: the first delta has a content of null,
    `return_progress` and `grammar` are known, any name of a model will do, `timings` are told, and
    the list tells whether it sees. `engine = "litellm"` is LiteLLM's proxy 1.108 without a
    database, before llama.cpp's server.
    """

    chat_path = "/chat/completions"
    models_path = "/models"
    lists_models = True
    streams = True
    says_done = True
    counts_tokens = True
    parts = False
    engine = ""
    reasoning_key = "reasoning_content"
    efforts: Collection[str] | None = ()

    def default_models(self) -> list[Json]:
        """Two models."""
        return [{"id": key, "object": "model", "owned_by": "me"} for key in ("gpt-5", "org/llama")]

    def authenticate(self, headers: dict[str, str]) -> None:
        """Refuses a wrong key with 401, repeating the beginning and end of it."""
        key = headers.get("authorization", "").removeprefix("Bearer ")
        if self.token not in (None, key):
            if self.engine == "litellm":
                raise Invalid("No connected db.", "400", None, 400, "no_db_connection")
            if self.engine == "llamacpp":
                raise Invalid("Invalid API Key", "401", None, 401, "authentication_error")
            shown = f"Incorrect API key provided: {key[:8]}*****{key[-4:]}."
            message = shown if key else "You didn't provide an API key."
            raise Invalid(message, "invalid_api_key", None, 401, "invalid_request_error")

    def model_list(self) -> Json:
        """The models, unless the server has no such list."""
        if not self.lists_models:
            raise Invalid("Not Found", "not_found", None, 404)
        if self.engine != "llamacpp":
            return {"object": "list", "data": self.models}
        meta = {"n_ctx": CONTEXT, "n_ctx_train": 32768, "n_params": 268_098_176}
        inputs = ["text", "image"] if self.sees else ["text"]
        more = {"owned_by": "llamacpp", "meta": meta, "architecture": {"input_modalities": inputs}}
        return {"object": "list", "data": [{**entry, **more} for entry in self.models]}

    def checked(self, body: Any) -> Json:
        """The model that a valid request means."""
        known = _KEYS if self.counts_tokens else _KEYS - {"stream_options"}
        known = known | {"return_progress", "grammar"} if self.engine == "llamacpp" else known
        known = known if self.efforts is None else known | {"reasoning_effort"}
        if unknown := ", ".join(sorted(set(body) - known)):
            raise _invalid(f"Unrecognized request argument supplied: {unknown}")
        if not body.get("model"):
            raise _invalid("you must provide a model parameter")
        if "stream_options" in body and not body.get("stream"):
            raise _invalid("'stream_options' is only allowed when 'stream' is enabled.")
        _check_messages(body.get("messages"))
        for entry in self.models:
            if entry["id"] == body["model"] or self.engine == "llamacpp":
                check_openai(body, self.efforts or (), self.engine)
                return entry
        if self.engine == "litellm":
            hint = "Call `/v1/models` to view available models for your key."
            raise _invalid(f"Invalid model name passed in model={body['model']}. {hint}")
        message = f"The model `{body['model']}` does not exist or you do not have access to it."
        raise Invalid(message, "model_not_found", None, 404, "invalid_request_error")

    def picture_parts(self, body: Json) -> Iterator[tuple[str, Callable[[], Seen]]]:
        """Parts of contents with a data URL."""
        for number, message in enumerate(body["messages"]):
            for part, content in enumerate(_parts(message["content"])):
                if content["type"] == "image_url":
                    place = f"messages.[{number}].content.[{part}].type"
                    yield place, partial(seen, content["image_url"]["url"])

    def blind(self, place: str) -> Invalid:
        """OpenAI's and the engines' words."""
        if self.engine == "llamacpp":
            return Invalid(_NO_EYES, "500", None, 500, "server_error")
        if self.engine == "litellm":
            return Invalid(_LITELLM.format(_NO_EYES), "500", None, 500, "internal_server_error")
        message = "Invalid content type. image_url is only supported by certain models."
        return Invalid(message, "", place, kind="invalid_request_error")

    def broken(self, _place: str) -> Invalid:
        """OpenAI's words, which know more formats."""
        formats = "['png', 'jpeg', 'gif', 'webp']"
        message = (
            "You uploaded an unsupported image. Please make sure your image has of one the "
            f"following formats: {formats}."
        )
        return Invalid(message, "invalid_image_format", None, kind="invalid_request_error")

    def exchange(self, connection: Connection, body: Json, entry: Json) -> Exchange:
        """Chunks of a completion."""
        asked = body if self.streams else {**body, "stream": False}
        counts = bool(body.get("stream_options", {}).get("include_usage"))
        dialect = _Chunks(entry["id"], self, counts, progress=bool(body.get("return_progress")))

        def finish(output: list[Json], _load_seconds: float | None) -> Json:
            return _completion(entry["id"], output, self, dialect)

        return Exchange(connection, asked, entry["id"], False, finish, dialect)

    def unknown(self, connection: Connection, endpoint: str) -> None:
        """Answers with 404."""
        error = {"message": f"Invalid URL ({endpoint})", "type": "invalid_request_error"}
        connection.reply_json(404, {"error": error})


def _check_messages(messages: Any) -> None:
    if not isinstance(messages, list) or not messages:
        raise _invalid("Invalid 'messages': empty array. Expected at least 1.")
    for number, message in enumerate(messages):
        if message.get("role") not in _ROLES:
            raise _invalid(f"Invalid value: 'messages[{number}].role'")
        content = message.get("content")
        if not isinstance(content, str | list):
            raise _invalid(f"Invalid type for 'messages[{number}].content'")
        for part, one in enumerate(_parts(content)):
            place = f"'messages[{number}].content[{part}]"
            if one.get("type") not in ("text", "image_url"):
                raise _invalid(f"Invalid value: {place}.type'")
            if one["type"] == "image_url" and message["role"] != "user":
                raise _invalid(f"Invalid value: {place}.type'. Image URLs are only allowed ...")


def _parts(content: Any) -> list[Json]:
    return content if isinstance(content, list) else [{"type": "text", "text": content}]


class _Chunks(Dialect):
    """`chat.completion.chunk`s; only llama.cpp tells its progress with a prompt, if asked to."""

    def __init__(self, model: str, server: OpenAIDouble, counts: bool, *, progress: bool) -> None:
        self._model = model
        self._server = server
        self._counts = counts
        self._progress = progress

    def event(self, kind: str, data: Json) -> bytes:
        """The chunk that says the same."""
        if kind == "chat.start":
            content = None if self._server.engine == "llamacpp" else ""
            return self._delta(role="assistant", content=content)
        if kind == "prompt_processing.progress" and self._progress:
            # A tenth of the prompt is in the cache.
            read = 100 + round(900 * data["progress"])
            progress = {"total": 1000, "cache": 100, "processed": read, "time_ms": 7}
            return self._delta(role="assistant", content=None, more={"prompt_progress": progress})
        if kind in ("message.delta", "reasoning.delta"):
            return self._delta(**_content(data["content"], kind.partition(".")[0], self._server))
        if kind == "error":
            error = data["error"]
            return _data({"error": {**error, "type": _ERRORS.get(error["type"], error["type"])}})
        if kind == "chat.end":
            last = [_choice({})] if self._server.engine == "litellm" else []
            timings = _timings(self, self._server)
            usage = self._chunk(last, usage=_usage(self), **timings) if self._counts else b""
            done = b"data: [DONE]\n\n" if self._server.says_done else b""
            return self._delta(_finish(self), {} if usage else timings) + usage + done
        return b""

    def _delta(self, finish: str | None = None, more: Json | None = None, **delta: Any) -> bytes:
        return self._chunk([_choice(delta, finish)], **(more or {}))

    def _chunk(self, choices: list[Json], **more: Any) -> bytes:
        head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_760_000_000}
        return _data({**head, "model": self._model, "choices": choices, **more})


def _choice(delta: Json, finish: str | None = None) -> Json:
    return {"index": 0, "delta": delta, "finish_reason": finish}


def _content(text: str, kind: str, server: OpenAIDouble) -> Json:
    """The part of a message that holds a text or a thought."""
    if kind == "message":
        return {"content": [{"type": "text", "text": text}] if server.parts else text}
    if not server.parts:
        return {server.reasoning_key: text}
    return {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": text}]}]}


def _completion(model: str, output: list[Json], server: OpenAIDouble, dialect: Dialect) -> Json:
    message: Json = {"role": "assistant", "content": [] if server.parts else None}
    for item in output:
        found = _content(item["content"], item["type"], server)
        if server.parts:
            found["content"] = message["content"] + found["content"]
        message |= found
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_760_000_000,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": _finish(dialect)}],
        "usage": _usage(dialect),
        **_timings(dialect, server),
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


def _timings(dialect: Dialect, server: OpenAIDouble) -> Json:
    """What llama.cpp has measured: it stands in the last chunk that says anything."""
    if server.engine != "llamacpp":
        return {}
    reused = dialect.read // 10
    read = {"cache_n": reused, "prompt_n": dialect.read - reused, "prompt_ms": 40.0}
    written = {"predicted_n": dialect.written, "predicted_ms": 500.0, "predicted_per_second": 31.4}
    return {"timings": {**read, **written}}


def _data(value: Json) -> bytes:
    return f"data: {json.dumps(value)}\n\n".encode()


def _invalid(message: str) -> Invalid:
    return Invalid(message, "invalid_value", kind="invalid_request_error")


if __name__ == "__main__":
    run(OpenAIDouble)
