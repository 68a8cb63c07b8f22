"""The text of an answer -> messages that Telegram accepts; pure.

Formatting goes out as entities, never as markup that Telegram would have to parse, so that no text
can be refused for its form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from telegramify_markdown import (
    MessageEntity,
    RenderConfig,
    convert,
    split_entities,
    utf16_len,
)

from engram.core.events import Buttons
from engram.core.surrogates import well_formed

# https://core.telegram.org/bots/api#sendmessage: 1-4096 characters, which are UTF-16 code units.
LIMIT = 4096
CAPTION_LIMIT = 1024
# More entities than these are ignored by Telegram.
MAX_ENTITIES = 100


@dataclass(frozen=True, slots=True)
class Page:
    """One message: `entities` are Telegram's MessageEntity objects, offsets in UTF-16 units."""

    text: str
    entities: tuple[dict[str, Any], ...] = ()
    buttons: Buttons = ()


def pages(text: str, *, markdown: bool, limit: int = LIMIT, buttons: Buttons = ()) -> list[Page]:
    """Split `text` into messages of at most `limit` UTF-16 units, at line or word ends.

    There is always at least one, and none is blank. Code that is cut continues as code. `buttons`
    stand below the last one.
    """
    text = well_formed(text)
    plain, entities = convert(text, config=_style()) if markdown else (text, [])
    plain = plain.rstrip()
    parts = split_entities(_breakable(plain, limit), entities, limit)
    made = [Page(part, _entities(part, kept)) for part, kept in parts] or [Page("…")]
    made[-1] = replace(made[-1], buttons=buttons)
    return made


def _entities(text: str, found: Sequence[MessageEntity]) -> tuple[dict[str, Any], ...]:
    """`found` as Telegram takes them: none may begin or end beyond the end of `text`."""
    end = utf16_len(text)
    return tuple(
        {**entity.to_dict(), "length": min(entity.length, end - entity.offset)}
        for entity in found[:MAX_ENTITIES]
        if entity.offset < end
    )


def _style() -> RenderConfig:
    """Headings in bold without the library's emoji before them, and common bullets."""
    style = RenderConfig.isolated()
    for level in (1, 2, 3, 4):
        setattr(style.markdown_symbol, f"heading_level_{level}", "")
    style.markdown_symbol.unordered_list_item = "•"
    return style


def _breakable(text: str, limit: int) -> str:
    """`text` with a line end in place of a space wherever a line is longer than a message.

    The length stays the same, and with it every entity's place.
    """
    if utf16_len(text) <= limit:
        return text
    lines = []
    for line in text.split("\n"):
        while utf16_len(line) > limit:
            # Half the units are at least so many characters, whatever they are.
            cut = line.rfind(" ", 1, limit // 2)
            if cut < 0:
                break
            lines.append(line[:cut])
            line = line[cut + 1 :]
        lines.append(line)
    return "\n".join(lines)
