"""The models that a server lists, and which of them a name means; pure."""

from collections.abc import Iterable
from typing import Any

from engram.core.errors import GiveUpError
from engram.core.model import Model
from engram.llm.reading import typed


def listed_models(document: Any) -> tuple[Model, ...]:
    """The models in `{"data": [{"id": ...}]}`, the form of OpenAI's and Anthropic's lists.

    Raises `GiveUpError` when `document` is no such list.
    """
    if not isinstance(document, dict) or "data" not in document:
        raise GiveUpError("it lists no models; is it a model server?")
    items = (typed(dict, item) for item in typed(list, document["data"]))
    return tuple(Model(key) for key in (typed(str, item.get("id")) for item in items) if key)


def matching(wanted: str, models: Iterable[Model]) -> list[Model]:
    """The models that `wanted` can mean, at least one, loaded ones first.

    Case and the publisher before the slash do not matter; "auto" means any model. Raises
    `GiveUpError`, which names the models that exist, when none matches.
    """
    ranked = sorted(models, key=lambda model: not model.loaded)
    name = wanted.casefold()
    if not ranked:
        raise GiveUpError("it has no language model yet; download one in LM Studio")
    if name == "auto":
        return ranked
    exact = [model for model in ranked if model.key.casefold() == name]
    found = exact or [model for model in ranked if model.name.casefold() == name]
    if not found:
        keys = ", ".join(model.key for model in ranked)
        raise GiveUpError(
            f'it has no model "{wanted}"; set [lmstudio] model to one of: {keys}, or to auto'
        )
    return found
