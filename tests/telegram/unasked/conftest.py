"""What the tests of unasked messages share."""

import pytest

from engram.core.clock import Clock
from engram.core.listener import Listener
from engram.storage.outbox import ALERT, Outbox, Outgoing
from engram.storage.store import Store
from engram.storage.watch.armed import Armed, Place
from engram.storage.watch.tables import WatchTables
from engram.telegram.access import Access
from engram.telegram.sending.bot_api import BotApi
from engram.telegram.sending.egress import Egress
from engram.telegram.unasked.delivery import Delivery
from tests.doubles.telegram import TOKEN

ANN, BEN, GROUP = 51, 52, -100
DAY = 86_400.0
PNG = b"\x89PNG\r\n\x1a\n picture"


class SetClock(Clock):
    """A clock that is set by hand."""

    at = 1_795_339_800.0

    def now(self):
        return self.at


class Heard(Listener):
    """Knows what has arrived."""

    def __init__(self):
        self.kinds = []

    def delivered(self, kind):
        self.kinds.append(kind)


class Unasked:
    """A delivery of its own store, and those who may be told."""

    def __init__(self, telegram, path, owners=(ANN,), allowed=(BEN, GROUP), store=None):
        self.telegram, self.path = telegram, path
        self.store = store or Store(path)
        self.tables = WatchTables(self.store, Outbox(self.store))
        self.outbox, self.clock, self.heard = self.tables.outbox, SetClock(), Heard()
        self.egress = Egress(BotApi(TOKEN, telegram.url), self.store, 30, self.heard)
        self.access = Access(allowed, owners, self.store)
        self.delivery = Delivery(self.egress, self.tables, self.access, self.clock, self.heard)

    def add(self, text="BTC above 100", chat=ANN, kind=ALERT, **more):
        """Have something to be said."""
        self.outbox.add(Outgoing(str(chat), kind, text, **more), self.clock.now())

    def arm(self, chat=ANN, update="message/1"):
        """Arm an alert in the chat."""
        return self.tables.alerts.arm(
            Armed(str(chat), update), Place("binance", "BTC/USDT", "1m"), asked="price > 100",
            condition="price > 100", price=90.0, at=self.clock.now(), since=0, looked=0, ready=True,
        )  # fmt: skip

    def fire(self, alert, text="BTC above 100"):
        """Have the alert fire."""
        said = Outgoing(alert.chat, ALERT, text, alert=alert.number)
        firing = self.tables.alerts.firing(alert, 60_000, 101.0, said, self.clock.now())
        self.tables.write(*firing, durable=True)

    def state(self, number):
        """The state of a row."""
        sql = "SELECT state FROM outbox WHERE number = ?"
        return self.store.value(sql, number, default="")

    def end(self):
        """End as a process that is stopped does."""
        self.delivery.stop()
        self.egress.stop(1)
        self.store.close()


@pytest.fixture
def make(telegram, tmp_path):
    """Make deliveries to the double, in whose chats somebody has written."""
    for chat in (ANN, BEN, GROUP):
        telegram.say(chat, "/start")
    made = []

    def one(**more):
        made.append(Unasked(more.pop("telegram", telegram), tmp_path / "engram.db", **more))
        return made[-1]

    yield one
    for unasked in made:
        unasked.end()
        unasked.egress.api.reconnect()


@pytest.fixture
def unasked(make):
    """A delivery that has begun."""
    made = make()
    made.delivery.start()
    return made


def sent(telegram, method="sendMessage", chat=None):
    """How often that was called."""
    calls = [call for call in telegram.calls if call.method == method]
    return len([call for call in calls if chat in (None, call.chat_id)])
