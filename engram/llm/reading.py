"""What the events of all model servers have in common, as JSON; pure."""

from collections.abc import Iterator
from typing import Any, TypeVar

from engram.core.text.surrogates import well_formed

T = TypeVar("T")
# No context is smaller or larger; what looks so is another number. Tokens.
SMALLEST, LARGEST = 256, 20_000_000
# Tokens a second: no model that anybody waits for is slower, and none is as fast.
SLOWEST, FASTEST = 0.05, 10_000.0
# Nothing that belongs to one answer takes longer; seconds.
LONGEST = 86_400.0
# No model has a longer one; characters.
LONGEST_NAME = 500


def typed(kind: type[T], value: Any) -> T:
    """`value` if it is of the `kind` that the protocol says, else an empty one (a number: 0)."""
    return value if isinstance(value, kind) else kind()


def model_name(value: Any) -> str:
    """`value` if it can be sent, and is no longer than names are, else "": no model's name."""
    is_name = isinstance(value, str) and len(value) <= LONGEST_NAME and value == well_formed(value)
    return value if is_name else ""


def tokens(count: Any) -> int:
    """A number of tokens, as a server counts them; 0 for what cannot be one."""
    return count if type(count) is int and 0 < count <= LARGEST else 0


def speed(rate: Any) -> float:
    """Tokens a second, as a server or a clock measures them; 0 for what cannot be one."""
    return _measure(rate, SLOWEST, FASTEST)


def seconds(time: Any) -> float:
    """A time, as a server measures it; 0 for what cannot be one."""
    return _measure(time, 0.0, LONGEST)


def _measure(figure: Any, least: float, most: float) -> float:
    is_number = type(figure) in (int, float)
    return float(figure) if is_number and least <= figure <= most else 0.0


def message_of(error: Any, most: int = 300) -> str:
    """The words of an `error`, at most so many characters.

    They are looked for where servers put them; what stands elsewhere may repeat the question.
    """
    return " ".join(_words(error, 4))[:most]


def parameter_of(error: Any) -> str:
    """The key of the request that an `error` names beside its words, "" where it names none.

    OpenAI's `{"param": "..."}`, and FastAPI's `[{"loc": ["body", "..."]}]`.
    """
    details = typed(dict, next(iter(error), None) if isinstance(error, list) else error)
    return ".".join(map(str, [details.get("param") or "", *typed(list, details.get("loc"))]))


def _words(error: Any, levels: int) -> Iterator[str]:
    if isinstance(error, str):
        yield error
    elif levels and isinstance(error, list):
        yield from _words(next(iter(error), None), levels - 1)
    elif levels and isinstance(error, dict):
        places = (error.get(key) for key in ("message", "msg", "error", "detail"))
        yield from _words(next(filter(None, places), None), levels - 1)
        # OpenRouter's: the words of the provider that it asked.
        yield from _words(typed(dict, error.get("metadata")).get("raw"), levels - 1)


def spoken(content: Any) -> str:
    """What a message's `content` says, which is a text or a list of parts.

    Parts are `{"type": "text", "text": ...}`, those of a refusal `{"refusal": ...}`.
    """
    said = (
        one.get("text") or one.get("refusal") for one in _parts(content) if not _is_thought(one)
    )
    return "".join(typed(str, text) for text in said)


def thoughts(content: Any) -> list[str]:
    """The thoughts among the parts of a `content`; "" for one that is not told.

    They are `{"type": "thinking", ...}` (Mistral, Anthropic) or `{"type": "reasoning", ...}`, with
    the thought itself under one of several names.
    """
    return [
        "".join(spoken(part.get(name)) for name in ("thinking", "text", "reasoning", "summary"))
        for part in _parts(content)
        if _is_thought(part)
    ]


def _parts(content: Any) -> list[dict[str, Any]]:
    parts = content if isinstance(content, list) else [content]
    return [{"text": part} if isinstance(part, str) else typed(dict, part) for part in parts]


def _is_thought(part: dict[str, Any]) -> bool:
    kind = typed(str, part.get("type"))
    return "thinking" in kind or "reasoning" in kind
