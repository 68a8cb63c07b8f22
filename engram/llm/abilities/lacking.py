"""`Lacking`: what the models at one server turned out not to take."""

import re
from typing import Any

from engram.core.errors import QuestionError, ResponderError, TooLongError, WordlessError
from engram.core.lru import LRUCache
from engram.llm.refusals import RequestRejectedError

MODELS = 200


class Lacking:
    """Keys of a request, and other things, that a model was asked with in vain.

    Whatever is not taken by one model may be by another. A restart of the bot forgets it.
    """

    def __init__(self) -> None:
        self._known: LRUCache[tuple[str, str], bool] = LRUCache(MODELS)

    def has(self, model: str, what: str) -> bool:
        """Whether the model with that key is known not to take it."""
        return self._known.get((model, what)) is not None

    def note(self, model: str, what: str) -> None:
        """Know from now on that it does not."""
        self._known.put((model, what), True)

    def has_value(self, model: str, key: str, value: Any) -> bool:
        """Whether the model takes no `key` at all, or not with that `value`."""
        return self.has(model, key) or self.has(model, _with(key, value))

    def note_value(self, model: str, key: str, value: Any, err: ResponderError) -> None:
        """Know from now on that `err` refused it.

        One that names the value says nothing about other values: "Unsupported value: 'none'".
        """
        named = re.search(rf"['\"`.]{re.escape(_form(value))}['\"`]", str(err))
        self.note(model, _with(key, value) if _form(value) and named else key)


def is_refused(key: str, err: ResponderError, *words: str, model: str = "") -> bool:
    """Whether `err` refuses what the request says under `key`, or speaks of any of the `words`.

    The name of the `model` may have such a word in it, which says nothing.
    """
    if not isinstance(err, QuestionError) or isinstance(err, TooLongError | WordlessError):
        return False
    named = err.parameter if isinstance(err, RequestRejectedError) else ""
    said = f"{err} {named}".casefold()
    for name in filter(None, (model.casefold(), model.casefold().rpartition("/")[2])):
        said = said.replace(name, "")
    return any(word in said for word in (key, *words))


def _with(key: str, value: Any) -> str:
    return f"{key}={_form(value)}"


def _form(value: Any) -> str:
    """What a refusal calls a `value`: itself, or its type where it is an object."""
    form = value.get("type") if isinstance(value, dict) else value
    return form if isinstance(form, str) else ""
