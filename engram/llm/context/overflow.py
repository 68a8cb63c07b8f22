"""What servers say of a prompt that was too long, and the numbers in it; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engram.llm.reading import LARGEST, SMALLEST, message_of, typed

# How servers call and describe an overflow of the context.
OVERFLOWS = {
    "context_length_exceeded",
    "exceed_context_size_error",
    "request_too_large",
    "model_context_window_exceeded",
}
_SUBJECT = (
    r"\b(?:prompt|inputs?|messages?|requests?|conversation|sequence|context|tokens?)\b"
    r"|max_seq_len|session_len|n_(?:ctx|keep|prompt_tokens)\b"
)
_MORE = (
    r"exceed|(?:greater|longer|larger|bigger|more) than|\btoo (?:long|large|big|many)|overflow|>"
)
_SAID = re.compile(
    rf"(?:{_SUBJECT}).{{0,80}}(?:{_MORE})"
    r"|(?:exceed\w{0,8}|too many) .{0,40}\b(?:tokens?\b|context)"
    r"|context.{0,3}(?:length|size|window|limit|overflow|shift)|ContextWindowExceeded"
    r"|\b(?:input|prompt|requested)s?\b.{0,3}token.{0,60}(?:maximum|limit|must be <)"
    r"|(?:maximum|max)[ _](?:model|sequence|prompt|input)[ _]len|model_max_length"
    r"|max_tokens must be at least 1\b|\breduce (?:the|your) (?:length|prompt|input|message)"
    r"|inputs?\W{0,3} must have less than|range of input length"
    r"|上下文|超长|过长|超[过出].{0,16}(?:长度|限)",
    re.IGNORECASE | re.DOTALL,
)
# Other complaints about tokens and lengths: of rates, of the answer, of the request's own keys, of
# files, of time, of a model that cannot be loaded with such a context.
_NOT_SAID = re.compile(
    r"\bper[- ](?:min|minute|day|hour|second)\b|rate.limit|too many requests|quota|\bcredits?\b"
    r"|unrecogni[sz]ed|unknown (?:key|argument|parameter)|not permitted|not supported|unsupported"
    r"|maximum allowed number of output tokens|at most [\d,]+ completion|\d ?[kmg]i?b\b"
    r"|image is too|took too long|timed out|(?:fail\w{0,8}|unable) to load|could not load"
    r"|does not exist|queue",
    re.IGNORECASE,
)
_NUMBER = r"(?<!by )(?<![\d,])(\d[\d,]{1,12})(?![\d,]*\.\d)"
_LIMITS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"n_ctx\W{{0,3}}{_NUMBER}",
        rf"\d ?> ?{_NUMBER}",
        rf"(?:> ?|(?:greater|longer|larger|more|less) than\b[^.\d]{{0,60}}){_NUMBER}",
        rf"{_NUMBER} maximum context",
        rf"(?:context|model) (?:length|size|window|limit)\b[^.\d>]{{0,24}}{_NUMBER}(?! ?>)",
        rf"(?:sequence|prompt|input) length (?:of|is)(?: only)? {_NUMBER}",
        rf"<=? ?{_NUMBER}(?!>)",
        rf"\[\d+, ?{_NUMBER}\]",
        rf"(?:maximum|limit|max|up to|at most|exceed\w{{0,8}})[^.\d]{{0,60}}(?<! by ){_NUMBER}",
        rf"{_NUMBER}[- ]tokens? context",
        rf"(?:session|seq)_len\W{{1,3}}{_NUMBER}",
        rf"长度\D{{0,8}}{_NUMBER}",
    )
)
_COUNTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_NUMBER} (?:tokens )?(?:in|from) (?:the |your )?(?:input |)(?:messages|prompt)",
        rf"{_NUMBER} \+ [\d,]+ >",
        rf"result(?:ed)? in {_NUMBER}",
        rf"n_(?:prompt_tokens|keep)\W{{0,3}}{_NUMBER}",
        rf"{_NUMBER} tokens? ?(?:>|\))",
        rf"(?:prompt|tokens|count|request)(?: contains| length| of)? ?\(?(?:length )?{_NUMBER}",
        rf"(?:contains?|has) (?:at least )?{_NUMBER} (?:input )?tokens",
        rf"{_NUMBER}\W{{0,3}}(?:input|prompt)",
        rf"(?:received|given:|length is) {_NUMBER}",
    )
)
# Where these are spoken of, not every number that is larger than the limit is the prompt's.
_ALSO_THE_ANSWERS = re.compile(r"completion|output|max_\w{0,20}tokens|total|\+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Overflow:
    """What a server says of a prompt that was too long: tokens, 0 for what it does not say."""

    limit: int = 0
    counted: int = 0


def overflow(error: Any) -> Overflow | None:
    """What the `error` of a server says of an overflow; None when it is of another kind.

    Forms: LM Studio, llama.cpp and its Python binding, vLLM, SGLang, LiteLLM, OpenAI, OpenRouter,
    Anthropic, Gemini, Mistral, Cohere, Text Generation Inference, Ollama and more.
    """
    first = next(iter(error), None) if isinstance(error, list) else error
    details, text = typed(dict, first), message_of(error, 4000)
    named = not OVERFLOWS.isdisjoint({str(details.get("code")), str(details.get("type"))})
    if not named and (not _SAID.search(text) or _NOT_SAID.search(text)):
        return None
    limit = next(_figures(details.get("n_ctx"), _LIMITS, text), 0)
    counted = next(_figures(details.get("n_prompt_tokens"), _COUNTS, text), 0)
    if limit and not counted and not _ALSO_THE_ANSWERS.search(text):
        counted = max(_figures(None, (re.compile(_NUMBER),), text), default=0)
    return Overflow(limit, counted if counted > limit else 0)


def _figures(given: Any, patterns: tuple[re.Pattern[str], ...], text: str) -> Iterator[int]:
    found = (match[1].replace(",", "") for one in patterns for match in one.finditer(text))
    for figure in (given, *map(int, found)):
        if isinstance(figure, int) and SMALLEST <= figure <= LARGEST:
            yield figure
