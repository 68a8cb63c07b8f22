"""`AbleServer`: a model server whose models can do more, and less, than answer in words."""

import abc
import contextlib
from collections.abc import Generator, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar

from engram.core.attachments import Picture
from engram.core.errors import GiveUpError, ResponderError
from engram.core.events import Event, Question
from engram.core.lru import LRUCache
from engram.core.model import EFFORTS, Model, Thinking
from engram.llm.abilities.bringing import AwayError, Bringer
from engram.llm.abilities.lacking import MODELS, Lacking, is_refused
from engram.llm.abilities.sight import can_look
from engram.llm.probed import ProbedServer


class AbleServer(ProbedServer):
    """A server with what is known of its models, from its list and from what became of requests.

    `effort` is how much they are to think where nobody has chosen. The other arguments are as in
    `ModelServer`.
    """

    #: Other words by which refusals speak of a key that a request can do without.
    optional_words: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType({})

    def __init__(
        self, base_url: str, model: str, token: str, connect_timeout: float, effort: str
    ) -> None:
        super().__init__(base_url, model, token, connect_timeout)
        self.lacking = Lacking()
        self.effort = effort
        self._bringer = Bringer()
        #: The keys of the models that were seen to think.
        self.thinkers: LRUCache[str, bool] = LRUCache(MODELS)

    def respond(self, question: Question) -> Generator[Event, None, None]:
        """Stream the answer; raise a `ResponderError` when there is none.

        Pictures that have to be brought are brought before the question is in line.
        """
        away: tuple[Picture, ...] = ()
        # What is not known yet, or changes on the way, turns out when it is asked.
        with contextlib.suppress(GiveUpError):
            if can_look(self.choose(question.model), self.lacking) is not False:
                away = self._away(question)
        while True:
            question = yield from self._bringer.with_pictures(question, away)
            try:
                yield from self._answered(question)
            except AwayError as err:
                away = err.pictures
            else:
                return

    def _away(self, question: Question) -> tuple[Picture, ...]:
        """The pictures in a request that asks `question` that are not at hand."""
        return tuple(one for one in self._shows(question) if not one.is_at_hand)

    @abc.abstractmethod
    def _shows(self, question: Question) -> Iterable[Picture]:
        """The pictures that a request shows which asks `question`."""

    @abc.abstractmethod
    def _answered(self, question: Question) -> Generator[Event, None, None]:
        """The same once its pictures are at hand; raises `AwayError` if more are needed."""

    def thinking(self, chosen: str = "") -> Thinking:
        """How much the model with the key `chosen` can be asked to think, else the configured."""
        name = self.called.subject
        try:
            model = self.choose(chosen)
        except GiveUpError:
            return Thinking(self.model, configured=self.effort, server=name)
        called = model.name if model.key == chosen else self.model_name
        return replace(self._thinking(model), model=called, configured=self.effort, server=name)

    def _thinking(self, model: Model) -> Thinking:
        """The same of `model`, without names."""
        return Thinking(efforts=tuple(one for one in EFFORTS if self._takes(model, one)))

    @abc.abstractmethod
    def _takes(self, model: Model, effort: str) -> bool:
        """Whether `model` is not known to refuse to be asked for `effort`."""

    def looking(self) -> tuple[Model, ...]:
        """The models that can look at pictures, loaded ones first."""
        seeing = (model for model in self.models if can_look(model, self.lacking))
        return tuple(sorted(seeing, key=lambda model: not model.loaded))

    @abc.abstractmethod
    def _optional(self, question: Question, model: Model) -> Mapping[str, Any]:
        """Further keys of the request that asks `question`, which it can do without."""

    def _taken(self, question: Question, model: Model) -> dict[str, Any]:
        """Those of them that `model` is not known to refuse."""
        return {
            key: value
            for key, value in self._optional(question, model).items()
            if not self.lacking.has_value(model.key, key, value)
        }

    def _refused(self, optional: Mapping[str, Any], model: Model, err: ResponderError) -> bool:
        """Whether `err` is about any of the `optional` keys; `model` is not sent those again."""
        refused = [
            key
            for key in optional
            if is_refused(key, err, *self.optional_words.get(key, ()), model=model.key)
        ]
        for key in refused:
            self.lacking.note_value(model.key, key, optional[key], err)
        return bool(refused)
