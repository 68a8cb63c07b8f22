"""Colours that can be told from the ground, and what rises from what falls."""

import pytest

from engram.market.charts import style

TEXTS = ("TEXT", "FAINT", "FAN", "EMA20", "EMA50", "EMA200", "BAND", "UP", "DOWN")


def luminance(colour):
    """How bright a colour is, from 0 to 1, by WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return sum(share * one for share, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_written_can_be_read(name):
    """On a phone in the sun a legend would be a dark stain."""
    bright, ground = luminance(getattr(style, name)), luminance(style.GROUND)
    assert (bright + 0.05) / (ground + 0.05) >= 4.5


def test_each_line_has_a_colour_of_its_own():
    """The legend would give two averages one name."""
    lines = [style.EMA20, style.EMA50, style.EMA200, style.BAND, style.FAN]
    assert len({*lines, style.UP, style.DOWN, style.TEXT}) == len(lines) + 3
    markers = {marker for marker, _ in style.MARKS.values()}
    assert len(markers) == 3
