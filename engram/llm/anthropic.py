"""`AnthropicClient`: Anthropic's Messages API, or a server that speaks it.

Wire format: Anthropic's API reference, "Messages", "Streaming messages" and "Errors".
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from engram.core.events import Event, Question
from engram.core.model import PROVIDERS, Model
from engram.llm.answer_text import AnswerText
from engram.llm.reading import Usage, a_count, a_list, a_text, an_object, decode, reported
from engram.llm.sse import DOCUMENT, ServerSentEvent
from engram.llm.stateless import StatelessServer, conversation

VERSION = "2023-06-01"
# Every model takes as much; an answer of more than three Telegram messages is not read. Tokens.
MAX_TOKENS = 4096


class AnthropicClient(StatelessServer):
    """Answers questions with a model at `base_url`, such as https://api.anthropic.com.

    `token` goes along as `x-api-key`.
    """

    provider = PROVIDERS["anthropic"]
    path = "/v1/messages"
    models_path = "/v1/models"

    def _headers(self, token: str) -> dict[str, str]:
        key = {"x-api-key": token} if token else {}
        return {"anthropic-version": VERSION, **key}

    def _body(self, question: Question, model: Model) -> dict[str, Any]:
        system = {"system": question.system} if question.system else {}
        return {
            "model": model.key,
            "max_tokens": MAX_TOKENS,
            "messages": conversation(question),
            "stream": True,
            **system,
        }

    def _take(self, event: ServerSentEvent, draft: AnswerText) -> Generator[Event, None, None]:
        return take(event, draft)


# DOC
# Ways to stop that leave an answer without its end.
CUT = {"max_tokens", "model_context_window_exceeded"}
# Kinds of errors that pass by themselves; all others come again.
PASSING = {"overloaded_error", "api_error", "rate_limit_error", "timeout_error", ""}


def take(event: ServerSentEvent, draft: AnswerText) -> Generator[Event, None, None]:
    """Add `event` to `draft` and yield what of it people see. Raises a `ResponderError`."""
    data = decode(event)
    kind = data.get("type")
    if kind == "error":
        error = an_object(data.get("error"))
        raise reported(error, a_text(error.get("type")) not in PASSING)
    draft.usage = _usage(data, draft.usage)
    for block in _blocks(data):
        yield from _said(block, draft)
    delta = an_object(data.get("delta"))
    if reason := a_text(delta.get("stop_reason") or data.get("stop_reason")):
        draft.end(cut_short=reason in CUT)
    if kind == "message_stop" or event.name == DOCUMENT:
        draft.close()


def _blocks(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The pieces of content in an event, or in a whole message; pings and others have none."""
    pieces = [data.get("content_block"), data.get("delta"), *a_list(data.get("content"))]
    return [an_object(piece) for piece in pieces]


def _said(block: dict[str, Any], draft: AnswerText) -> Generator[Event, None, None]:
    kind = a_text(block.get("type"))
    if kind in ("text", "text_delta"):
        yield from draft.say(a_text(block.get("text")))
    elif "thinking" in kind:
        yield from draft.think()


def _usage(data: dict[str, Any], before: Usage) -> Usage:
    """The count so far: what was read stands in the first event, what was written in the last."""
    usage = an_object(an_object(data.get("message")).get("usage") or data.get("usage"))
    return Usage(
        a_count(usage.get("input_tokens")) or before.read,
        a_count(usage.get("output_tokens")) or before.written,
    )
