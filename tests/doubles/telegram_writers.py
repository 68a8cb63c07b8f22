"""What people send besides plain messages: pastes, albums, quotations, and edits of no text."""

from __future__ import annotations

import mimetypes
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.doubles.telegram_files import contents, plain_picture, sticker
from tests.doubles.telegram_people import People
from tests.doubles.telegram_rules import TEXT_LIMIT, found_entities, utf16_len


class Writers(People):
    """People whose clients do what Telegram's do; the options are those of `say`."""

    def attach(self, chat_id: int, caption: str = "", **options: Any) -> int:
        """A person sends a photo, or what the options name instead; returns the message id."""
        if options.keys().isdisjoint(_CONTENTS):
            return self.send_photo(chat_id, caption=caption, **options)
        return self.say(chat_id, "", **captioned(caption), **options)

    def send_photo(
        self, chat_id: int, source: bytes | str = "", caption: str = "", **options: Any
    ) -> int:
        """A person sends a picture as a photo, which Telegram keeps in several sizes.

        `source` is its content, or the path of a file on this machine.
        """
        photo = self.files.keep_photo(contents(source))
        return self.say(chat_id, "", photo=photo, **captioned(caption), **options)

    def send_file(
        self,
        chat_id: int,
        source: bytes | str = "",
        caption: str = "",
        *,
        name: str = "",
        mime_type: str = "",
        size: int | None = None,
        **options: Any,
    ) -> int:
        """A person sends a file as it is; with `size` it claims to have so many bytes."""
        name = name or (Path(source).name if isinstance(source, str) else "file.bin")
        mime_type = mime_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        kept = self.files.keep(contents(source), "document", suffix=Path(name).suffix, size=size)
        document = kept | {"file_name": name, "mime_type": mime_type}
        return self.say(chat_id, "", document=document, **captioned(caption), **options)

    def send_sticker(
        self, chat_id: int, source: bytes | str = "", *, moves: bool = False, **options: Any
    ) -> int:
        """A person sends a sticker, a picture with 512 pixels, or one that moves."""
        kept = self.files.keep(contents(source, sticker), "sticker", suffix=".webp")
        kinds = {"type": "regular", "is_animated": moves, "is_video": False, "emoji": "😀"}
        return self.say(
            chat_id, "", sticker=kept | kinds | {"width": 512, "height": 512}, **options
        )

    def send_album(self, chat_id: int, captions: Sequence[str], **options: Any) -> list[int]:
        """A person sends an album, one photo for each of `captions`, most of which are empty."""
        with self.changed:
            album = str(time.monotonic_ns())
            return [
                self.send_photo(
                    chat_id, plain_picture(number), caption, media_group_id=album, **options
                )
                for number, caption in enumerate(captions)
            ]

    def replace_photo(self, chat_id: int, message_id: int, source: bytes | str) -> None:
        """A person edits a message to have another photo; its caption stays."""
        with self.changed:
            old = self._api.message_json(self._api.chats[chat_id], message_id)
            photo = self.files.keep_photo(contents(source))
            new = old | {"photo": photo, "edit_date": int(time.time())}
            self._api.chats[chat_id].messages[message_id] = new
            self.send_update({"edited_message": new})

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
