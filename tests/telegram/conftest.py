"""What the tests of Telegram's side share."""

import pytest

from engram.storage.store import Store
from engram.telegram import groups
from engram.telegram import poll as poll_module
from engram.telegram.access import Access
from engram.telegram.screen import draft_preview
from engram.telegram.sending import turns
from engram.telegram.sending.egress import Egress
from tests.machine_speed import ends
from tests.telegram.bench import GROUP, OWNER, Bench, Model, Running


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


@pytest.fixture
def bench(telegram):
    """Make a bench with a model, or with the steps that its model takes."""
    made = []

    def make(*steps, model=None, exchange=None):
        made.append(Bench(telegram, model or Model(*steps), exchange))
        return made[-1]

    yield make
    for one in made:
        one.egress.api.reconnect()


@pytest.fixture
def run(telegram, monkeypatch):
    """Start a bot that OWNER and GROUP may speak to."""
    monkeypatch.setattr(poll_module, "LONGEST_WAIT", 0.01)
    started = []

    def start(*responders, access=None, store=None, exchange=None, before=lambda _made: None):
        store = store or Store(None)
        access = access or Access([OWNER, GROUP], [OWNER], store)
        started.append(Running(telegram, access, store, exchange, *responders, before=before))
        return started[-1]

    yield start
    for one in started:
        one.bot.stop()
    telegram.stop()
    for one in started:
        assert ends(one.thread, 5)
        one.bot._egress.api.reconnect()
