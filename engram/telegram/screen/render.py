"""Splits the text of an answer into messages that Telegram accepts; pure.

Formatting is sent as entities, never as markup that Telegram would have to parse, so that Telegram
cannot refuse a text for its form.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from engram.core.events import Buttons
from engram.core.markdown.blocks import formatted
from engram.core.markdown.inlines import Formatted
from engram.core.text.printable import is_blank
from engram.core.text.surrogates import utf16_length, well_formed
from engram.telegram.incoming import TEXT_LIMIT

# https://core.telegram.org/bots/api#sendphoto: a caption has at most so many UTF-16 units.
CAPTION_LIMIT = 1024
#: A PNG, or what fetches it when it is sent.
Chart: TypeAlias = bytes | Callable[[], bytes | None]
# Telegram ignores any more entities than these.
MAX_ENTITIES = 100
# The last paragraph of an answer that is cut stays if it is no longer than this, in UTF-16 units.
LONGEST_END = 1024


@dataclass(frozen=True, slots=True)
class Page:
    """What one message says.

    `entities` are Telegram's MessageEntity objects, with offsets in UTF-16 units. The text is the
    caption of the `chart`, if there is one. `file` is the name and the text of a file that is the
    message.
    """

    text: str
    entities: tuple[dict[str, Any], ...] = ()
    buttons: Buttons = ()
    chart: Chart | None = None
    file: tuple[str, str] | None = None

    def followed_by(self, text: str, entities: Iterable[dict[str, Any]] = ()) -> "Page":
        """The same with `text` below a blank line; its own end goes where there is no room."""
        head = self._cut(TEXT_LIMIT - utf16_length(text) - 2)
        ahead = utf16_length(head.text) + 2 if head.text else 0
        moved = ({**one, "offset": one["offset"] + ahead} for one in entities)
        joined = f"{head.text}\n\n{text}" if head.text else text
        return replace(head, text=joined, entities=(*head.entities, *moved)[:MAX_ENTITIES])

    def last_paragraph(self, most: int) -> tuple[str, list[dict[str, Any]]]:
        """The text of its last paragraph if that has at most `most` units, and its entities."""
        before, _, text = self.text.rpartition("\n\n")
        if not before or utf16_length(text) > most:
            return "", []
        start = utf16_length(before) + 2
        within = [one for one in self.entities if one["offset"] >= start]
        return text, [{**one, "offset": one["offset"] - start} for one in within]

    def _cut(self, limit: int) -> "Page":
        """As much of it as `limit` UTF-16 units hold."""
        end = _fitting(self.text, 0, limit)
        if end == len(self.text):
            return self
        text = self.text[: _break(self.text, 0, end)].rstrip()
        units = utf16_length(text)
        entities = (
            {**one, "length": min(one["length"], units - one["offset"])}
            for one in self.entities
            if one["offset"] < units
        )
        return replace(self, text=text, entities=tuple(entities))


def pages(
    text: str,
    *,
    markdown: bool,
    growing: bool = False,
    first: int = TEXT_LIMIT,
    buttons: Buttons = (),
) -> list[Page]:
    """Split `text` into messages of at most `TEXT_LIMIT` UTF-16 units, at ends of lines or words.

    The first one may have no more than `first` units. There is always at least one page, and none
    is blank; only of a `growing` text there may be nothing to see yet. A code block that is split
    stays code on both pages. `buttons` go below the last page.
    """
    text = well_formed(text)
    whole = formatted(text, growing=growing) if markdown else Formatted(text.rstrip())
    made = [_page(whole, start, end) for start, end in _cuts(whole.text, first)]
    if not made:
        return [] if growing else [Page("…", buttons=buttons)]
    made[-1] = replace(made[-1], buttons=buttons)
    return made


def shortened(made: Sequence[Page], most: int, note: str) -> list[Page]:
    """At most `most` of the pages; if there were more the last one ends with `note`.

    Before it stands the last paragraph of them all, in which an answer says whose it is.
    """
    if len(made) <= most:
        return list(made)
    text, entities = made[-1].last_paragraph(LONGEST_END)
    if text == note:
        text, entities = "", []
    last = made[most - 1]
    last = last.followed_by(f"{text}\n\n{note}", entities) if text else last.followed_by(note)
    return [*made[: most - 1], replace(last, buttons=made[-1].buttons)]


def _cuts(text: str, limit: int) -> Iterator[tuple[int, int]]:
    """Where each page of `text` begins and ends; the first has at most `limit` UTF-16 units."""
    start = 0
    while start < len(text):
        end = start + _fitting(text, start, limit)
        if end < len(text):
            end = _break(text, start, end)
        if not is_blank(text[start:end]):
            yield start, end
            limit = TEXT_LIMIT
        start = end + (text[end : end + 1] == " ")
        while text[start : start + 1] == "\n":
            start += 1


def _fitting(text: str, start: int, limit: int) -> int:
    """How many of the characters from `start` on fit into `limit` UTF-16 units."""
    units = text[start : start + limit].encode("utf-16-le")[: 2 * limit]
    return len(units.decode("utf-16-le", "ignore"))


def _break(text: str, start: int, end: int) -> int:
    """The end of the last line or word, if the page is at least half full there; or else `end`."""
    half = start + (end - start) // 2
    for space in ("\n", " "):
        cut = text.rfind(space, half, end + 1)
        if cut >= 0:
            return cut
    return end


def _page(whole: Formatted, start: int, end: int) -> Page:
    text = whole.text[start:end].rstrip()
    entities: list[dict[str, Any]] = []
    for span in whole.spans:
        first, last = max(span.start - start, 0), min(span.end - start, len(text))
        if first < last and len(entities) < MAX_ENTITIES:
            entity = {
                "type": span.style,
                "offset": utf16_length(text[:first]),
                "length": utf16_length(text[first:last]),
            }
            language = {"language": span.language} if span.language else {}
            entities.append({**entity, **language})
    return Page(text, tuple(entities))
