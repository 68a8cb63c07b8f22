"""`ProbedServer`: whether a model server is there, and which models it has."""

import abc
import contextlib
import time
from typing import ClassVar

from engram.core.errors import (
    Cause,
    GiveUpError,
    LoadingError,
    NoModelError,
    ResponderError,
    TryAgainError,
)
from engram.core.events import Finished
from engram.core.model import Model, Provider, ServerName
from engram.llm.answer.answer_text import AnswerText
from engram.llm.catalogue import keyed
from engram.llm.patience import Outcomes
from engram.llm.transport import Transport

SLOW_PROBES = 3
ANY = ("", "auto")


class ProbedServer(abc.ABC):
    """The server at `base_url`, with the `models` that it listed last.

    `available` is False once it is known to be gone, and `problem` says why. One that is there
    without the configured model is available, and has a problem. `latency` is that of
    the last probe in seconds, None before one was answered. The other arguments are as in
    `ModelServer`.
    """

    provider: ClassVar[Provider]
    #: Where the list of models is, below `base_url`.
    models_path: ClassVar[str]
    #: Whether no proxy from the environment is used; none is used for any private address.
    local = False
    #: Whether it can be asked to load a model.
    loads = False
    #: Whether a question loads its model, as far as is known.
    on_demand = True

    def __init__(self, base_url: str, model: str, token: str, connect_timeout: float) -> None:
        self.base_url = base_url.rstrip("/")
        self.model = model
        self.available = True
        self.problem = ""
        #: Why it is not available, if that is so.
        self.down: Cause | None = None
        self.outcomes = Outcomes()
        #: Which models the configured name can mean, in a sentence; "" when it is clear.
        self.ambiguity = ""
        self.latency: float | None = None
        self.models: tuple[Model, ...] = ()
        self._slow_probes = 0
        self._transport = Transport(
            self.base_url,
            self._headers(token),
            connect_timeout,
            credential=self.provider.credential,
            local=self.local,
        )

    @property
    def name(self) -> str:
        """The name used in `[fallback] order`, in logs and in metrics."""
        return self.provider.name

    def probe(self) -> bool:
        """Whether the server is reachable and has the model; sets `available` and `problem`.

        A server that is only slow may be loading a model: one that was reached before counts as
        gone the third time, but for one that says that it is loading.
        """
        began = time.monotonic()
        try:
            self.models = self._list_models(self._transport.connect_timeout)
            self.outcomes.lacking = self._lacking()
        except ResponderError as err:
            self._slow_probes += not isinstance(err, LoadingError)
            if not isinstance(err, TryAgainError) or self._slow_probes >= SLOW_PROBES:
                self._mark(str(err), err.cause)
            elif self.latency is None:  # nobody should say that it is there
                self.problem = str(err)
        else:
            self.latency = time.monotonic() - began
            self._slow_probes = 0
            self._mark("")
            self.problem = self.outcomes.lacking
        return self.available and self.latency is not None and not self.outcomes.lacking

    @property
    def called(self) -> ServerName:
        """What people call it, by what it says of itself, or else by its address."""
        engine = next((model.engine for model in self.models if model.engine), "")
        return self.provider.at(self.base_url, engine)

    @property
    def model_name(self) -> str:
        """The model as people know it: as configured, or the name of the one that answers."""
        if self._any_model and self.models:
            return self._configured().name
        return self.model

    @property
    def stand_in(self) -> str:
        """The model that answers in place of the configured one, which is not loaded."""
        return ""

    def choose(self, wanted: str = "") -> Model:
        """The model that answers: the one with the key `wanted`, else the configured one.

        Raises `GiveUpError` when there is none.
        """
        return keyed(wanted, self.models) or self._configured()

    @abc.abstractmethod
    def _configured(self) -> Model:
        """The model that the configured name means. Raises `GiveUpError` when there is none."""

    @abc.abstractmethod
    def _list_models(self, timeout: float) -> tuple[Model, ...]:
        """Ask the server which models it has. Raises a `ResponderError`."""

    def _headers(self, token: str) -> dict[str, str]:
        """What goes with every request."""
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _is_choice(self, model: Model) -> bool:
        """Whether `model` is not the configured one, but one that a chat chose."""
        with contextlib.suppress(GiveUpError):
            return model.key != self._configured().key
        return True

    def _at_work(
        self, _answer: AnswerText, _model: Model
    ) -> contextlib.AbstractContextManager[None]:
        """What to be in while `model` answers; may raise `LoadingError`."""
        return contextlib.nullcontext()

    def _by(self, finished: Finished, _answer: AnswerText, _asked: Model) -> Finished:
        """The answer, with the model that has really given it where `asked` was asked."""
        return finished

    @property
    def _any_model(self) -> bool:
        return self.model.casefold() in ANY

    def _lacking(self) -> str:
        """Why the configured model cannot be asked though the server is there; "" if it can."""
        try:
            self._configured()
        except NoModelError as err:
            # There may be others, and a chat may have chosen one of them.
            return str(err)
        return ""

    def _mark(self, problem: str, down: Cause | None = None) -> None:
        """Note that it is there, or the `problem` because of which it is not, and its cause."""
        self.problem = problem
        self.down = down
        self.available = not problem
