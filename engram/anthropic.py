"""`AnthropicClient`: Anthropic's Messages API, or a server that speaks it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from engram.anthropic_wire import take
from engram.draft import Draft
from engram.events import Event, Question
from engram.sse import ServerSentEvent
from engram.stateless import StatelessServer, conversation
from engram.wire import Model

VERSION = "2023-06-01"
# Every model takes as much; an answer of more than three Telegram messages is not read. Tokens.
MAX_TOKENS = 4096


class AnthropicClient(StatelessServer):
    """Answers questions with a model at `base_url`, such as https://api.anthropic.com.

    `token` goes along as `x-api-key`.
    """

    name = "anthropic"
    title = "Anthropic"
    credential = "ANTHROPIC_API_KEY"
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

    def _take(self, event: ServerSentEvent, draft: Draft) -> Generator[Event, None, None]:
        return take(event, draft)
