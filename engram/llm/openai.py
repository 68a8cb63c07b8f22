"""`OpenAIClient`: any server that speaks OpenAI's chat completions.

OpenAI itself, and LiteLLM, vLLM, Ollama, llama.cpp, OpenRouter and many more.

Wire format: OpenAI's API reference, "Chat Completions" and its streamed chunks. What others add or
leave out: `reasoning_content` (DeepSeek, vLLM, llama.cpp) or `reasoning` (Ollama, OpenRouter),
errors inside the stream (LiteLLM, OpenRouter), streams without `[DONE]`, one document in place of
a stream.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from engram.core.errors import ResponderError
from engram.core.events import Event, Question
from engram.core.model import PROVIDERS, Model
from engram.llm.answer_text import AnswerText
from engram.llm.reading import Usage, a_count, a_list, a_text, an_object, decode, reported
from engram.llm.sse import DOCUMENT, ServerSentEvent
from engram.llm.stateless import StatelessServer, conversation
from engram.llm.transport import RequestRejectedError


class OpenAIClient(StatelessServer):
    """Answers questions with a model at `base_url`, such as https://api.openai.com/v1.

    `token` goes along as bearer.
    """

    provider = PROVIDERS["openai"]
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

    def _take(self, event: ServerSentEvent, draft: AnswerText) -> Generator[Event, None, None]:
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


# DOC
DONE = "[DONE]"
# Ways to finish that leave an answer without its end.
CUT = {"length", "content_filter"}
# Kinds of errors after which the same request fails again; so do codes 4xx, but for these.
HOPELESS = {
    "invalid_request_error",
    "authentication_error",
    "permission_error",
    "not_found_error",
    "insufficient_quota",
}
PASSING = {"408", "409", "425", "429"}


def take(event: ServerSentEvent, draft: AnswerText) -> Generator[Event, None, None]:
    """Add `event` to `draft` and yield what of it people see. Raises a `ResponderError`."""
    if event.data.strip() == DONE:
        draft.close()
        return
    chunk = decode(event)
    if error := chunk.get("error"):
        raise _stream_error(error)
    draft.usage = _usage(chunk) or draft.usage
    choice = _choice(chunk)
    yield from _said(choice, draft)
    if reason := a_text(choice.get("finish_reason")):
        draft.end(cut_short=reason in CUT)
    if event.name == DOCUMENT:
        draft.close()


def _choice(chunk: dict[str, Any]) -> dict[str, Any]:
    """The only choice; the last chunk of a stream has none, but the usage."""
    return an_object(next(iter(a_list(chunk.get("choices"))), None))


def _said(choice: dict[str, Any], draft: AnswerText) -> Generator[Event, None, None]:
    said = an_object(choice.get("delta") or choice.get("message"))
    if said.get("reasoning_content") or said.get("reasoning"):
        yield from draft.think()
    yield from draft.say(a_text(said.get("content")))


def _usage(chunk: dict[str, Any]) -> Usage | None:
    usage = an_object(chunk.get("usage"))
    counts = a_count(usage.get("prompt_tokens")), a_count(usage.get("completion_tokens"))
    return Usage(*counts) if any(counts) else None


def _stream_error(error: Any) -> ResponderError:
    details = error if isinstance(error, dict) else {"message": error}
    kind, code = str(details.get("type")), str(details.get("code"))
    refused = code.startswith("4") and code not in PASSING
    return reported(details, refused or not HOPELESS.isdisjoint((kind, code)))
