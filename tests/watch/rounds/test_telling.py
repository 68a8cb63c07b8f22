"""What was found is told, whatever the store does, and counted."""

import pytest

from engram.core.errors import StoreError
from engram.storage.outbox import NOTICE, WATCH, Outgoing, adding
from engram.watch.rounds.telling import News, Telling
from tests.watch.heard import Heard


@pytest.fixture
def heard():
    """Nothing was heard yet."""
    return Heard()


def _full(*_, **__):
    raise StoreError("the disk is full")


def news(now):
    """The signal of a watched market has changed."""
    said = Outgoing("7", WATCH, "It changed.")
    return News("Watched 1", [adding(said, now)], said, adding(Outgoing("8", NOTICE, "x"), now))


def test_what_is_kept_is_counted(bot, heard):
    """An operator could not see what was found, and compare it with what has arrived."""
    Telling(bot.tables, bot.sent.append, heard).tell([news(bot.clock.now())], [])
    assert (bot.texts(), heard.kinds) == (["It changed."], [WATCH])


def test_what_cannot_be_kept_is_sent_and_counted(bot, heard, monkeypatch):
    """A full disk would keep an alert from being told."""
    telling = Telling(bot.tables, bot.sent.append, heard)
    with monkeypatch.context() as patched:
        patched.setattr(bot.tables, "write", _full)
        telling.tell([news(bot.clock.now())], [])
    assert ([one.text for one in bot.sent], heard.kinds) == (["It changed."], [WATCH])
    assert telling.is_said("Watched 1")
    telling.catch_up()
    assert not telling.is_said("Watched 1")


def test_what_has_not_arrived_is_not_noted(bot, heard, monkeypatch):
    """An alert that waits for Telegram in memory would be lost with the process."""
    waiting = []
    telling = Telling(bot.tables, waiting.append, heard, waiting.__contains__)
    with monkeypatch.context() as patched:
        patched.setattr(bot.tables, "write", _full)
        telling.tell([news(bot.clock.now())], [])
    telling.catch_up()
    assert (telling.is_said("Watched 1"), bot.texts("8")) == (True, [])
    waiting.clear()
    # Also where the bot ends before the next look.
    telling.stop()
    assert (telling.is_said("Watched 1"), bot.texts("8")) == (False, ["x"])


def test_a_bot_that_stops_tells_nothing(bot, heard):
    """The next process would tell it a second time."""
    telling = Telling(bot.tables, bot.sent.append, heard)
    telling.stop()
    telling.tell([news(bot.clock.now())], [])
    assert (bot.texts(), bot.sent, heard.kinds) == ([], [], [])
