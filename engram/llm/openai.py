"""`OpenAIClient`: any server that speaks OpenAI's chat completions.

OpenAI itself, and LiteLLM, vLLM, Ollama, llama.cpp, OpenRouter and many more.

Wire format: OpenAI's API reference, "Chat Completions" and its streamed chunks. What others add or
leave out: `reasoning_content` (DeepSeek, vLLM, llama.cpp) or `reasoning` (Ollama, OpenRouter), a
content of parts (Mistral), `prompt_progress` and `timings` (llama.cpp), errors inside the stream
(LiteLLM) or a choice (OpenRouter), streams without `[DONE]`, one document in place of a stream.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from engram.core.attachments import Image
from engram.core.errors import ResponderError, WordlessError
from engram.core.events import Progress, Question, Stage
from engram.core.model import OFF, PROVIDERS, Model
from engram.llm.abilities import thinking
from engram.llm.abilities.form import gbnf
from engram.llm.answer.answer_text import AnswerText
from engram.llm.reading import spoken, thoughts, typed
from engram.llm.refusals import decode, reported
from engram.llm.sse import ServerSentEvent
from engram.llm.stateless import StatelessServer, conversation

DONE = "[DONE]"
# What llama.cpp's server says of itself in its list.
LLAMA_CPP = "llamacpp"
# Where servers put thoughts that are none of the content.
REASONING = ("reasoning_content", "reasoning", "reasoning_details")


class OpenAIClient(StatelessServer):
    """Answers questions with a model at `base_url`, such as https://api.openai.com/v1."""

    provider = PROVIDERS["openai"]
    path = "/chat/completions"
    models_path = "/models"
    # Ollama's word.
    optional_words = MappingProxyType({"reasoning_effort": ("reasoning", "thinking")})

    def _body(self, question: Question, model: Model) -> dict[str, Any]:
        system = [{"role": "system", "content": question.system}] if question.system else []
        return {
            "model": model.key,
            "messages": [*system, *conversation(question, _content)],
            "stream": True,
        }

    def _optional(self, question: Question, model: Model) -> Mapping[str, Any]:
        optional: dict[str, Any] = {"stream_options": {"include_usage": True}}
        # llama.cpp takes it for any model.
        can_be_off = model.engine == LLAMA_CPP or self.thinkers.get(model.key) is not None
        wanted = thinking.wanted(question, self.effort, can_be_off=can_be_off)
        if effort := thinking.openai(wanted):
            optional["reasoning_effort"] = effort
        # Others refuse a key that they do not know.
        if any(listed.engine == LLAMA_CPP for listed in self.models):
            optional["return_progress"] = True
            # What a model thinks would have to be in that form, too.
            if question.form and wanted == OFF:
                optional["grammar"] = gbnf(question.form)
        return optional

    def _refused(self, optional: Mapping[str, Any], model: Model, err: ResponderError) -> bool:
        # It thinks all the same: all that the grammar allows was taken for its thoughts.
        if isinstance(err, WordlessError) and "grammar" in optional:
            self.lacking.note(model.key, "grammar")
            return True
        return super()._refused(optional, model, err)

    def _takes(self, model: Model, effort: str) -> bool:
        word = thinking.openai(effort)
        return not self.lacking.has_value(model.key, "reasoning_effort", word)

    @staticmethod
    def take(event: ServerSentEvent, answer: AnswerText) -> None:
        """Add `event` to `answer`. Raises a `ResponderError`."""
        if event.data.strip() == DONE:
            answer.close()
            return
        chunk = decode(event)
        _count(typed(dict, chunk.get("usage")), typed(dict, chunk.get("timings")), answer)
        # There is one choice; the last chunk of a stream has none, or an empty one, but the usage.
        choice = typed(dict, next(iter(typed(list, chunk.get("choices"))), None))
        if error := choice.get("error"):
            raise reported(error)
        # Some servers repeat the whole message at the end, where there is no more to look at.
        whole = not choice.get("delta") and not answer.begun
        message = typed(dict, choice.get("message" if whole else "delta"))
        _progress(typed(dict, chunk.get("prompt_progress")), answer)
        apart = next(filter(None, map(message.get, REASONING)), None)
        if (thought := thoughts(message.get("content"))) or apart:
            told = "".join([*thought, *(thoughts(apart) or [spoken(apart)])])
            answer.think(told)
        answer.say(spoken(message.get("content")) + typed(str, message.get("refusal")))
        answer.end(typed(str, choice.get("finish_reason")))


def _content(text: str, images: Sequence[Image]) -> list[dict[str, Any]]:
    pictures = [{"type": "image_url", "image_url": {"url": image.data_url}} for image in images]
    return [{"type": "text", "text": text}, *pictures]


def _count(usage: dict[str, Any], timings: dict[str, Any], answer: AnswerText) -> None:
    """Note what the answer cost; `timings` are llama.cpp's, which it sends without `usage`, too."""
    reused, read = (typed(int, timings.get(key)) for key in ("cache_n", "prompt_n"))
    answer.count(
        usage.get("prompt_tokens") or reused + read,
        usage.get("completion_tokens") or timings.get("predicted_n"),
        reasoning=_detail(usage, "completion", "reasoning_tokens"),
        cached=_detail(usage, "prompt", "cached_tokens") or reused,
        rate=timings.get("predicted_per_second"),
    )


def _detail(usage: dict[str, Any], part: str, name: str) -> Any:
    return typed(dict, usage.get(f"{part}_tokens_details")).get(name)


def _progress(prompt: dict[str, Any], answer: AnswerText) -> None:
    """How far llama.cpp has read the prompt, apart from what it had in its cache."""
    total, cached, read = (typed(int, prompt.get(key)) for key in ("total", "cache", "processed"))
    if 0 <= cached <= read <= total and cached < total:
        answer.tell(Progress(Stage.READING, (read - cached) / (total - cached)))
