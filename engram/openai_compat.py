"""`OpenAIClient`: any server that speaks OpenAI's chat completions.

OpenAI itself, and LiteLLM, vLLM, Ollama, llama.cpp, OpenRouter and many more.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from engram.draft import Draft
from engram.events import Event, Question
from engram.openai_wire import take
from engram.sse import ServerSentEvent
from engram.stateless import StatelessServer, conversation
from engram.transport import RequestRejectedError
from engram.wire import Model


class OpenAIClient(StatelessServer):
    """Answers questions with a model at `base_url`, such as https://api.openai.com/v1.

    `token` goes along as bearer.
    """

    name = "openai"
    title = "OpenAI"
    credential = "OPENAI_API_KEY"
    path = "/chat/completions"
    models_path = "/models"
    _counts_tokens = True

    def _headers(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _body(self, question: Question, model: Model) -> dict[str, Any]:
        system = [{"role": "system", "content": question.system}] if question.system else []
        body: dict[str, Any] = {
            "model": model.key,
            "messages": [*system, *conversation(question)],
            "stream": True,
        }
        if self._counts_tokens:
            body["stream_options"] = {"include_usage": True}
        return body

    def _take(self, event: ServerSentEvent, draft: Draft) -> Generator[Event, None, None]:
        return take(event, draft)

    def _ask(
        self, question: Question, model: Model, timeout: float
    ) -> Generator[Event, None, None]:
        try:
            yield from super()._ask(question, model, timeout)
        except RequestRejectedError as err:
            if not self._counts_tokens or "stream_options" not in err.message:
                raise
            self._counts_tokens = False
            yield from super()._ask(question, model, timeout)
