"""From a message to its answer on screen, without a process of its own."""

import threading
import time

from engram.chat.mock_ai import MockAIAnalyzer
from engram.chat.rules import RuleBasedFallback
from engram.core.events import Finished
from engram.core.text.surrogates import utf16_length
from engram.core.waits import finished
from engram.storage.conversations import Conversations
from engram.storage.inbox import Arrived, Inbox
from engram.storage.store import Store
from engram.telegram.access import Access
from engram.telegram.groups import Groups
from engram.telegram.incoming import Incoming
from engram.telegram.job import Job
from engram.telegram.jobs import JobRunner
from engram.telegram.poll import Poll
from engram.telegram.presses import Presses
from engram.telegram.sending.bot_api import BotApi
from engram.telegram.sending.egress import Egress
from engram.telegram.updates import read_update
from tests.conftest import make_analyst, make_assistant, make_bot
from tests.doubles.telegram import TOKEN
from tests.machine_speed import within

OWNER = CHAT = 5
STRANGER, GROUP, ANN, BEN = 6, -100, 51, 52


class Model:
    """A model that repeats the question; it yields `steps` before that, or raises them."""

    name, base_url, available = "lmstudio", "", True

    def __init__(self, *steps):
        self.steps = steps
        self.questions = []

    def respond(self, question):
        self.questions.append(question)
        for step in self.steps:
            if isinstance(step, Exception):
                raise step
            yield step
        yield Finished(f"echo {question.text}", self.name)


def pieces(*said):
    """Messages that follow each other, each a text with whatever else is known of it."""
    return [
        Incoming(10 + number, 5, number, text, length=utf16_length(text or ""), **more)
        for number, (text, more) in enumerate(said, 1)
    ]


class Bench:
    """A runner on the double, and the updates that it is to answer.

    `asked` is what the assistant was asked: texts, with all that it was told about each.
    """

    def __init__(self, telegram, model, exchange):
        store = Store(None)
        self.inbox = Inbox(store)
        self.conversations = Conversations(store)
        self.egress = Egress(BotApi(TOKEN, telegram.url), store)
        rules = [MockAIAnalyzer(make_analyst(exchange))] if exchange else []
        rules.append(RuleBasedFallback())
        self.assistant = make_assistant(model, *rules, exchange=exchange, store=store)
        self.asked = []
        self.assistant.reply = self._noted(self.assistant.reply)
        groups = Groups(self.egress, Access([CHAT, GROUP], [CHAT], store))
        self.runner = JobRunner(self.egress, self.assistant, self.conversations, groups, "edit")
        self.presses = Presses(self.egress, self.runner)
        self._poll = Poll(self.egress.api)

    def _noted(self, reply):
        def noted(chat, text, **told):
            self.asked.append((text, told))
            return reply(chat, text, **told)

        return noted

    def take(self):
        """A job for the latest update, which the inbox keeps."""
        update = self._poll.retry(self._poll._fetch)[-1]
        self.inbox.receive([Arrived(update)])
        return Job(
            read_update(update, 123456, "engram_test_bot"), self.inbox, received=time.monotonic()
        )

    def work(self):
        job = self.take()
        finished(self.runner.work(job))
        return job

    def press(self, *, is_queue_full=False):
        job = self.take()
        return job, self.presses.answer(job, is_queue_full=is_queue_full)


class Gate:
    """A responder that holds back its answer until the gate is open."""

    name, base_url, available = "gate", "", True

    def __init__(self):
        self.open = threading.Event()

    def respond(self, question):
        if question.text == "slow":
            within(10, self.open.wait)
        yield Finished(f"echo {question.text}", "mock")


class Running:
    """The bot's poll loop in a thread; `before` it begins something may be done with it."""

    def __init__(self, telegram, access, store, exchange, *responders, before):
        mock = MockAIAnalyzer(make_analyst())
        self.bot = make_bot(
            telegram, *responders, mock, access=access, store=store, exchange=exchange
        )
        before(self)
        self.bot.connect()
        self.thread = threading.Thread(target=self.bot.poll, daemon=True)
        self.thread.start()
