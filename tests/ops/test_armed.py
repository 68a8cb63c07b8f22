"""What the owner reads of what is armed."""

import pytest

from engram.ops.armed import armed, left_out
from engram.storage.outbox import Outbox
from engram.storage.store import Store
from engram.storage.watch.armed import Armed, Place
from engram.storage.watch.tables import WatchTables

NOW = 1_795_339_800.0


@pytest.fixture
def tables():
    """Two alerts on Binance and one on Kraken, a watched market on Kraken."""
    store = Store(None)
    made = WatchTables(store, Outbox(store))
    for number, exchange in enumerate(("binance", "binance", "kraken")):
        made.alerts.arm(
            Armed("7", f"message/{number}"), Place(exchange, "BTC/USDT", "1m"), asked="price > 100",
            condition="price > 100", price=90.0, at=NOW, since=0, looked=0, ready=True,
        )  # fmt: skip
    place = Place("kraken", "BTC/USDT", "4h")
    made.watched.watch(Armed("7", "message/9"), place, at=NOW, signal="BUY", since=0, judged=0)
    return made


def test_what_is_armed_is_counted(tables):
    """The owner of a new machine could not tell whether the alerts came along."""
    assert armed(tables) == "🔔 Watching: 3 alerts and 1 watched market"
    store = Store(None)
    assert armed(WatchTables(store, Outbox(store))) == "🔔 Watching: nothing is armed"


@pytest.mark.parametrize(
    ("exchanges", "found"),
    [
        (("kraken", "binance"), []),
        (("binance",), ["1 alert and 1 watched market on kraken"]),
        ((), ["2 alerts on binance", "1 alert and 1 watched market on kraken"]),
    ],
)
def test_what_an_edit_of_the_exchanges_leaves_out_is_named(tables, exchanges, found):
    """Alerts of others would wait for ever because the owner has tidied up config.ini."""
    lines = list(left_out(tables, exchanges))
    assert [line.split(": ")[1].split(" cannot")[0] for line in lines] == found
