"""Reads the words that a message quotes or replies to; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engram.core.surrogates import well_formed

# As many characters of somebody's words are given to the model. What the person marked in them is
# shorter: https://core.telegram.org/bots/api#textquote.
LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words that a message refers to, "" for none; `is_part` if the person marked that part."""

    words: str = ""
    is_part: bool = False


NO_QUOTATION = Quotation()


def read_quotation(message: dict[str, Any]) -> Quotation:
    """What `message` quotes, or else the words of the message that it replies to.

    That may stand in another chat; then only what is quoted, a poll or a checklist is known of it.
    """
    if words := _shortened(_text(_object(message.get("quote")).get("text"))):
        return Quotation(words, is_part=True)
    for name in ("reply_to_message", "external_reply"):
        if words := _shortened("\n".join(_words(_object(message.get(name))))):
            return Quotation(words)
    return NO_QUOTATION


def _words(message: dict[str, Any]) -> Iterator[str]:
    """The lines of words in `message`: its text or caption, a poll's or a checklist's."""
    yield _text(message.get("text")) or _text(message.get("caption"))
    for name, title, entries in (("poll", "question", "options"), ("checklist", "title", "tasks")):
        content = _object(message.get(name))
        yield _text(content.get(title))
        listed = content.get(entries)
        for entry in listed if isinstance(listed, list) else ():
            yield _text(_object(entry).get("text"))


def _shortened(words: str) -> str:
    words = words.strip()
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def _text(value: Any) -> str:
    return well_formed(value) if isinstance(value, str) else ""


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
