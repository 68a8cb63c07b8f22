"""The models that LM Studio lists, and what each of them can do; pure.

Wire format: LM Studio's documentation of `GET /api/v1/models`.
"""

import re
from typing import Any

from engram.core.errors import GiveUpError
from engram.core.model import Model
from engram.llm.reading import model_name, tokens, typed

# What can be said with a button; no model has so many. Characters.
EFFORT, EFFORTS = re.compile(r"[a-z_-]{1,16}"), 10


def read_models(document: Any) -> tuple[Model, ...]:
    """The language models in the server's list; raises `GiveUpError` when it is no such list."""
    listed = typed(dict, document)
    if not isinstance(listed.get("models"), list):
        if "error" in listed:
            raise GiveUpError("it is older than LM Studio 0.4; update LM Studio")
        raise GiveUpError("it lists no models; is it LM Studio?")
    return tuple(
        _model(item)
        for item in (typed(dict, entry) for entry in listed["models"])
        if item.get("type") == "llm" and model_name(item.get("key"))
    )


def _model(item: dict[str, Any]) -> Model:
    instances = [typed(dict, one) for one in typed(list, item.get("loaded_instances"))]
    capabilities = typed(dict, item.get("capabilities"))
    vision, reasoning = capabilities.get("vision"), typed(dict, capabilities.get("reasoning"))
    return Model(
        key=item["key"],
        size=str(item.get("params_string") or ""),
        quantization=str(typed(dict, item.get("quantization")).get("name") or ""),
        loaded=bool(instances),
        context=_context(item["key"], instances),
        vision=vision if isinstance(vision, bool) else None,
        efforts=tuple(filter(EFFORT.fullmatch, _names(reasoning.get("allowed_options"))))[:EFFORTS],
        effort=typed(str, reasoning.get("default")),
        instances=_names([one.get("id") for one in instances]),
        longest=tokens(item.get("max_context_length")),
        bytes=max(typed(int, item.get("size_bytes")), 0),
        variants=_names(item.get("variants")),
        variant=model_name(item.get("selected_variant")),
    )


def _context(key: str, instances: list[dict[str, Any]]) -> int:
    """The context length of the instance that answers for `key`, or the least of all of them."""
    lengths = {}
    for instance in instances:
        if length := tokens(typed(dict, instance.get("config")).get("context_length")):
            lengths[str(instance.get("id"))] = length
    return lengths.get(key) or min(lengths.values(), default=0)


def _names(values: Any) -> tuple[str, ...]:
    """The names in a list, each once; whatever else is in its place is none."""
    return tuple(dict.fromkeys(filter(None, map(model_name, typed(list, values)))))
