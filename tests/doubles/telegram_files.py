"""The files of a Telegram double: what people and the bot have sent, and a photo's sizes.

Sources: https://core.telegram.org/bots/api#getfile and, for the wording, `Client.cpp` in
github.com/tdlib/telegram-bot-api (`process_get_file_query`, `json_store_file`).
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.doubles.server import Connection
from tests.doubles.telegram_rules import Refusal

Json = dict[str, Any]
#: Telegram gives bots no file that is larger, in bytes.
LARGEST = 20 << 20
#: A photo is kept in several sizes, whose longer sides have at most so many pixels.
SIDES = (90, 320, 800, 1280, 2560)
#: What a download does wrong if `fail_raw("file", ...)` says so: it breaks off in the middle, comes
#: byte by byte, or never ends.
DOWNLOADS = ("cut", "drip", "endless")


@dataclass(frozen=True)
class Kept:
    """A file on the server; `size` may be another one than that of the `data`."""

    data: bytes
    path: str
    size: int


class Files(Mapping[str, bytes]):
    """The contents of all files by their ids."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        #: The bot's folder on a Bot API server that was started with --local: files are handed out
        #: as absolute paths below it, and not by HTTP. The server names it like the token.
        self.local: Path | None = None

    def __getitem__(self, file_id: str) -> bytes:
        return self._kept[file_id].data

    def __iter__(self) -> Any:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, data: bytes, kind: str, *, suffix: str = "", size: int | None = None) -> Json:
        """Keep a file; returns what messages say of it."""
        number = len(self._kept) + 1
        file_id = f"{kind}-{number}"
        size = len(data) if size is None else size
        self._kept[file_id] = Kept(data, f"{kind}s/file_{number}{suffix}", size)
        return {"file_id": file_id, "file_unique_id": f"unique-{number}", "file_size": size}

    def keep_photo(self, data: bytes) -> list[Json]:
        """Keep a photo in its sizes, as JPEG like Telegram; what is no picture as it is."""
        found = sizes(data)
        return [
            self.keep(content, "photo", suffix=".jpg") | {"width": width, "height": height}
            for content, width, height in found
        ]

    def get_file(self, params: Mapping[str, Any]) -> Json:
        """The result of getFile; raises Refusal."""
        file_id = str(params.get("file_id") or "")
        if not file_id:
            raise Refusal("file_id not specified")
        if file_id not in self._kept:
            raise Refusal("invalid file_id")
        kept = self._kept[file_id]
        if kept.size > LARGEST and self.local is None:
            raise Refusal("file is too big", fault=False)
        number = file_id.rpartition("-")[2]
        told = {"file_id": file_id, "file_unique_id": f"unique-{number}", "file_size": kept.size}
        return told | {"file_path": self._path(kept)}

    def _path(self, kept: Kept) -> str:
        if self.local is None:
            return kept.path
        path = self.local / kept.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(kept.data)
        return str(path)

    def at(self, path: str) -> bytes | None:
        """What /file/bot<token>/<path> answers, None for nothing."""
        if self.local is not None:
            return None
        return next((kept.data for kept in self._kept.values() if kept.path == path), None)


def sizes(data: bytes) -> list[tuple[bytes, int, int]]:
    """A photo as JPEG in all sizes that Telegram makes of it: (content, width, height)."""
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(io.BytesIO(data)).convert("RGB")
    except (UnidentifiedImageError, OSError):
        return [(data, 800, 600)]
    found = []
    for side in sorted({min(side, max(image.size)) for side in SIDES}):
        copy = image.copy()
        copy.thumbnail((side, side))
        found.append((_jpeg(copy), *copy.size))
    return found


def _jpeg(image: Any) -> bytes:
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=87)
    return kept.getvalue()


@functools.cache
def plain_picture(number: int = 0, width: int = 64, height: int = 48) -> bytes:
    """A small PNG; each number has a colour of its own."""
    from PIL import Image

    kept = io.BytesIO()
    colour = (40 * number % 256, 90, (200 - 30 * number) % 256)
    Image.new("RGB", (width, height), colour).save(kept, "PNG")
    return kept.getvalue()


def sticker() -> bytes:
    """A sticker as Telegram keeps it: webp with see-through parts."""
    from PIL import Image

    kept = io.BytesIO()
    Image.new("RGBA", (512, 512), (200, 40, 40, 128)).save(kept, "WEBP")
    return kept.getvalue()


def contents(source: bytes | str, default: Callable[[], bytes] = plain_picture) -> bytes:
    """A file that is given as bytes, or as a path on this machine, "" for the default."""
    if isinstance(source, str):
        return Path(source).read_bytes() if source else default()
    return source


def misbehave(connection: Connection, data: bytes, behaviour: str) -> None:
    """Send `data` as a download that does one of `DOWNLOADS`."""
    kind = "application/octet-stream"
    if behaviour == "cut":
        half = len(data) // 2
        connection.reply(200, data[:half], kind, missing=len(data) - half)
        return
    connection.open_stream(kind)
    while behaviour == "endless":
        connection.chunk(bytes(1 << 16))
    for number in range(len(data)):
        connection.chunk(data[number : number + 1])
        connection.pause(0.05)
    connection.end_stream()
