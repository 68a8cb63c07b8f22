"""What servers allow to be said about thinking, as pure functions: whatever they refuse raises.

Sources: LM Studio's documentation and error messages in bug trackers; OpenAI's and Anthropic's API
references ("Troubleshooting thinking"); LiteLLM's proxy 1.108 and llama.cpp's server 11549, as they
answered.
"""

from __future__ import annotations

from collections.abc import Collection

from tests.doubles.lmstudio_behaviours import Json
from tests.doubles.model_server import Invalid

_DROPPED = "To drop these, set `litellm.drop_params=True` or for proxy:"


def check_lmstudio(body: Json, entry: Json) -> None:
    """LM Studio refuses what its list does not allow."""
    if "reasoning" not in body:
        return
    listed, asked = entry["capabilities"].get("reasoning"), body["reasoning"]
    if listed is None:
        message = f"Model '{entry['key']}' does not expose reasoning configuration."
        raise Invalid(message, "invalid_value", "reasoning")
    if asked not in listed["allowed_options"]:
        allowed = ", ".join(f"'{one}'" for one in listed["allowed_options"])
        message = f"Reasoning setting '{asked}' is not supported by model '{entry['key']}'."
        message += f" Supported settings: {allowed}."
        raise Invalid(message, "invalid_value", "reasoning")


def check_openai(body: Json, efforts: Collection[str], engine: str) -> None:
    """OpenAI refuses what its model does not allow, LiteLLM everything; llama.cpp takes anything.

    `engine` is as in `OpenAIDouble`.
    """
    if "reasoning_effort" not in body or engine == "llamacpp":
        return
    asked = body["reasoning_effort"]
    if engine == "litellm":
        message = "litellm.UnsupportedParamsError: lm_studio does not support parameters: "
        message += f"['reasoning_effort'], for model={body['model']}. {_DROPPED}"
        raise Invalid(message, "400", None, 400, "invalid_request_error")
    if not efforts:
        message = "Unsupported parameter: 'reasoning_effort' is not supported with this model."
        raise _openai(message, "unsupported_parameter")
    if asked not in efforts:
        allowed = ", ".join(f"'{one}'" for one in efforts)
        message = f"Unsupported value: 'reasoning_effort' does not support '{asked}' with this "
        raise _openai(f"{message}model. Supported values are: {allowed}.", "unsupported_value")


def check_anthropic(body: Json, types: Collection[str]) -> None:
    """Anthropic's models allow some `types` of thinking each; none are of one that cannot think.

    With "reasoning_effort" among the types it is LiteLLM's proxy, which refuses all in other words.
    """
    asked = body.get("thinking")
    if asked is None:
        return
    if "reasoning_effort" in types:
        message = "litellm.UnsupportedParamsError: lm_studio does not support parameters: "
        raise _anthropic(f"{message}['reasoning_effort'], for model={body['model']}. {_DROPPED}")
    if not types:
        raise _anthropic(f"'{body['model']}' does not support thinking.")
    if asked["type"] not in types:
        raise _anthropic(_REFUSED[asked["type"]])
    if asked["type"] != "enabled":
        return
    if asked["budget_tokens"] < 1024:
        message = "Input should be greater than or equal to 1024"
        raise _anthropic(f"thinking.enabled.budget_tokens: {message}")
    if asked["budget_tokens"] >= body["max_tokens"]:
        raise _anthropic("`max_tokens` must be greater than `thinking.budget_tokens`.")


_REFUSED = {
    "enabled": (
        '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and '
        '"output_config.effort" to control thinking behavior.'
    ),
    "adaptive": "adaptive thinking is not supported on this model",
    "disabled": '"thinking.type.disabled" is not supported for this model.',
}


def _openai(message: str, code: str) -> Invalid:
    return Invalid(message, code, "reasoning_effort", 400, "invalid_request_error")


def _anthropic(message: str) -> Invalid:
    return Invalid(message, "", kind="invalid_request_error")
