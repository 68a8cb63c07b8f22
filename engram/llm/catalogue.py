"""The models that a server lists, and which of them a name means; pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from engram.core.errors import GiveUpError, NoModelError
from engram.core.model import Model
from engram.llm.reading import model_name, typed

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
        if model_name(item.get("id"))
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


def each(models: Iterable[Model]) -> tuple[Model, ...]:
    """The `models`, and after them the quantizations of each that the server does not use now."""
    listed = tuple(models)
    others = ((model, variant) for model in listed for variant in model.variants)
    return (*listed, *(_as_variant(*other) for other in others if other[1] != other[0].variant))


def keyed(key: str, models: Iterable[Model]) -> Model | None:
    """The model with this key, which may be that of one of its quantizations."""
    known = ((model, (model.key, model.variant)) for model in each(models))
    return next((model for model, keys in known if key and key in keys), None)


def _as_variant(model: Model, variant: str) -> Model:
    """`model` in the quantization with the key `variant`."""
    if variant == model.variant:
        return model
    instances = tuple(one for one in model.instances if _base(one) == variant.casefold())
    *_, quantization = _parts(variant)
    return replace(
        model,
        key=variant,
        quantization=quantization.upper(),
        loaded=bool(instances),
        context=model.context if instances else 0,
        instances=instances,
        bytes=0,
        variants=(),
        variant="",
    )


def answering(instance: str, asked: Model, models: Sequence[Model]) -> Model:
    """The model that answers as the loaded `instance` where `asked` was asked.

    It is `asked` unless another one of the `models` is known by that name. The ids of instances
    are keys with or without publisher and quantization, and with a number from the second one on
    (":2"), or names that somebody gave them.
    """
    if not instance or instance in asked.instances or _is_of(instance, asked):
        return asked
    owners = (model for model in models if instance in model.instances)
    named = (model for model in models if _is_of(instance, model))
    return next(owners, None) or next(named, asked)


def matching(wanted: str, models: Iterable[Model]) -> list[Model]:
    """The models that `wanted` can mean, at least one, loaded ones first.

    Only those that match it best: by the exact key, else by the key where one of the two names no
    publisher ("qwen/"), else where one names no quantization ("@q4_k_m"). Of a model in several
    quantizations it is the one that is named, else the one that the server uses. Case does not
    matter; "auto" means any model. Raises `NoModelError`, which names the models that exist, when
    none matches.
    """
    ranked = sorted(models, key=lambda model: not model.loaded)
    if not ranked:
        raise NoModelError("it has no language model yet; download one in LM Studio")
    if wanted.casefold() == "auto":
        return ranked
    named = [_named(wanted.casefold(), model) for model in ranked]
    levels = {model: _likeness(wanted.casefold(), model) for model in named}
    best = max(levels.values())
    if not best:
        keys = ", ".join(model.key for model in ranked)
        raise NoModelError(
            f'it has no model "{wanted}"; set [lmstudio] model to one of: {keys}, or to auto'
        )
    return [model for model in named if levels[model] == best]


def _named(wanted: str, model: Model) -> Model:
    """`model` in the quantization that `wanted` names, if it has that."""
    *_, quantization = _parts(wanted)
    same = (one for one in model.variants if _parts(one.casefold())[2] == quantization)
    variant = next(same, "") if quantization else ""
    return _as_variant(model, variant) if variant else model


def _likeness(wanted: str, model: Model) -> int:
    """How well `wanted` names the model: 3 exactly, 0 not at all."""
    key = model.key.casefold()
    if wanted == key:
        return 3
    (publisher, name, quantization), (other, its_name, its) = _parts(wanted), _parts(key)
    if name != its_name or (publisher and other and publisher != other):
        return 0
    if quantization and model.variants and not its:
        # It has that one, which the server uses, or has not.
        chosen = _parts(model.variant.casefold())[2]
        return 2 if quantization == chosen else 0
    if quantization == its:
        return 2
    return 0 if quantization and its else 1


def _is_of(instance: str, model: Model) -> bool:
    """Whether the id of an `instance` is a name of `model`, with a number or without one."""
    names = (instance.casefold(), _base(instance))
    return any(_likeness(name, model) for name in names)


def _base(instance: str) -> str:
    """The id of an `instance` in small letters, without its number."""
    return re.sub(r":\d+$", "", instance.casefold())


def _parts(key: str) -> tuple[str, str, str]:
    """The publisher, the name and the quantization in `key`, "" for what it does not have."""
    publisher, _, rest = key.rpartition("/")
    name, _, quantization = rest.partition("@")
    return publisher, name, quantization
