"""`LMStudioClient`: one LM Studio server, over its native REST API (0.4 and newer)."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator
from typing import Any

from engram.errors import ResponderError, TryAgainError, UnavailableError
from engram.events import Event, Finished, Question, Thread
from engram.lmstudio_wire import Model, matching, read_answer, read_models, recalled
from engram.retry import Patience
from engram.transport import RequestRejectedError, Transport

log = logging.getLogger(__name__)

SLOW_PROBES = 3


class LMStudioClient:
    """Answers questions with a model in LM Studio at `base_url`.

    `timeout` is in seconds of silence and doubles with each of `max_retries` attempts. `model` is
    a key with or without its publisher, or "auto" for whatever is loaded. `token` goes along as
    bearer. Failures raise a `ResponderError` out of `respond`; `query` returns None instead.
    """

    name = "lmstudio"

    def __init__(
        self,
        base_url: str,
        timeout: float = 60.0,
        max_retries: int = 3,
        *,
        model: str = "auto",
        token: str = "",
        connect_timeout: float = 3.0,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.model = model
        self.available = True
        self.problem = ""
        self.latency: float | None = None
        self.models: tuple[Model, ...] = ()
        self._ambiguous = ""
        self._slow_probes = 0
        self._patience = Patience(timeout, max_retries)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._transport = Transport(
            self.base_url, headers, connect_timeout, credential="LM_API_TOKEN", local=True
        )

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

        def attempt(timeout: float) -> Generator[Event, None, None]:
            return self._attempt(question, timeout)

        def cut_short(text: str) -> Finished:
            return Finished(text, self.name, self.model_name, markdown=True, cut_short=True)

        try:
            yield from self._patience.attempts(attempt, cut_short, question.stop)
        except UnavailableError as err:
            self._mark(problem=str(err))
            raise

    @property
    def model_name(self) -> str:
        """The model as people know it: as configured, or the name of the one that is loaded."""
        if self.model.casefold() == "auto" and self.models:
            return matching(self.model, self.models)[0].name
        return self.model

    def choose(self, wanted: str = "") -> Model:
        """The model that answers: `wanted` if it is there, else the configured one.

        Raises `GiveUpError` when there is none.
        """
        chosen = [model for model in self.models if model.key == wanted]
        found = chosen or matching(self.model, self.models)
        names = " or ".join(model.key for model in found)
        if len(found) > 1 and self.model.casefold() != "auto" and names != self._ambiguous:
            self._ambiguous = names
            log.warning(
                "[lmstudio] model = %s can be %s: using %s", self.model, names, found[0].key
            )
        return found[0]

    def _attempt(self, question: Question, timeout: float) -> Generator[Event, None, None]:
        if not self.models:
            self.models = self._list_models(timeout)
        thread = question.thread if self._keeps(question.thread) else None
        try:
            yield from self._stream(question, thread, timeout)
        except RequestRejectedError as err:
            if err.status == 404:
                self.models = ()
            if err.status != 400 or thread is None:
                raise
            log.info("%s does not know the conversation any more: a new one begins", self.base_url)
            yield from self._stream(question, None, timeout)

    def _keeps(self, thread: Thread | None) -> bool:
        return thread is not None and thread.server == self.base_url

    def _stream(
        self, question: Question, thread: Thread | None, timeout: float
    ) -> Generator[Event, None, None]:
        model = self.choose(question.model)
        # What it has in its thread it need not be told again.
        known = len(question.history) - thread.unseen if thread else 0
        body: dict[str, Any] = {
            "model": model.key,
            "input": recalled(question.history[max(known, 0) :], question.prompt or question.text),
            "stream": True,
        }
        if question.system:
            body["system_prompt"] = question.system
        if thread:
            body["previous_response_id"] = thread.id
        events = self._transport.stream("/api/v1/chat", body, timeout, question.stop)
        name = model.name if question.model else self.model_name
        return read_answer(events, self.name, name, self.base_url)

    def _list_models(self, timeout: float) -> tuple[Model, ...]:
        return read_models(self._transport.get("/api/v1/models", timeout))

    def _mark(self, problem: str) -> None:
        self.problem = problem
        self.available = not problem
