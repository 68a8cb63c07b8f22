"""`Lacking`: what the models at one server turned out not to take."""

from engram.core.errors import QuestionError, ResponderError
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


def is_refused(key: str, err: ResponderError, *words: str) -> bool:
    """Whether `err` refuses what the request says under `key`, or speaks of any of the `words`."""
    if not isinstance(err, QuestionError):
        return False
    named = err.parameter if isinstance(err, RequestRejectedError) else ""
    said = f"{err} {named}".casefold()
    return any(word in said for word in (key, *words))
