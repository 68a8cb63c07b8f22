"""`ModelServer`: what every client of a model server does the same way, whatever it speaks."""

from __future__ import annotations

import abc
import contextlib
import ipaddress
import logging
import time
from collections.abc import Generator
from typing import ClassVar
from urllib.parse import urlsplit

from engram.core.errors import ResponderError, TryAgainError, UnavailableError
from engram.core.events import Event, Finished, Question
from engram.core.model import Model, Provider
from engram.llm.patience import Patience
from engram.llm.transport import RequestRejectedError, Transport
from engram.llm.waiting_line import WaitingLine

log = logging.getLogger(__name__)

SLOW_PROBES = 3
ANY = ("", "auto")


class ModelServer(abc.ABC):
    """Answers questions with a model at `base_url`.

    `timeout` is in seconds of silence, counted from the moment in which the request is sent, and
    doubles with each of `max_retries` attempts. `model` is what the server calls it; "" or "auto"
    leaves the choice to the client. At most `parallel` questions are at the server at once, the
    others wait in `line`. Failures raise a `ResponderError` out of `respond`; `query` returns None
    instead.
    """

    provider: ClassVar[Provider]
    #: Whether it is reached without the proxy that the environment may name, as are all servers
    #: at a private address.
    local = False

    def __init__(
        self,
        base_url: str,
        timeout: float = 60.0,
        max_retries: int = 3,
        *,
        model: str = "auto",
        token: str = "",
        connect_timeout: float = 3.0,
        parallel: int = 4,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.model = model
        self.available = True
        self.problem = ""
        self.latency: float | None = None
        self.models: tuple[Model, ...] = ()
        self.line = WaitingLine(parallel)
        self._slow_probes = 0
        self._patience = Patience(timeout, max_retries)
        self._transport = Transport(
            self.base_url,
            self._headers(token),
            connect_timeout,
            credential=self.provider.credential,
            local=self.local or _is_private(self.base_url),
        )

    @property
    def name(self) -> str:
        """The name used in `[fallback] order`, in logs and in figures."""
        return self.provider.name

    def probe(self) -> bool:
        """Look whether the server is there and has the model; sets `available` and `problem`.

        A server that is only slow may be loading a model: it counts as gone the third time.
        """
        began = time.monotonic()
        try:
            self.models = self._list_models(self._transport.connect_timeout)
            self.choose()
        except TryAgainError as err:
            self._slow_probes += 1
            if self._slow_probes >= SLOW_PROBES:
                self._mark(problem=str(err))
        except ResponderError as err:
            self._mark(problem=str(err))
        else:
            self.latency = time.monotonic() - began
            self._slow_probes = 0
            self._mark(problem="")
        return self.available

    def query(self, prompt: str) -> str | None:
        """The whole answer to `prompt`, or None when it could not be had."""
        try:
            for event in self.respond(Question(prompt)):
                if isinstance(event, Finished):
                    return event.text
        except ResponderError as err:
            log.warning("%s: %s", self.base_url, err)
        return None

    def respond(self, question: Question) -> Generator[Event, None, None]:
        """Stream the answer; raise a `ResponderError` when there is none."""
        until = time.monotonic() + self._patience.longest

        def attempt(timeout: float) -> Generator[Event, None, None]:
            def ask() -> Generator[Event, None, None]:
                return self._attempt(question, timeout)

            return self.line.through(question.chat, question.stop, until, ask)

        def cut_short(text: str) -> Finished:
            return Finished(text, self.name, self.model_name, markdown=True, cut_short=True)

        try:
            yield from self._patience.attempts(attempt, cut_short, question.stop)
        except UnavailableError as err:
            self._mark(problem=str(err))
            raise

    @property
    def model_name(self) -> str:
        """The model as people know it: as configured, or the name of the one that is there."""
        if self._any_model and self.models:
            return self.choose().name
        return self.model

    @abc.abstractmethod
    def choose(self, wanted: str = "") -> Model:
        """The model that answers: `wanted` if it is there, else the configured one.

        Raises `GiveUpError` when there is none.
        """

    def _shown(self, question: Question, model: Model) -> str:
        """The name to show for `model`, which answers `question`."""
        return model.name if question.model else self.model_name

    @property
    def _any_model(self) -> bool:
        return self.model.casefold() in ANY

    @abc.abstractmethod
    def _headers(self, token: str) -> dict[str, str]:
        """What goes with every request."""

    @abc.abstractmethod
    def _list_models(self, timeout: float) -> tuple[Model, ...]:
        """Ask the server which models it has. Raises a `ResponderError`."""

    @abc.abstractmethod
    def _ask(
        self, question: Question, model: Model, timeout: float
    ) -> Generator[Event, None, None]:
        """Ask once. Raises a `ResponderError`."""

    def _attempt(self, question: Question, timeout: float) -> Generator[Event, None, None]:
        if not self.models:
            self.models = self._list_models(timeout)
        try:
            yield from self._ask(question, self.choose(question.model), timeout)
        except RequestRejectedError as err:
            if err.status == 404:
                self.models = ()
            raise

    def _mark(self, problem: str) -> None:
        self.problem = problem
        self.available = not problem
        if problem:
            self.line.turn_away(problem)


def _is_private(url: str) -> bool:
    """Whether `url` names this machine, or an address that is only valid in its own network."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_private
    return False
