"""Where tags and notes stand, so that none covers another and each is read where it belongs; pure.

A tag is a price beside the axis, a note a few words at the edge of a pane.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engram.market.charts.axes import PriceAxis

# So much of a tag's height, at most, it is moved for the ends of the range to have tags as well.
_FAR = 1.0


class Tag(NamedTuple):
    """A price that is marked on the axis; one `ahead` is where it may be at the range's end."""

    price: float
    text: str
    colour: str
    ahead: bool = False

    def on(self, axis: PriceAxis) -> Tag:
        """The tag with an arrow if its price is above or below the axis."""
        arrow = {1: "▲ ", -1: "▼ "}.get(axis.side(self.price), "")
        return self._replace(text=arrow + self.text)


class Note(NamedTuple):
    """A few words at the upper or lower edge, to the right of `at` (a candle's number)."""

    at: float
    text: str
    colour: str
    above: bool
    leftwards: bool = False  # to the left of `at`


def stacked(places: Sequence[float], gap: float) -> list[float]:
    """The places moved as little as needed to lie `gap` apart, in the same order, within 0 to 1.

    The first one, that of the current price, stays; the others give way, up or down.
    """
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = [min(max(place, 0.0), 1.0) for place in places]
    first = order.index(0) if order else 0
    for under, index in zip(order[first:], order[first + 1 :], strict=False):
        moved[index] = max(moved[index], moved[under] + gap)
    # Now those below it, and near an edge, where there is no room to give way, all of them.
    ceiling = 1.0
    for index in reversed(order):
        moved[index] = min(moved[index], ceiling)
        ceiling = moved[index] - gap
    floor = 0.0
    for index in order:
        moved[index] = max(moved[index], floor)
        floor = moved[index] + gap
    return moved


def placed(
    axis: PriceAxis, tags: Sequence[Tag], ends: Sequence[Tag], gap: float
) -> list[tuple[Tag, float]]:
    """The tags with their places, those of the range's `ends` only where there is room for them."""
    for shown in ([*tags, *ends], [*tags]):
        places = [axis.place(tag.price) for tag in shown]
        moved = stacked(places, gap)
        true = [min(max(place, 0.0), 1.0) for place in places]
        if all(abs(a - b) <= 1.01 * _FAR * gap for a, b in zip(true, moved, strict=True)):
            break
    return [(tag.on(axis), place) for tag, place in zip(shown, moved, strict=True)]


def with_room(notes: Sequence[Note], width_of_letter: float, right: float) -> list[Note]:
    """Those of `notes` that cover none before them, nor reach beyond `right`, the edge.

    The width of a letter is in candles.
    """
    shown: list[Note] = []
    taken: list[tuple[bool, float, float]] = []
    for note in notes:
        width = (len(note.text) + 1.5) * width_of_letter
        begin, end = (note.at - width, note.at) if note.leftwards else (note.at, note.at + width)
        free = all(
            above != note.above or its_end <= begin or end <= its_begin
            for above, its_begin, its_end in taken
        )
        if free and end <= right:
            shown.append(note)
            taken.append((note.above, begin, end))
    return shown
