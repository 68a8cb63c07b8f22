"""`AnthropicClient`: Anthropic's Messages API, or a server that speaks it.

Wire format: Anthropic's API reference, "Messages", "Streaming messages" and "Errors"; its guide
"Vision", which wants pictures before the text.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from engram.core.attachments import Image
from engram.core.events import Question
from engram.core.model import PROVIDERS, Model
from engram.llm.abilities import thinking
from engram.llm.answer.answer_text import AnswerText
from engram.llm.reading import spoken, thoughts, typed
from engram.llm.refusals import decode
from engram.llm.sse import ServerSentEvent
from engram.llm.stateless import StatelessServer, conversation

VERSION = "2023-06-01"
# Every model takes as much; an answer of more than three Telegram messages is not read. Tokens.
MAX_TOKENS = 4096


class AnthropicClient(StatelessServer):
    """Answers questions with a model at `base_url`, such as https://api.anthropic.com."""

    provider = PROVIDERS["anthropic"]
    path = "/v1/messages"
    models_path = "/v1/models"
    # LiteLLM speaks OpenAI's protocol behind this one, and refuses in its words.
    optional_words = MappingProxyType({"thinking": ("reasoning",)})

    def _headers(self, token: str) -> dict[str, str]:
        key = {"x-api-key": token} if token else {}
        return {"anthropic-version": VERSION, **key}

    def _body(self, question: Question, model: Model) -> dict[str, Any]:
        system = {"system": question.system} if question.system else {}
        return {
            "model": model.key,
            "max_tokens": self.contexts.of(model).left(question, MAX_TOKENS),
            "messages": conversation(question, _content),
            "stream": True,
            **system,
        }

    def _optional(self, question: Question, model: Model) -> Mapping[str, Any]:
        thinks = self.thinkers.get(model.key) is not None
        effort = thinking.wanted(question, self.effort, can_be_off=thinks)
        room = self.contexts.of(model).left(question, MAX_TOKENS + thinking.MOST_BUDGET)
        forms = thinking.anthropic(effort, room, MAX_TOKENS)
        taken = (form for form in forms if self._takes_form(model, form))
        return next(taken, {})

    def _takes(self, model: Model, effort: str) -> bool:
        forms = thinking.anthropic(effort, MAX_TOKENS + thinking.MOST_BUDGET, MAX_TOKENS)
        return any(self._takes_form(model, form) for form in forms)

    def _takes_form(self, model: Model, form: Mapping[str, Any]) -> bool:
        return not self.lacking.has_value(model.key, "thinking", form["thinking"])

    @staticmethod
    def take(event: ServerSentEvent, answer: AnswerText) -> None:
        """Add `event` to `answer`. Raises a `ResponderError`."""
        data = decode(event)
        kind, delta = data.get("type"), typed(dict, data.get("delta"))
        # What was read stands in the first event, what was written in the last.
        usage = typed(dict, typed(dict, data.get("message")).get("usage") or data.get("usage"))
        _count(usage, answer)
        # The pieces of content in an event, or in a whole message; pings, signatures and calls of
        # tools have no text.
        pieces, whole = [data.get("content_block"), delta], data.get("content")
        if thought := [*thoughts(pieces), *thoughts(whole)]:
            answer.think("".join(thought))
        answer.say(spoken(whole) + spoken(pieces))
        stopped = typed(str, delta.get("stop_reason") or data.get("stop_reason"))
        # LiteLLM calls an answer that it cut at the limit ended.
        most = max(answer.limit, MAX_TOKENS)
        limited = stopped and typed(int, usage.get("output_tokens")) >= most
        answer.end("max_tokens" if limited else stopped)
        if kind == "message_stop":
            answer.close()


def _content(text: str, images: Sequence[Image]) -> list[dict[str, Any]]:
    return [*map(_block, images), {"type": "text", "text": text}]


def _block(image: Image) -> dict[str, Any]:
    source = {"type": "base64", "media_type": image.media_type, "data": image.base64}
    return {"type": "image", "source": source}


def _count(usage: dict[str, Any], answer: AnswerText) -> None:
    """Note what was counted; what is in a cache, or goes into it, is not among the input."""
    cached = typed(int, usage.get("cache_read_input_tokens"))
    others = (typed(int, usage.get(f"{kind}input_tokens")) for kind in ("", "cache_creation_"))
    answer.count(cached + sum(others), usage.get("output_tokens"), cached=cached)
