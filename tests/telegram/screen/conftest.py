"""What the screen's tests share."""

import pytest

from engram.core.waits import finished
from engram.storage.store import Store
from engram.telegram.incoming import Incoming
from engram.telegram.job import Job
from engram.telegram.screen.live import LiveMessage
from engram.telegram.screen.painter import Painter
from engram.telegram.sending.bot_api import BotApi
from engram.telegram.sending.egress import Egress
from tests.doubles.telegram import TOKEN


class Inbox:
    """Notes the steps that it is told of."""

    def __init__(self):
        self.steps = []

    def shown(self, _update_id, _panel, _messages):
        self.steps.append("shown")

    def note(self, _update_ids, _reply):
        self.steps.append("note")


def a_job(chat, message_id=1, topic=None, **on_screen):
    """A message of `chat` that is to be answered."""
    incoming = Incoming(1, chat, message_id, "hi", is_group=chat < 0, topic=topic)
    return Job(incoming, Inbox(), received=0, **on_screen)


@pytest.fixture
def egress(telegram):
    """An egress to the double."""
    return Egress(BotApi(TOKEN, telegram.url), Store(None))


def show(egress, job, *events):
    """Show `events` as the answer to `job`; returns what is on screen."""
    live = LiveMessage(egress, Painter(), job, "edit")
    finished(live.show(event for event in events))
    return live
