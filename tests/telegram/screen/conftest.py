"""What the screen's tests share."""

from engram.telegram.incoming import Incoming
from engram.telegram.job import Job


class Inbox:
    """Notes the steps that it is told of."""

    def __init__(self):
        self.steps = []

    def shown(self, _update_id, _panel, _messages):
        self.steps.append("shown")

    def note(self, _update_ids, _reply):
        self.steps.append("note")

    def sending(self, _update_id):
        self.steps.append("sending")


def a_job(chat, message_id=1, topic=None, **on_screen):
    """A message of `chat` that is to be answered."""
    incoming = Incoming(1, chat, message_id, "hi", is_group=chat < 0, topic=topic)
    return Job(incoming, Inbox(), received=0, **on_screen)
