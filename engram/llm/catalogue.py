"""The models that a server lists, and which of them a name means; pure."""

from collections.abc import Iterable
from typing import Any

from engram.core.errors import GiveUpError, NoModelError
from engram.core.model import Model
from engram.llm.reading import typed

CONTEXT_KEYS = ("max_model_len", "context_length", "context_window", "max_input_tokens")


def listed_models(document: Any) -> tuple[Model, ...]:
    """The models in `{"data": [{"id": ...}]}`, the form of OpenAI's and Anthropic's lists.

    Raises `GiveUpError` when `document` is no such list.
    """
    if not isinstance(document, dict) or "data" not in document:
        raise GiveUpError("it lists no models; is it a model server?")
    items = (typed(dict, item) for item in typed(list, document["data"]))
    return tuple(
        Model(
            item["id"],
            context=_context(item),
            engine=typed(str, item.get("owned_by")),
            vision=_vision(item),
        )
        for item in items
        if isinstance(item.get("id"), str) and item["id"]
    )


def _context(item: dict[str, Any]) -> int:
    """The context length in an entry of a list, 0 when it has none.

    Where servers have it: llama.cpp `meta.n_ctx`, vLLM `max_model_len`, OpenRouter
    `context_length`, Groq `context_window`, Anthropic `max_input_tokens`.
    """
    listed = (item.get(key) for key in CONTEXT_KEYS)
    found = (typed(dict, item.get("meta")).get("n_ctx"), *listed)
    return next((size for size in found if isinstance(size, int) and size > 0), 0)


def _vision(item: dict[str, Any]) -> bool | None:
    """Whether the model of an entry can look at pictures; None where the list does not tell.

    Where servers have it: llama.cpp and OpenRouter `architecture.input_modalities`, Mistral
    `capabilities.vision`.
    """
    inputs = typed(dict, item.get("architecture")).get("input_modalities")
    if isinstance(inputs, list) and inputs:
        return "image" in inputs
    told = typed(dict, item.get("capabilities")).get("vision")
    return told if isinstance(told, bool) else None


def matching(wanted: str, models: Iterable[Model]) -> list[Model]:
    """The models that `wanted` can mean, at least one, loaded ones first.

    Only those that match it best: by the exact key, else by the key where one of the two names no
    publisher ("qwen/"), else where one names no quantization ("@q4_k_m"). Case does not matter;
    "auto" means any model. Raises `NoModelError`, which names the models that exist, when none
    matches.
    """
    ranked = sorted(models, key=lambda model: not model.loaded)
    if not ranked:
        raise NoModelError("it has no language model yet; download one in LM Studio")
    if wanted.casefold() == "auto":
        return ranked
    levels = {model: _likeness(wanted.casefold(), model.key.casefold()) for model in ranked}
    best = max(levels.values())
    if not best:
        keys = ", ".join(model.key for model in ranked)
        raise NoModelError(
            f'it has no model "{wanted}"; set [lmstudio] model to one of: {keys}, or to auto'
        )
    return [model for model in ranked if levels[model] == best]


def _likeness(wanted: str, key: str) -> int:
    """How well `wanted` names the model with `key`: 3 exactly, 0 not at all."""
    if wanted == key:
        return 3
    (publisher, name, quantization), (other, its_name, its) = _parts(wanted), _parts(key)
    if name != its_name or (publisher and other and publisher != other):
        return 0
    if quantization == its:
        return 2
    return 0 if quantization and its else 1


def _parts(key: str) -> tuple[str, str, str]:
    """The publisher, the name and the quantization in `key`, "" for what it does not have."""
    publisher, _, rest = key.rpartition("/")
    name, _, quantization = rest.partition("@")
    return publisher, name, quantization
