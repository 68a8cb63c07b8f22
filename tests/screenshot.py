"""A conversation in Telegram, drawn as a phone shows it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import matplotlib
from PIL import Image, ImageDraw, ImageFont

from tests.doubles.telegram_api import Shown

EMOJI = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
FONTS = Path(matplotlib.get_data_path(), "fonts", "ttf")
EMOJI_SIZE = 109  # the only one that the font has
SIZE, LINE = 20, 27
BUTTON = LINE + 16  # the height of a row of them
WIDTH, COLUMN, EDGE, PAD = 470, 500, 12, 12  # of the text, and of all
PLAIN, BOLD, CODE = range(3)
BACK, OURS, THEIRS = "#0e1621", "#182533", "#2b5278"
INK, QUIET = "#f0f4f8", "#6ab3f3"


@dataclass(frozen=True)
class Bubble:
    """A message: a person's `text`, or what the bot has on screen."""

    text: str
    bold: tuple[tuple[int, int], ...] = ()  # from, to: in characters
    quotes: tuple[tuple[int, int], ...] = ()
    code: tuple[tuple[int, int], ...] = ()
    photo: bytes | None = None
    buttons: tuple[tuple[str, ...], ...] = ()  # row by row
    above: str = ""  # the first line of what it replies to
    is_bot: bool = False

    @classmethod
    def of(cls, shown: Shown, screen: Sequence[Shown]) -> Bubble:
        """What the bot has on `screen`."""
        text = shown.text or shown.caption or ""
        replied = [one for one in screen if one.message_id == shown.reply_to]
        above = [(one.text or one.caption or "").split("\n")[0] for one in replied]
        keyboard = (shown.markup or {}).get("inline_keyboard", ())
        return cls(
            text,
            _spans(text, shown.entities, "bold"),
            _spans(text, shown.entities, "blockquote"),
            _spans(text, shown.entities, "pre"),
            shown.photo,
            tuple(tuple(one["text"] for one in row) for row in keyboard),
            "".join(above),
            is_bot=True,
        )


def _spans(text: str, entities: Sequence[Any], kind: str) -> tuple[tuple[int, int], ...]:
    """Where `text` is formatted so; Telegram counts in UTF-16 units."""
    units = text.encode("utf-16-le")

    def index(unit: int) -> int:
        return len(units[: 2 * unit].decode("utf-16-le"))

    found = [one for one in entities if one["type"] == kind]
    return tuple((index(e["offset"]), index(e["offset"] + e["length"])) for e in found)


class Pens:
    """The fonts: plain, bold, of code, and of emoji."""

    def __init__(self, emoji: Path) -> None:
        self._emoji = ImageFont.truetype(str(emoji), EMOJI_SIZE)
        self._fonts = [
            ImageFont.truetype(str(FONTS / name), SIZE)
            for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf")
        ]
        self._drawn: dict[str, Image.Image] = {}

    def width(self, sign: str, font: int = PLAIN) -> float:
        """How wide `sign` is."""
        if sign == "\ufe0f":
            return 0
        return SIZE + 4 if _is_emoji(sign) else self._fonts[font].getlength(sign)

    def put(
        self, picture: Image.Image, x: float, y: float, sign: str, ink: str, font: int = PLAIN
    ) -> None:
        """Draw `sign` there."""
        if sign == "\ufe0f":
            return
        if _is_emoji(sign):
            drawn = self._coloured(sign)
            picture.paste(drawn, (round(x) + 1, round(y) + 2), drawn)
        else:
            ImageDraw.Draw(picture).text((x, y), sign, ink, self._fonts[font])

    def write(
        self,
        picture: Image.Image,
        place: tuple[float, float],
        text: str,
        ink: str,
        font: int = PLAIN,
    ) -> None:
        """Write a line that begins there."""
        x, y = place
        for sign in text:
            self.put(picture, x, y, sign, ink, font)
            x += self.width(sign, font)

    def _coloured(self, sign: str) -> Image.Image:
        if sign not in self._drawn:
            large = Image.new("RGBA", (136, 128))
            ImageDraw.Draw(large).text((0, 0), sign, font=self._emoji, embedded_color=True)
            self._drawn[sign] = large.resize((SIZE + 2, SIZE + 1), Image.Resampling.LANCZOS)
        return self._drawn[sign]


def _is_emoji(sign: str) -> bool:
    return ord(sign) >= 0x1F000 or sign in "⚠⚖⏹💡⚡"


@dataclass
class Box:
    """A bubble that is laid out: its lines are ranges of characters."""

    bubble: Bubble
    pens: Pens

    @cached_property
    def lines(self) -> list[tuple[int, int]]:
        """Where the lines begin and end; a line breaks at a space."""
        text, found, start, space, x = self.bubble.text, [], 0, -1, 0.0
        for at, sign in enumerate(text):
            if sign == "\n":
                found.append((start, at))
                start, space, x = at + 1, -1, 0.0
                continue
            space = at if sign == " " else space
            x += self._width(at)
            if x > WIDTH - 2 * PAD and space >= start:
                found.append((start, space))
                start, space = space + 1, -1
                x = sum(self._width(one) for one in range(start, at + 1))
        return [*found, (start, len(text))]

    @cached_property
    def width(self) -> int:
        """All its lines fit into it."""
        widest = max(sum(map(self._width, range(*line))) for line in self.lines)
        return WIDTH if self.bubble.photo else min(WIDTH, round(widest) + 2 * PAD + 6)

    @cached_property
    def photo(self) -> Image.Image | None:
        """The photo, as wide as the bubble."""
        if not self.bubble.photo:
            return None
        with Image.open(io.BytesIO(self.bubble.photo)) as opened:
            found = opened.convert("RGB")
        size = (WIDTH - 8, round(found.height * (WIDTH - 8) / found.width))
        return found.resize(size, Image.Resampling.LANCZOS)

    @property
    def height(self) -> int:
        """With photo and buttons, and the distance to the next one."""
        photo = self.photo.height + 4 if self.photo else 0
        more = LINE * bool(self.bubble.above) + BUTTON * len(self.bubble.buttons)
        return photo + LINE * len(self.lines) + more + 2 * PAD + EDGE

    def _width(self, at: int) -> float:
        return self.pens.width(self.bubble.text[at], self._font(at))

    def _font(self, at: int) -> int:
        if self._is(at, self.bubble.code):
            return CODE
        return BOLD if self._is(at, self.bubble.bold) else PLAIN

    @staticmethod
    def _is(at: int, spans: tuple[tuple[int, int], ...]) -> bool:
        return any(start <= at < end for start, end in spans)

    def draw(self, picture: Image.Image, left: int, top: int) -> None:
        """Draw it into a column that begins there."""
        bubble, pencil = self.bubble, ImageDraw.Draw(picture)
        x = left if bubble.is_bot else left + WIDTH - self.width
        bottom = top + self.height - EDGE - BUTTON * len(bubble.buttons)
        pencil.rounded_rectangle(
            (x, top, x + self.width, bottom), 14, OURS if bubble.is_bot else THEIRS
        )
        y = top + PAD
        if self.photo:
            picture.paste(self.photo, (x + 4, top + 4))
            y += self.photo.height + 4
        if bubble.above:
            pencil.rectangle((x + PAD, y + 2, x + PAD + 3, y + LINE - 4), QUIET)
            self._write(picture, x + PAD + 10, y, bubble.above, QUIET)
            y += LINE
        for start, end in self.lines:
            is_quote = start < end and self._is(start, bubble.quotes)
            if is_quote:
                pencil.rectangle((x + PAD - 8, y + 1, x + PAD - 5, y + LINE - 3), QUIET)
            at = float(x + PAD)
            for one in range(start, end):
                self.pens.put(picture, at, y, bubble.text[one], INK, self._font(one))
                at += self._width(one)
            y += LINE
        for row in bubble.buttons:
            self._draw_row(picture, x, bottom, row)
            bottom += BUTTON

    def _draw_row(self, picture: Image.Image, x: int, y: int, labels: Sequence[str]) -> None:
        pencil, wide = ImageDraw.Draw(picture), (WIDTH + 6) // len(labels)
        for number, label in enumerate(labels):
            place = (x + number * wide, y + 6, x + (number + 1) * wide - 6, y + LINE + 14)
            pencil.rounded_rectangle(place, 8, OURS)
            middle = place[0] + (wide - 6 - sum(map(self.pens.width, label))) / 2
            self._write(picture, middle, y + 15, label, INK)

    def _write(self, picture: Image.Image, x: float, y: float, text: str, ink: str) -> None:
        """One line, cut where the bubble ends."""
        end = x + self.width - 4 * PAD
        for sign in text:
            if x > end:
                return self.pens.put(picture, x, y, "…", ink)
            self.pens.put(picture, x, y, sign, ink)
            x += self.pens.width(sign)


def draw(bubbles: Sequence[Bubble], path: Path, emoji: Path = EMOJI) -> None:
    """Draw them in two columns of about the same height."""
    boxes = [Box(bubble, Pens(emoji)) for bubble in bubbles]
    columns = min(
        ((boxes[:cut], boxes[cut:]) for cut in range(1, len(boxes))),
        key=lambda two: max(sum(box.height for box in column) for column in two),
    )
    height = max(sum(box.height for box in column) for column in columns) + EDGE
    picture = Image.new("RGB", (2 * COLUMN, height), BACK)
    for number, column in enumerate(columns):
        top = EDGE
        for box in column:
            box.draw(picture, number * COLUMN + (COLUMN - WIDTH) // 2, top)
            top += box.height
    picture.quantize(256, kmeans=1).save(path, optimize=True)
