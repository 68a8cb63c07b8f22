"""What servers say of pictures that their model cannot look at; pure.

Words of LM Studio, llama.cpp, LiteLLM, OpenAI, vLLM, SGLang, Ollama, OpenRouter, DeepSeek, Groq,
Mistral, Gemini, Bedrock and more.
"""

import re

from engram.core.errors import BusyError, QuestionError, ResponderError, TryAgainError
from engram.llm.refusals import RequestRejectedError, is_about_model

# What a picture, or the part of a message that holds it, is called.
_NAMED = re.compile(
    r"image|picture|\bvision\b|multi-?modal|modalit|mm_?proj|unknown variant"
    r"|\bcontents?\b.{0,4}\b(type|part|block|format)|\bcontent\b.{0,60}\b(string|text)\b"
    r"|\bstring\b.{0,60}\bcontent\b|图",
    re.IGNORECASE | re.DOTALL,
)
# That the model, or what it runs in, takes none at all.
_NONE_AT_ALL = re.compile(
    r"\bnot (be )?support|n't support|unsupported (content|input|modalit)|\bsupported by certain"
    r"|\bnot (be )?(enabled|configured|available|allowed|permitted)|\bno .{0,40}\bsupport"
    r"|\bnot (a |an )?(multi-?modal|vision)|requires? .{0,20}(multi-?modal|vision)|mm_?proj"
    r"|unknown variant|text.only|only text|\bat most 0\b"
    r"|\b(be|is|expected|as|valid|a|an)\b.{0,10}\b(string|text\b)|cannot (see|view|look|handle)"
    r"|不支持",
    re.IGNORECASE | re.DOTALL,
)
# That this one is not as it should be.
_THIS_ONE = re.compile(
    r"format|mime|media.?type|webp|base64|dimension|pixel|\btoo (large|big|many|small)"
    r"|\d ?[km]i?b\b|decod|download|fetch|corrupt|incomplete",
    re.IGNORECASE,
)


def names_pictures(err: ResponderError, model: str = "") -> bool:
    """Whether `err`, after a question with pictures, is about them; also a failure that says so.

    llama.cpp's server answers 500. That the name of the `model` speaks of eyes says nothing.
    """
    is_refusal = isinstance(err, QuestionError | TryAgainError) and not isinstance(err, BusyError)
    said = _said(err)
    for name in filter(None, (model, model.rpartition("/")[2])):
        said = said.replace(name, "")
    return is_refusal and bool(_NAMED.search(said))


def is_blindness(err: ResponderError) -> bool:
    """Whether `err` says that no picture will ever be taken, rather than not this one."""
    said = _said(err)
    return bool(_NONE_AT_ALL.search(said)) and not _THIS_ONE.search(said)


def is_unexplained(err: ResponderError) -> bool:
    """Whether `err` refuses a question for a reason that may be its pictures, but is not told."""
    if type(err) is RequestRejectedError:
        return err.status != 404 and not is_about_model(str(err))
    return type(err) is QuestionError and not is_about_model(str(err))


def _said(err: ResponderError) -> str:
    return f"{err} {err.parameter}" if isinstance(err, RequestRejectedError) else str(err)
