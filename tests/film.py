"""A conversation in Telegram as a moving picture: a phone's screen, moment by moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, groupby
from pathlib import Path

from PIL import Image, ImageDraw

from tests.screenshot import (
    BACK,
    BOLD,
    COLUMN,
    EDGE,
    EMOJI,
    INK,
    LINE,
    OURS,
    QUIET,
    SIZE,
    WIDTH,
    Box,
    Bubble,
    Pens,
)

HEAD, HEIGHT = 52, 800  # of the line with the bot's name, and of all
SHADE = "#17212b"
# A way that is longer than this (pixels) is scrolled in so many steps of so long each (s).
FAR, STEPS, STEP = 60, 3, 0.08
SAMPLES = 12  # pictures whose colours all others have


@dataclass(frozen=True)
class Note:
    """What happens around the conversation, in the middle of the screen."""

    text: str


@dataclass(frozen=True)
class Moment:
    """What is in the chat for so many seconds, with the end at the bottom of the screen.

    With `first` that one stands at the top, for what is higher than the screen.
    """

    pieces: tuple[Bubble | Note, ...]
    seconds: float
    first: int | None = None


@dataclass
class Screen:
    """Draws moments, each piece once."""

    emoji: Path = EMOJI
    _strips: dict[Bubble | Note, Image.Image] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._pens = Pens(self.emoji)

    def frames(self, moments: Sequence[Moment]) -> Iterator[tuple[Image.Image, float]]:
        """The pictures, and for how many seconds each of them is seen."""
        offset: int | None = None
        for moment in moments:
            strips = [self._strip(piece) for piece in moment.pieces]
            ends = [*accumulate((strip.height for strip in strips), initial=EDGE)]
            wanted = max(0, ends[-1] - (HEIGHT - HEAD))
            if moment.first is not None:
                wanted = ends[moment.first] - EDGE
            for passed in _way(wanted if offset is None else offset, wanted):
                yield self._frame(strips, ends, passed), STEP
            yield self._frame(strips, ends, wanted), moment.seconds
            offset = wanted

    def _frame(self, strips: list[Image.Image], ends: list[int], offset: int) -> Image.Image:
        picture = Image.new("RGB", (COLUMN, HEIGHT), BACK)
        for strip, top in zip(strips, ends, strict=False):
            picture.paste(strip, (0, HEAD + top - offset))
        pencil = ImageDraw.Draw(picture)
        pencil.rectangle((0, 0, COLUMN, HEAD), SHADE)
        self._pens.write(picture, (EDGE + 12, 13), "Engram", INK, BOLD)
        self._pens.write(picture, (EDGE + 112, 13), "bot", QUIET)
        return picture

    def _strip(self, piece: Bubble | Note) -> Image.Image:
        if piece not in self._strips:
            is_note = isinstance(piece, Note)
            self._strips[piece] = self._noted(piece.text) if is_note else self._boxed(piece)
        return self._strips[piece]

    def _boxed(self, bubble: Bubble) -> Image.Image:
        box = Box(bubble, self._pens)
        strip = Image.new("RGB", (COLUMN, box.height), BACK)
        box.draw(strip, (COLUMN - WIDTH) // 2, 0)
        return strip

    def _noted(self, text: str) -> Image.Image:
        wide = round(sum(map(self._pens.width, text))) + 2 * SIZE
        left = (COLUMN - wide) // 2
        strip = Image.new("RGB", (COLUMN, LINE + 2 * EDGE + 8), BACK)
        shape = (left, EDGE - 6, left + wide, EDGE + LINE + 6)
        ImageDraw.Draw(strip).rounded_rectangle(shape, SIZE, OURS)
        self._pens.write(strip, (left + SIZE, EDGE), text, QUIET)
        return strip


def _way(start: int, end: int) -> list[int]:
    """Where the screen is on its way, slowly at its end."""
    if abs(end - start) <= FAR:
        return []
    return [round(end + (start - end) * (1 - step / STEPS) ** 2) for step in range(1, STEPS)]


def save(frames: Sequence[tuple[Image.Image, float]], path: Path, comment: str) -> None:
    """Write a GIF that begins again at its end; `comment` is kept in it."""
    each = max(1, len(frames) // SAMPLES)
    samples = [picture for picture, _ in frames[::each]]
    whole = Image.new("RGB", (COLUMN, HEIGHT * len(samples)))
    for number, picture in enumerate(samples):
        whole.paste(picture, (0, HEIGHT * number))
    palette = whole.quantize(255, kmeans=1)
    drawn = [
        (picture.quantize(palette=palette, dither=Image.Dither.NONE), seconds)
        for picture, seconds in frames
    ]
    alike = [[*same] for _, same in groupby(drawn, lambda one: one[0].tobytes())]
    pictures = [same[0][0] for same in alike]
    lasting = [round(sum(seconds for _, seconds in same) * 100) * 10 for same in alike]
    pictures[0].save(
        path, save_all=True, append_images=pictures[1:], duration=lasting, loop=0, disposal=1,
        comment=comment.encode(), optimize=False,
    )  # fmt: skip
