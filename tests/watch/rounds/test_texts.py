"""The words of what was found by looks."""

from types import SimpleNamespace

import pytest

from engram.core.text.surrogates import utf16_length
from engram.market.outcomes import Signal
from engram.storage.watch.watched_table import Watched
from engram.telegram.screen.render import CAPTION_LIMIT
from engram.watch.looking.closed import Change, Reading
from engram.watch.rounds import texts
from tests.watch.rounds.conftest import DAY, HOUR

PANEL, BRIEF = "p" * 940, "b" * 700


def changes(count):
    """So many changes, one at each hour."""
    row = SimpleNamespace(close=1.0)
    opened = [int((DAY + at * HOUR) * 1000) for at in range(count)]
    readings = [Reading(at, at + int(HOUR * 1000), row, Signal.BUY) for at in opened]
    return [Change(one, "BUY", "HOLD", one.candle) for one in readings]


def told(count, **more):
    """What is told of so many changes, days later, to somebody far away."""
    about = ("7", "armed", "u", 5, "Ann", "gate", "1000000MOG/USDT", "1h")
    watched = Watched(1, *about, DAY, "HOLD", 0, "", 0, DAY)
    zone = "America/Argentina/Buenos_Aires"
    return texts.changed(
        watched, changes(count), "Gate", zone, DAY + 99 * HOUR, is_away=True, **more
    )


@pytest.mark.parametrize("count", [1, 2, 6, 40])
def test_a_change_is_one_message_below_its_chart(count):
    """The end of the panel, and the buttons, would be in a second message without the chart."""
    assert texts.CAPTION == CAPTION_LIMIT
    text = told(count, panels=(PANEL, BRIEF))
    assert utf16_length(text) <= CAPTION_LIMIT
    assert text.endswith(BRIEF)
    assert text.count("Before: ") == (count > 1)


def test_what_fits_is_told_in_full():
    """Reasons and changes would be missing for which there is room."""
    assert told(1, panels=("p" * 500, "b")).endswith("p" * 500)
    assert told(40).count("BUY from ") == texts.MOST_EARLIER
    assert "Before: 34 earlier ones, BUY from " in told(40)
