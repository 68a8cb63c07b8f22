"""What servers say of a prompt that was too long, and the numbers in it; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engram.llm.reading import typed

# No context is smaller or larger; what looks so is another number.
SMALLEST, LARGEST = 256, 20_000_000
# How servers call and describe an overflow of the context.
OVERFLOWS = {
    "context_length_exceeded",
    "exceed_context_size_error",
    "request_too_large",
    "model_context_window_exceeded",
}
_SAID = re.compile(
    r"context.{0,3}(?:length|size|window|limit|overflow)|\bn_(?:ctx|keep)\b|ContextWindowExceeded"
    r"|\b(?:prompt|input|messages?|request|conversation)\b.{0,40}\btoo (?:long|large|big)\b"
    r"|\b(?:input|prompt|requested)s?\b.{0,3}token.{0,60}(?:exceed|maximum|limit|must be <)"
    r"|(?:maximum|max)[ _](?:model|sequence|prompt|input)[ _]len|model_max_length"
    r"|max_tokens must be at least 1\b|reduce the length of|inputs?\W{0,3} must have less than"
    r"|too many (?:input )?tokens in",
    re.IGNORECASE | re.DOTALL,
)
# Other complaints about tokens and lengths: of rates, of the answer, of the request's own keys.
_NOT_SAID = re.compile(
    r"\bper (?:min|minute|day|hour)\b|unrecogni[sz]ed|unknown (?:key|argument|parameter)"
    r"|maximum allowed number of output tokens",
    re.IGNORECASE,
)
_NUMBER = r"(\d[\d,]{1,12})"
_LIMITS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"n_ctx\W{{0,3}}{_NUMBER}",
        rf"> ?{_NUMBER}",
        rf"{_NUMBER} maximum context",
        rf"context (?:length|size|window|limit)(?: of| is|:)?(?: only)? ?\(?{_NUMBER}",
        rf"(?:context|model|sequence|prompt|input) length (?:of|is)(?: only)? {_NUMBER}",
        rf"<=? ?{_NUMBER}",
        rf"(?:maximum|limit|max)[^.\d]{{0,60}}{_NUMBER}",
        rf"{_NUMBER}[- ]tokens? context",
    )
)
_COUNTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_NUMBER} in (?:the |your )?(?:messages|prompt)",
        rf"{_NUMBER} \+ [\d,]+ >",
        rf"result(?:ed)? in {_NUMBER}",
        rf"n_(?:prompt_tokens|keep)\W{{0,3}}{_NUMBER}",
        rf"{_NUMBER} tokens? ?(?:>|\))",
        rf"(?:prompt|tokens|count|request)(?: contains| length| of)? ?\(?(?:length )?{_NUMBER}",
        rf"(?:contains?|has) (?:at least )?{_NUMBER} (?:input )?tokens",
    )
)


@dataclass(frozen=True, slots=True)
class Overflow:
    """What a server says of a prompt that was too long: tokens, 0 for what it does not say."""

    limit: int = 0
    counted: int = 0


def overflow(error: Any) -> Overflow | None:
    """What the `error` of a server says of an overflow; None when it is of another kind.

    Forms: LM Studio, llama.cpp and its Python binding, vLLM, LiteLLM, OpenAI, Anthropic, Gemini,
    Text Generation Inference, Ollama.
    """
    details = error if isinstance(error, dict) else {"message": error}
    # What is no text may repeat the question, in which anything can stand.
    text = typed(str, details.get("message"))[:4000]
    named = not OVERFLOWS.isdisjoint({str(details.get("code")), str(details.get("type"))})
    if not named and (not _SAID.search(text) or _NOT_SAID.search(text)):
        return None
    limit = next(_figures(details.get("n_ctx"), _LIMITS, text), 0)
    counted = next(_figures(details.get("n_prompt_tokens"), _COUNTS, text), 0)
    return Overflow(limit, counted if counted > limit else 0)


def _figures(given: Any, patterns: tuple[re.Pattern[str], ...], text: str) -> Iterator[int]:
    found = (match[1].replace(",", "") for one in patterns for match in one.finditer(text))
    for figure in (given, *map(int, found)):
        if isinstance(figure, int) and SMALLEST <= figure <= LARGEST:
            yield figure
