"""Tables in a file, and what is armed in them."""

import pytest

from engram.storage.outbox import Outbox
from engram.storage.watch.armed import Armed, Place
from engram.storage.watch.tables import WatchTables

NOW = 1_795_339_800.0
PLACE = Place("binance", "BTC/USDT", "1m")


@pytest.fixture
def tables(store):
    return WatchTables(store, Outbox(store))


@pytest.fixture
def arm(tables):
    """Arms an alert of a chat by the update of that name."""

    def armed(chat="7", by="message/7/1", message=1, **more):
        row = {"asked": "price > 100", "condition": "price > 100", "price": 90.0, "at": NOW}
        row |= {"since": 60_000, "looked": 60_000, "ready": True, **more}
        return tables.alerts.arm(Armed(chat, by, message, 5, "Ann"), PLACE, **row)

    return armed
