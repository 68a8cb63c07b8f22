"""What people send besides plain messages: pastes, albums, quotations, and edits of no text."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from tests.doubles.telegram_people import People
from tests.doubles.telegram_rules import TEXT_LIMIT, found_entities, utf16_len


class Writers(People):
    """People whose clients do what Telegram's do; the options are those of `say`."""

    def attach(self, chat_id: int, caption: str = "", **options: Any) -> int:
        """A person sends a photo, or what the options name instead; returns the message id."""
        contents = {"photo": [PHOTO]} if options.keys().isdisjoint(_CONTENTS) else {}
        return self.say(chat_id, "", **contents, **captioned(caption), **options)

    def send_album(self, chat_id: int, captions: Sequence[str], **options: Any) -> list[int]:
        """A person sends an album, one photo for each of `captions`, most of which are empty."""
        with self.changed:
            album = str(time.monotonic_ns())
            return [
                self.attach(chat_id, caption, media_group_id=album, **options)
                for caption in captions
            ]

    def paste(self, chat_id: int, text: str, **options: Any) -> list[int]:
        """A person pastes a text, which their client cuts as Telegram's do: see `cut`."""
        with self.changed:
            return [self.say(chat_id, piece, **options) for piece in cut(text)]

    def quote(
        self, chat_id: int, text: str, reply_to: int, part: str | None = None, **options: Any
    ) -> int:
        """A person replies to a message, or to the `part` of it that they marked."""
        if part is not None:
            options["quote"] = {"text": part, "position": 0, "is_manual": True}
        return self.say(chat_id, text, reply_to=reply_to, **options)

    def react(self, chat_id: int, message_id: int) -> None:
        """Something changes about a message that is not in its text: a reaction, a link preview."""
        with self.changed:
            same = self._api.message_json(self._api.chats[chat_id], message_id)
            self.send_update({"edited_message": same | {"edit_date": int(time.time())}})


PHOTO = {"file_id": "x", "file_unique_id": "y", "width": 800, "height": 600}
_CONTENTS = ("photo", "voice", "document", "video", "location", "poll", "checklist", "sticker")


def captioned(caption: str) -> dict[str, Any]:
    """The fields of a caption."""
    entities = found_entities(caption)
    found = {"caption": caption} if caption else {}
    return found | ({"caption_entities": entities} if entities else {})


def cut(text: str, limit: int = TEXT_LIMIT) -> Iterator[str]:
    """`text` in messages of at most `limit` UTF-16 units.

    The cuts are at line ends, else at spaces, which are lost there; a text without either is cut
    anywhere, as some clients do with all.
    """
    while utf16_len(text) > limit:
        end = len(text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore"))
        at = max(text.rfind("\n", end - 100, end), text.rfind(" ", end - 100, end))
        at = at if at > 0 else end
        yield text[:at]
        text = text[at:].lstrip()
    if text:
        yield text
