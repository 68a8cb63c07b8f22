"""`OpenAIClient`: any server that speaks OpenAI's chat completions.

OpenAI itself, and LiteLLM, vLLM, Ollama, llama.cpp, OpenRouter and many more.

Wire format: OpenAI's API reference, "Chat Completions" and its streamed chunks. What others add or
leave out: `reasoning_content` (DeepSeek, vLLM, llama.cpp) or `reasoning` (Ollama, OpenRouter),
errors inside the stream (LiteLLM, OpenRouter), streams without `[DONE]`, one document in place of
a stream.
"""

from typing import Any

from engram.core.events import Event, Question
from engram.core.model import PROVIDERS, Model
from engram.llm.answer_text import AnswerText
from engram.llm.reading import decode, reported, typed
from engram.llm.sse import ServerSentEvent
from engram.llm.stateless import StatelessServer, conversation
from engram.llm.transport import RequestRejectedError

DONE = "[DONE]"


class OpenAIClient(StatelessServer):
    """Answers questions with a model at `base_url`, such as https://api.openai.com/v1."""

    provider = PROVIDERS["openai"]
    path = "/chat/completions"
    models_path = "/models"
    _counts_tokens = True

    def _body(self, question: Question, model: Model) -> dict[str, Any]:
        system = [{"role": "system", "content": question.system}] if question.system else []
        counting = {"stream_options": {"include_usage": True}} if self._counts_tokens else {}
        return {
            "model": model.key,
            "messages": [*system, *conversation(question)],
            "stream": True,
            **counting,
        }

    def _without(self, question: Question, refusal: RequestRejectedError) -> Question:
        if not self._counts_tokens or "stream_options" not in refusal.message:
            raise refusal
        self._counts_tokens = False
        return question

    @staticmethod
    def take(event: ServerSentEvent, answer: AnswerText) -> list[Event]:
        """Add `event` to `answer`; return what people see of it. Raises a `ResponderError`."""
        if event.data.strip() == DONE:
            answer.close()
            return []
        chunk = decode(event)
        if error := chunk.get("error"):
            raise reported(error)
        usage = typed(dict, chunk.get("usage"))
        answer.count(usage.get("prompt_tokens"), usage.get("completion_tokens"))
        # There is one choice; the last chunk of a stream has none, but the usage.
        choice = typed(dict, next(iter(typed(list, chunk.get("choices"))), None))
        message = typed(dict, choice.get("delta") or choice.get("message"))
        thinks = message.get("reasoning_content") or message.get("reasoning")
        shown = answer.think() if thinks else []
        shown += answer.say(typed(str, message.get("content")))
        answer.end(typed(str, choice.get("finish_reason")))
        return shown
