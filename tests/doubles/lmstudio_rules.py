"""What LM Studio's server has and what it refuses, as pure functions.

Source: lmstudio.ai/docs/developer/rest; codes and wording from error messages in its bug tracker.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from tests.doubles.lmstudio_behaviours import Json
from tests.doubles.model_server import Invalid
from tests.doubles.thinking import check_lmstudio

_NUMBER, _TEXT = (int, float), (str,)
#: Every key that POST /api/v1/chat takes, with the types that it may have.
_KEYS: dict[str, tuple[type, ...]] = {
    "model": _TEXT,
    "input": (str, list),
    "system_prompt": _TEXT,
    "integrations": (list,),
    "stream": (bool,),
    "temperature": _NUMBER,
    "top_p": _NUMBER,
    "top_k": (int,),
    "min_p": _NUMBER,
    "repeat_penalty": _NUMBER,
    "max_output_tokens": (int,),
    "reasoning": _TEXT,
    "context_length": (int,),
    "store": (bool,),
    "previous_response_id": _TEXT,
}
_REASONING = ("off", "low", "medium", "high", "on")
TOKEN_NEEDED = (
    "An LM Studio API token is required to make requests to this server, but none was provided "
    "using the Authorization header using the 'Bearer' scheme."
)


def model(
    key: str,
    *,
    loaded: bool = False,
    kind: str = "llm",
    reasoning: bool | Sequence[str] = False,
    vision: bool = False,
) -> Json:
    """An entry of `GET /api/v1/models`; `reasoning` is what it allows, the default last."""
    publisher, _, name = key.rpartition("/")
    entry: Json = {
        "type": kind,
        "publisher": publisher or "nomic-ai",
        "key": key,
        "display_name": name.replace("-", " ").title(),
        "quantization": {"name": "Q4_K_M", "bits_per_weight": 4},
        "size_bytes": 5_000_000_000,
        "params_string": "8B" if kind == "llm" else None,
        "loaded_instances": [instance(key)] if loaded else [],
        "max_context_length": 131_072,
        "format": "gguf",
    }
    if kind == "llm":
        entry["capabilities"] = {"vision": vision, "trained_for_tool_use": True}
        if reasoning:
            allowed = list(_REASONING if reasoning is True else reasoning)
            options = {"allowed_options": allowed, "default": allowed[-1]}
            entry["capabilities"]["reasoning"] = options
    return entry


def instance(key: str) -> Json:
    """A loaded instance of a model."""
    return {"id": key, "config": {"context_length": 32_768, "parallel": 4}}


def default_models() -> list[Json]:
    """A loaded model, one on disk only, and an embedding model."""
    return [
        model("zai-org/glm-4.7-flash", loaded=True, reasoning=True),
        model("qwen/qwen3-8b", reasoning=True),
        model("text-embedding-nomic-embed-text-v1.5", kind="embedding"),
    ]


def authenticate(header: str, token: str | None) -> None:
    """Refuses a wrong token with 401, repeating its first ten characters."""
    given = header.removeprefix("Bearer ")
    if token is None or given == token:
        return
    shown = given[:10] + "*" * len(given[10:])
    message = f"Malformed LM Studio API token provided: {shown}" if given else TOKEN_NEEDED
    raise Invalid(message, "invalid_api_key", status=401)


def checked(body: Any, models: list[Json], responses: Container[str]) -> Json:
    """The model that a valid request means; raises Invalid."""
    if not isinstance(body, dict):
        raise Invalid("Request body is not a JSON object", "invalid_json")
    unknown = ", ".join(f"'{key}'" for key in body if key not in _KEYS)
    if unknown:
        raise Invalid(f"Unrecognized key(s) in object: {unknown}", "unrecognized_keys")
    for key in ("model", "input"):
        if not body.get(key):
            raise Invalid(f'"{key}" is required', "missing_required_parameter", key)
    for key, value in body.items():
        if not isinstance(value, _KEYS[key]) or (
            isinstance(value, bool) and bool not in _KEYS[key]
        ):
            raise Invalid(f"Invalid type for '{key}'", "invalid_type", key)
    _check_conversation(body, responses)
    entry = _entry(models, body["model"])
    check_lmstudio(body, entry)
    return entry


def _check_conversation(body: Json, responses: Container[str]) -> None:
    items = body["input"] if isinstance(body["input"], list) else []
    for number, item in enumerate(items):
        key = {"text": "content", "image": "data_url"}.get(item.get("type"))
        if key is None or not isinstance(item.get(key), str):
            message = "Invalid discriminator value. Expected 'text' | 'image'"
            raise Invalid(message, "invalid_value", f"input.{number}.type")
    previous = body.get("previous_response_id")
    if previous is not None and previous not in responses:
        message = f"Could not find stored response for previous_response_id: {previous}"
        raise Invalid(message, "invalid_value", "previous_response_id")


def _entry(models: list[Json], key: str) -> Json:
    found = [entry for entry in models if entry["key"] == key and entry["type"] == "llm"]
    if not found:
        message = f"Model {key!r} was not found"
        raise Invalid(message, "model_not_found", "model", 404, "model_not_found")
    return found[0]
