"""`LMStudioClient`: one LM Studio server, over its native REST API (0.4 and newer)."""

from __future__ import annotations

import logging
from collections.abc import Generator
from typing import Any

from engram.events import Event, Question, Thread
from engram.lmstudio_wire import matching, read_answer, read_models, recalled
from engram.model_server import ModelServer
from engram.transport import RequestRejectedError
from engram.wire import Model

log = logging.getLogger(__name__)


class LMStudioClient(ModelServer):
    """Answers questions with a model in LM Studio at `base_url`.

    `model` is a key with or without its publisher, or "auto" for whatever is loaded. `token` goes
    along as bearer. Conversations stay in the server, as `Thread`s.
    """

    name = "lmstudio"
    title = "LM Studio"
    credential = "LM_API_TOKEN"
    local = True
    _ambiguous = ""

    def choose(self, wanted: str = "") -> Model:
        """The model that answers: `wanted` if it is there, else the configured one.

        Raises `GiveUpError` when there is none.
        """
        chosen = [model for model in self.models if model.key == wanted]
        found = chosen or matching("auto" if self._any_model else self.model, self.models)
        names = " or ".join(model.key for model in found)
        if len(found) > 1 and not self._any_model and names != self._ambiguous:
            self._ambiguous = names
            log.warning(
                "[lmstudio] model = %s can be %s: using %s", self.model, names, found[0].key
            )
        return found[0]

    def _headers(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _list_models(self, timeout: float) -> tuple[Model, ...]:
        return read_models(self._transport.get("/api/v1/models", timeout))

    def _ask(
        self, question: Question, model: Model, timeout: float
    ) -> Generator[Event, None, None]:
        thread = question.thread if self._keeps(question.thread) else None
        try:
            yield from self._stream(question, model, thread, timeout)
        except RequestRejectedError as err:
            if err.status != 400 or thread is None:
                raise
            log.info("%s does not know the conversation any more: a new one begins", self.base_url)
            yield from self._stream(question, model, None, timeout)

    def _keeps(self, thread: Thread | None) -> bool:
        return thread is not None and thread.server == self.base_url

    def _stream(
        self, question: Question, model: Model, thread: Thread | None, timeout: float
    ) -> Generator[Event, None, None]:
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
        return read_answer(events, self.name, self._shown(question, model), self.base_url)
