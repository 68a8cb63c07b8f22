"""What the tests of Telegram's side share."""

import pytest

from engram.telegram import groups, turns
from engram.telegram.egress import Egress
from engram.telegram.screen import draft_preview


class Clock:
    """A clock that is set by hand, in place of the module `time`."""

    now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    """The time of administrators that are known, and of previews."""
    made = Clock()
    for module in (groups, draft_preview):
        monkeypatch.setattr(module, "time", made)
    return made


@pytest.fixture
def rests(monkeypatch):
    """How long (s) was waited after failures: that is over at once, and there is no pace."""
    noted = []

    def rest(_self, seconds):
        noted.append(seconds)
        yield from ()

    monkeypatch.setattr(Egress, "rest", rest)
    monkeypatch.setattr(turns, "PRIVATE_PACE", (1000, 0.001))
    return noted
