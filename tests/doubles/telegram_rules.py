"""The rules by which Telegram refuses requests, as pure functions.

Sources: the Bot API documentation (core.telegram.org/bots/api, /bots/faq for the flood limits) and,
for the wording, the open-source Bot API server (github.com/tdlib/telegram-bot-api, `Client.cpp`).
Offsets and lengths count UTF-16 code units everywhere, as Telegram's do.
"""

from __future__ import annotations

import json
import math
import re
from collections import deque
from dataclasses import dataclass
from typing import Any

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
ENTITY_LIMIT = 100
CALLBACK_DATA_BYTES = 64


def words(text: str) -> frozenset[str]:
    """A set of names, written as one text."""
    return frozenset(text.split())


ENTITY_TYPES = words(
    "mention hashtag cashtag bot_command url email phone_number bold italic underline "
    "strikethrough spoiler blockquote expandable_blockquote code pre text_link text_mention "
    "custom_emoji"
)
_CODES, _QUOTES = words("pre code"), words("blockquote expandable_blockquote")
CHAT_ACTIONS = words(
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document "
    "choose_sticker find_location record_video_note upload_video_note"
)
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
CONFLICT = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)

_PREFIX = {400: "Bad Request: ", 403: "Forbidden: "}
_FOUND = re.compile(r"(?<![\w/])/\w{1,64}(?:@\w{3,32})?(?!\w)|(?<!\w)@\w{3,32}(?!\w)", re.ASCII)


class Refusal(Exception):
    """The request is answered with `status` and `description`.

    `fault` tells whether the bot is to blame; a person who blocks it or deletes a message is not.
    """

    def __init__(
        self,
        description: str,
        status: int = 400,
        retry_after: int | None = None,
        fault: bool = True,
        migrate_to: int | None = None,
    ) -> None:
        super().__init__(description)
        self.status = status
        prefix = _PREFIX.get(status, "")
        self.description = prefix + description.removeprefix(prefix)
        self.retry_after = retry_after
        self.migrate_to = migrate_to
        self.fault = fault


@dataclass(frozen=True)
class Formatted:
    """Text as Telegram keeps it: trimmed, with the entities that still apply."""

    text: str
    entities: tuple[dict[str, Any], ...] = ()


def utf16_len(text: str) -> int:
    """Length in UTF-16 code units; characters beyond U+FFFF take two."""
    return len(text) + sum(char > "\uffff" for char in text)


def parsed_json(value: Any, what: str) -> Any:
    """Parameters that are objects arrive as JSON text, or as objects in a JSON body."""
    if not isinstance(value, str) or not value:
        return value or None
    try:
        return json.loads(value)
    except ValueError:
        raise Refusal(f"can't parse {what} JSON object") from None


def formatted(text: Any, entities: Any, limit: int, empty: str | None) -> Formatted:
    """What is kept of a text, or Refusal.

    The limit holds after trimming, so an edit that only adds white space at the end is "not
    modified". `empty`: how an empty text is refused; None: it is not. Entities beyond the hundredth
    are ignored. The real server ignores entities that are no JSON at all; here they are refused.
    """
    text = str(text or "")
    checked = _check_entities(text, parsed_json(entities, "entities") or [])
    kept = text.strip()
    if not kept.strip("\u200b\u200c\u200d\u2060\ufeff \n") and empty:
        raise Refusal("text must be non-empty" if text else empty)
    if utf16_len(kept) > limit:
        message = "message caption is too long" if limit == CAPTION_LIMIT else "message is too long"
        raise Refusal(message)
    before = utf16_len(text) - utf16_len(text.lstrip())
    return Formatted(kept, tuple(_moved(checked[:ENTITY_LIMIT], before, utf16_len(kept))))


def _check_entities(text: str, entities: Any) -> list[dict[str, Any]]:
    if not isinstance(entities, list):
        raise Refusal("can't parse MessageEntity: expected an Array")
    boundaries = _boundaries(text)
    for entity in entities:
        _check_entity(entity, boundaries)
    _check_nesting(entities)
    return entities


def _boundaries(text: str) -> dict[int, int]:
    """UTF-16 offset → byte offset of every character's beginning, and of the end."""
    result, units, size = {}, 0, 0
    for char in text:
        result[units] = size
        units += 2 if char > "\uffff" else 1
        size += len(char.encode("utf-8", "surrogatepass"))
    result[units] = size
    return result


def _check_entity(entity: Any, boundaries: dict[int, int]) -> None:
    if not isinstance(entity, dict):
        raise Refusal("can't parse MessageEntity: expected an Object")
    for key in ("offset", "length", "type"):
        if key not in entity:
            raise Refusal(f"can't parse MessageEntity: Can't find field \"{key}\"")
    start, length = entity["offset"], entity["length"]
    for key, value in (("offset", start), ("length", length)):
        if not isinstance(value, int):
            raise Refusal(f'can\'t parse MessageEntity: Field "{key}" must be of type Number')
        if value < 0:
            raise Refusal(f"receive an entity with incorrect {key} {value}")
    if entity["type"] not in ENTITY_TYPES:
        raise Refusal("can't parse MessageEntity: Unsupported type specified")
    _check_bounds(start, start + length, boundaries)


def _check_bounds(start: int, end: int, boundaries: dict[int, int]) -> None:
    last = max(boundaries)
    if start > last or (start == last and end > start):
        raise Refusal(f"entity begins after the end of the text at UTF-16 offset {start}")
    if end > last:
        raise Refusal(
            f"entity beginning at UTF-16 offset {start} ends after the end of the text "
            f"at UTF-16 offset {end}"
        )
    if start not in boundaries:
        byte = boundaries[start + 1]
        raise Refusal(f"entity begins in a middle of a UTF-16 symbol at byte offset {byte}")
    if end not in boundaries:
        raise Refusal(
            f"entity beginning at UTF-16 offset {start} ends in a middle of a UTF-16 symbol "
            f"at byte offset {boundaries[end + 1]}"
        )


def _check_nesting(entities: list[dict[str, Any]]) -> None:
    """Entities may contain each other but not overlap; code contains none and only quotes contain
    it; quotes contain no quotes (core.telegram.org/bots/api#formatting-options). The real server
    drops what breaks these rules, which nobody would notice; here it is refused.
    """
    around: list[dict[str, Any]] = []
    for entity in sorted(entities, key=lambda one: (one["offset"], -one["length"])):
        while around and around[-1]["offset"] + around[-1]["length"] <= entity["offset"]:
            around.pop()
        if around:
            outer, inner = around[-1]["type"], entity["type"]
            if entity["offset"] + entity["length"] > around[-1]["offset"] + around[-1]["length"]:
                raise Refusal(f"entities {outer} and {inner} overlap")
            into_code = outer in _CODES or (inner in _CODES and outer not in _QUOTES)
            if into_code or (inner in _QUOTES and any(one["type"] in _QUOTES for one in around)):
                raise Refusal(f"entity {inner} can't be in {outer}")
        around.append(entity)


def _moved(entities: list[dict[str, Any]], by: int, length: int) -> list[dict[str, Any]]:
    moved = []
    for entity in entities:
        start = max(entity["offset"] - by, 0)
        end = min(entity["offset"] - by + entity["length"], length)
        if end > start:
            moved.append({**entity, "offset": start, "length": end - start})
    return moved


def checked_markup(value: Any) -> dict[str, Any] | None:
    """An inline keyboard, or None; callback_data is 1 to 64 bytes of UTF-8."""
    markup = parsed_json(value, "reply keyboard markup")
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise Refusal("object expected as reply markup")
    for button in buttons_of(markup):
        if not isinstance(button.get("text"), str) or not button["text"]:
            raise Refusal("can't parse inline keyboard button: Can't find field \"text\"")
        if len(button) < 2:
            problem = "Text buttons are unallowed in the inline keyboard"
            raise Refusal(f"can't parse inline keyboard button: {problem}")
        if len(str(button.get("callback_data", "")).encode()) > CALLBACK_DATA_BYTES:
            raise Refusal("BUTTON_DATA_INVALID")
    return markup if markup.get("inline_keyboard") else None


def buttons_of(markup: dict[str, Any] | None) -> list[dict[str, Any]]:
    """All buttons of an inline keyboard, row after row."""
    return [button for row in (markup or {}).get("inline_keyboard", []) for button in row]


def found_entities(text: str) -> list[dict[str, Any]]:
    """The `bot_command` and `mention` entities that Telegram finds in what people write."""
    return [
        {
            "type": "bot_command" if found.group().startswith("/") else "mention",
            "offset": utf16_len(text[: found.start()]),
            "length": utf16_len(found.group()),
        }
        for found in _FOUND.finditer(text)
    ]


class Bucket:
    """A token bucket: `burst` at once, then `rate` a second."""

    def __init__(self, burst: float, rate: float) -> None:
        self._burst, self._rate = burst, rate
        self._tokens, self._at = burst, 0.0

    def wait(self, now: float) -> float:
        """Seconds until there is a token."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return max(0.0, (1 - self._tokens) / self._rate)

    def take(self) -> None:
        """Uses one token."""
        self._tokens -= 1


class Window:
    """At most `count` within any `seconds`."""

    def __init__(self, count: int, seconds: float) -> None:
        self._seconds = seconds
        self._taken: deque[float] = deque([-math.inf] * count, maxlen=count)
        self._now = 0.0

    def wait(self, now: float) -> float:
        """Seconds until one more is allowed."""
        self._now = now
        return max(0.0, self._taken[0] + self._seconds - now)

    def take(self) -> None:
        """Uses one."""
        self._taken.append(self._now)


class FloodControl:
    """Telegram's limits: 1 message a second in a private chat, 20 a minute in a group, 30 a second
    in all. Edits count like messages, and so do requests that are then refused for another reason.

    Slightly generous, so that a bot that keeps the limits never meets them by a few milliseconds:
    bursts of three are let through, then the pace holds (in groups one every three seconds).

    Whoever sends during a penalty makes it longer by the same time once more. Penalties that a test
    imposes hold even when the limits are not enforced.
    """

    def __init__(self, enforce: bool) -> None:
        self._enforce = enforce
        self._limits: dict[int, tuple[Bucket | Window, ...]] = {}
        self._all = Window(30, 0.95)
        self._penalties: dict[int, tuple[float, int]] = {}

    def penalise(self, chat_id: int, seconds: int, now: float) -> None:
        """Nothing may be sent to the chat for that time."""
        self._penalties[chat_id] = (now + seconds, seconds)

    def retry_after(self, chat_id: int, now: float) -> int:
        """0: the message may pass and is counted; otherwise whole seconds to wait."""
        until, step = self._penalties.get(chat_id, (0.0, 0))
        if now < until:
            self._penalties[chat_id] = (until + step, step)
            return math.ceil(until + step - now)
        wait = self._count(chat_id, now) if self._enforce else 0.0
        if wait:
            self.penalise(chat_id, math.ceil(wait), now)
        return math.ceil(wait)

    def _count(self, chat_id: int, now: float) -> float:
        limits = (self._all, *self._limits.setdefault(chat_id, _limits(chat_id)))
        wait = max(limit.wait(now) for limit in limits)
        if not wait:
            for limit in limits:
                limit.take()
        return wait


def _limits(chat_id: int) -> tuple[Bucket | Window, ...]:
    return (Bucket(3, 1.05),) if chat_id > 0 else (Bucket(3, 1 / 2.9), Window(20, 59))
