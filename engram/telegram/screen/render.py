"""Splits the text of an answer into messages that Telegram accepts; pure.

Formatting is sent as entities, never as markup that Telegram would have to parse, so that Telegram
cannot refuse a text for its form.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from telegramify_markdown import MessageEntity, RenderConfig, convert, split_entities, utf16_len

from engram.core.events import Buttons
from engram.core.surrogates import well_formed

# https://core.telegram.org/bots/api#sendmessage: 1-4096 characters, which are UTF-16 code units.
LIMIT = 4096
CAPTION_LIMIT = 1024
# Telegram ignores any more entities than these.
MAX_ENTITIES = 100


@dataclass(frozen=True, slots=True)
class Page:
    """What one message says.

    `entities` are Telegram's MessageEntity objects, with offsets in UTF-16 units. `chart` is a PNG;
    the text is its caption.
    """

    text: str
    entities: tuple[dict[str, Any], ...] = ()
    buttons: Buttons = ()
    chart: bytes | None = None


def pages(text: str, *, markdown: bool, limit: int = LIMIT, buttons: Buttons = ()) -> list[Page]:
    """Split `text` into messages of at most `limit` UTF-16 units, at the ends of lines or words.

    There is always at least one page, and none is blank. A code block that is split stays code on
    both pages. `buttons` go below the last page.
    """
    text = well_formed(text)
    plain, entities = convert(text, config=_style()) if markdown else (text, [])
    parts = split_entities(_breakable(plain.rstrip(), limit), entities, limit)
    made = [Page(part, _entities(part, kept)) for part, kept in parts] or [Page("…")]
    made[-1] = replace(made[-1], buttons=buttons)
    return made


def _entities(text: str, found: Sequence[MessageEntity]) -> tuple[dict[str, Any], ...]:
    """`found` as Telegram accepts them: none may reach beyond the end of `text`."""
    end = utf16_len(text)
    return tuple(
        {**entity.to_dict(), "length": min(entity.length, end - entity.offset)}
        for entity in found[:MAX_ENTITIES]
        if entity.offset < end
    )


def _style() -> RenderConfig:
    """Bold headings without the emoji that the library puts before them, and plain bullets."""
    style = RenderConfig.isolated()
    for level in (1, 2, 3, 4):
        setattr(style.markdown_symbol, f"heading_level_{level}", "")
    style.markdown_symbol.unordered_list_item = "•"
    return style


def _breakable(text: str, limit: int) -> str:
    """`text` with a line end in place of a space wherever a line is longer than a message.

    The length stays the same, so that all offsets of entities still hold.
    """
    if utf16_len(text) <= limit:
        return text
    lines = []
    for line in text.split("\n"):
        while utf16_len(line) > limit:
            # A character is at most two units: half the limit in characters always fits.
            cut = line.rfind(" ", 1, limit // 2)
            if cut < 0:
                break
            lines.append(line[:cut])
            line = line[cut + 1 :]
        lines.append(line)
    return "\n".join(lines)
