"""What the tests of Telegram's side share."""

import pytest

from engram.telegram import groups
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
