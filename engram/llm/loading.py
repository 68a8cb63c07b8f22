"""Models that are loaded and ejected because somebody asked for it, each at most once at a time.

Wire format: LM Studio's documentation of `POST /api/v1/models/load` and `/unload`. To load what is
loaded already makes a second instance, which takes the memory a second time: so the server's list
is read before, and a question of that model waits until the load is over.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol

from engram.core.crew import Crew
from engram.core.errors import (
    GiveUpError,
    LoadingError,
    ModelInUseError,
    NoModelError,
    ResponderError,
)
from engram.core.lru import LRUCache
from engram.core.model import Model
from engram.llm.answer.answer_text import AnswerText
from engram.llm.catalogue import answering, keyed

log = logging.getLogger(__name__)

# Nobody hears how a load goes on. A large model on a slow disk takes minutes; seconds.
PATIENCE = 3600.0
# So many models are loaded and ejected at once; what else is asked for waits.
AT_ONCE = 4
# Models whose time to load is remembered.
MODELS = 200
# What takes longer than the last time is nearly there.
NEARLY = 0.95


class Change:
    """A load or an eject of one model, which took `usual` seconds before (0: not known)."""

    def __init__(self, *, loads: bool, usual: float = 0.0) -> None:
        self.loads = loads
        self._usual = usual
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._wakes: list[Callable[[], None]] = []
        self._error: Exception | None = None
        self._seconds: float | None = None
        self._is_over = False

    @property
    def fraction(self) -> float | None:
        """How far it is, 0..1, by the time that it took before; None where that is not known."""
        if not self._usual:
            return None
        return min((time.monotonic() - self._began) / self._usual, NEARLY)

    @property
    def is_over(self) -> bool:
        """Whether it has come to its end, or failed."""
        return self._is_over

    def calls(self, wake: Callable[[], None]) -> None:
        """Have `wake` be called once it is over; at once if it is."""
        with self._lock:
            if not self._is_over:
                self._wakes.append(wake)
                return
        wake()

    def end(self, seconds: float | None = None, error: Exception | None = None) -> None:
        """Note how it came out, and wake whoever waits for it."""
        with self._lock:
            self._seconds, self._error, self._is_over = seconds, error, True
        for wake in self._wakes:
            wake()

    def result(self) -> float | None:
        """The seconds that it took, None if there was nothing to do; raises what it failed of."""
        if self._error:
            raise self._error
        return self._seconds


class ModelHost(Protocol):
    """The server whose models are loaded."""

    def look(self) -> tuple[Model, ...]:
        """Ask it which models it has now. Raises a `ResponderError`."""

    def do(self, what: str, body: dict[str, Any], timeout: float) -> dict[str, Any]:
        """Have it "load" or "unload"; returns what it answers. Raises a `ResponderError`."""


class Loader:
    """Loads and ejects models of `host`; for any thread.

    It knows which answers are in progress, because what answers is not ejected, and what a question
    loads is not loaded once more.
    """

    def __init__(self, host: ModelHost) -> None:
        self._host = host
        self._lock = threading.Lock()
        self._changes: dict[str, Change] = {}
        self._answers: dict[AnswerText, Model] = {}
        self._took: LRUCache[str, float] = LRUCache(MODELS)
        self._crew = Crew("loading", AT_ONCE)

    @contextlib.contextmanager
    def at_work(self, answer: AnswerText, model: Model) -> Iterator[None]:
        """Know during the block that `model` is asked for `answer`.

        Raises `LoadingError` while it is being loaded or ejected.
        """
        with self._lock:
            if change := self._changes.get(model.key):
                raise LoadingError("its model is being loaded or ejected", change.fraction)
            self._answers[answer] = model
        try:
            yield
        finally:
            with self._lock:
                del self._answers[answer]

    def took(self, model: Model, seconds: float) -> None:
        """Remember how long it took to load `model`."""
        if seconds > 0:
            self._took.put(model.key, seconds)

    def load(self, model: Model, context_length: int = 0) -> Change:
        """Begin to load `model`, by default with the context length that LM Studio chooses.

        Raises `ModelInUseError` while it is being ejected.
        """
        usual = self._took.get(model.key) or 0.0
        return self._begin(
            model, Change(loads=True, usual=usual), partial(self._load, model, context_length)
        )

    def eject(self, model: Model) -> Change:
        """Begin to eject all instances of `model`.

        Raises `ModelInUseError` while it is being loaded.
        """
        return self._begin(model, Change(loads=False), partial(self._eject, model))

    def _begin(self, model: Model, change: Change, do: Callable[[], float | None]) -> Change:
        with self._lock:
            if current := self._changes.get(model.key):
                if current.loads is not change.loads:
                    raise ModelInUseError(0)
                return current
            self._changes[model.key] = change
        self._crew.add(partial(self._run, model, change, do))
        return change

    def _run(self, model: Model, change: Change, do: Callable[[], float | None]) -> None:
        seconds: float | None = None
        failure: Exception | None = None
        try:
            seconds = do()
        except Exception as err:
            if not isinstance(err, ResponderError | ModelInUseError):
                log.exception("%s: loading or ejecting failed unexpectedly", model.key)
            failure = err
        # The next question is asked of what is there now; if not, the next probe tells.
        with contextlib.suppress(ResponderError):
            self._host.look()
        with self._lock:
            del self._changes[model.key]
        change.end(seconds, failure)

    def _load(self, model: Model, context_length: int) -> float | None:
        listed = self._now(model)
        if listed.loaded:
            return None
        if answers := self._answering(listed):
            # A question is loading it, or is about to.
            raise ModelInUseError(answers)
        began = time.monotonic()
        length = {"context_length": context_length} if context_length else {}
        told = self._host.do("load", {"model": model.key, **length}, PATIENCE)
        seconds = told.get("load_time_seconds")
        took = seconds if isinstance(seconds, int | float) else time.monotonic() - began
        self.took(model, took)
        log.info("%s was loaded in %.1f s, as its owner wants", model.key, took)
        return max(float(took), 0.0)

    def _eject(self, model: Model) -> float | None:
        listed, began = self._now(model), time.monotonic()
        if not listed.loaded:
            return None
        if answers := self._answering(listed):
            raise ModelInUseError(answers)
        if not listed.instances:
            raise GiveUpError("it does not tell by which name the model is loaded")
        for instance in listed.instances:
            self._host.do("unload", {"instance_id": instance}, PATIENCE)
        log.info("%s was ejected, as its owner wants", model.key)
        return time.monotonic() - began

    def _now(self, model: Model) -> Model:
        """What the server says of `model` now."""
        listed = keyed(model.key, self._host.look())
        if listed is None:
            raise NoModelError(f'it has no model "{model.key}" any more')
        return listed

    def _answering(self, model: Model) -> int:
        """How many answers of `model` are in progress, as far as is known."""
        with self._lock:
            at_work = list(self._answers.items())
        return sum(_is_by(model, answer, asked) for answer, asked in at_work)


def _is_by(model: Model, answer: AnswerText, asked: Model) -> bool:
    """Whether `model` gives `answer`, for which `asked` was asked."""
    if answer.instance in model.instances or asked.key in model.variants:
        return True
    return answering(answer.instance, asked, (model,)).key == model.key
