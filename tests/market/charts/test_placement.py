"""Tags beside the axis and notes at its edges: none covers another, none is far from its place."""

import random
from itertools import pairwise

import pytest

from engram.market.charts.axes import PriceAxis
from engram.market.charts.placement import Note, Tag, placed, stacked, with_room

GAP = 0.1


@pytest.mark.parametrize(
    ("places", "moved"),
    [
        ([0.5], [0.5]),
        ([0.5, 0.2, 0.8], [0.5, 0.2, 0.8]),
        ([0.5, 0.51], [0.5, 0.6]),
        ([0.5, 0.49], [0.5, 0.4]),
        ([0.5, 0.51, 0.49], [0.5, 0.6, 0.4]),
        ([0.5, 0.52, 0.55], [0.5, 0.6, 0.7]),
        ([0.5, 0.8, 0.82], [0.5, 0.8, 0.9]),
        ([0.99, 1.0], [0.9, 1.0]),
        ([0.0, 0.02, 0.01], [0.0, 0.2, 0.1]),
        ([1.7, 0.99], [1.0, 0.9]),
        ([-3.0], [0.0]),
        ([], []),
    ],
)
def test_the_current_price_stays_and_the_others_give_way(places, moved):
    """Three prices side by side would all be pushed up, away from their lines."""
    assert stacked(places, GAP) == pytest.approx(moved)


@pytest.mark.parametrize("seed", range(50))
def test_tags_never_cover_each_other_nor_change_places(seed):
    """A tag would be read as another price."""
    chance = random.Random(seed)
    spread = chance.choice([0.01, 0.1, 1.0])
    places = [chance.random() * spread + chance.random() / 10 for _ in range(chance.randint(1, 5))]
    moved = stacked(places, GAP)
    order = sorted(range(len(places)), key=places.__getitem__)
    assert all(moved[b] - moved[a] > GAP - 1e-9 for a, b in pairwise(order))
    assert min(moved) >= 0
    assert max(moved) <= 1


AXIS = PriceAxis(100.0, 200.0, logarithmic=False)


def texts(tags, ends):
    """What stands beside the axis, from the top."""
    found = placed(AXIS, [Tag(price, str(price), "") for price in tags],
                   [Tag(price, f"end {price}", "") for price in ends], GAP)  # fmt: skip
    return [tag.text for tag, _ in sorted(found, key=lambda one: -one[1])]


@pytest.mark.parametrize(
    ("tags", "ends", "shown"),
    [
        ([150, 160, 140], [190, 110], ["end 190", "160", "150", "140", "end 110"]),
        ([150, 151, 149], [190, 110], ["end 190", "151", "150", "149", "end 110"]),
        ([150, 190, 110], [152, 148], ["190", "end 152", "150", "end 148", "110"]),
        ([150, 151, 149], [152, 148], ["151", "150", "149"]),
        ([150], [], ["150"]),
    ],
)
def test_the_ends_of_the_range_have_tags_where_there_is_room(tags, ends, shown):
    """Five tags in a heap would stand far from their prices."""
    assert texts(tags, ends) == shown


def test_a_price_beyond_the_axis_is_marked_as_such():
    """It would be read as the price at the edge."""
    assert texts([150, 250, 50], []) == ["▲ 250", "150", "▼ 50"]
    assert texts([900, 250, 160], []) == ["▲ 900", "▲ 250", "160"]


@pytest.mark.parametrize(
    ("notes", "shown"),
    [
        ([(10, "one"), (20, "two")], ["one", "two"]),
        ([(10, "one"), (12, "two")], ["one"]),
        ([(10, "one"), (12, "two", True)], ["one", "two"]),
        ([(20, "one"), (20, "two", False, True)], ["one", "two"]),
        ([(20, "one"), (23, "two", False, True)], ["one"]),
        ([(96, "one")], []),
        ([(99, "one", False, True)], ["one"]),
    ],
)
def test_a_note_that_has_no_room_is_left_out(notes, shown):
    """Two prices would be written over each other, or one cut at the edge."""
    given = [Note(at, text, "", *more) if more else Note(at, text, "", above=False)
             for at, text, *more in notes]  # fmt: skip
    assert [note.text for note in with_room(given, 1.0, 100.0)] == shown
