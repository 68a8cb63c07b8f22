"""What is watched, as Prometheus sees it."""

import pytest

from engram.config.load import load
from engram.ops.gauges import watch_gauges
from engram.storage.outbox import ALERT, Outgoing
from engram.storage.watch.armed import Armed, Place
from engram.wiring import Engram

NOW = 1_795_339_800.0


@pytest.fixture
def engram(tmp_path):
    """With a store of its own, and no exchange."""
    (tmp_path / "config.ini").write_text("[market]\nexchange =\n")
    made = Engram(load(tmp_path / "config.ini"))
    yield made
    made.store.close()


@pytest.fixture
def values(engram):
    """Looks up all gauges."""
    return lambda: {one.name: one.values() for one in watch_gauges(engram.tables, engram.watching)}


def test_what_is_armed_and_waits_is_counted(engram, values):
    """The owner would see neither that alerts are armed nor that nothing of them arrives."""
    tables, place = engram.tables, Place("binance", "BTC/USDT", "1m")
    row = {"asked": "price > 9", "condition": "price > 9", "price": 8.0, "at": NOW}
    for number in range(2):
        by = Armed("7", f"message/{number}")
        tables.alerts.arm(by, place, **row, since=60_000, looked=60_000, ready=True)
    four_hours = Place("binance", "BTC/USDT", "4h")
    tables.watched.watch(Armed("7", "x"), four_hours, at=NOW, signal="BUY", since=1, judged=1)
    for chat in ("7", "7", "8"):
        tables.outbox.add(Outgoing(chat, ALERT, "BTC"), NOW)
    tables.suspend("8")
    found = values()
    assert (found["alerts_armed"], found["markets_watched"]) == ({(): 2}, {(): 1})
    assert found["outbox_messages"] == {("sending",): 2, ("suspended",): 1}


def test_who_has_not_looked_yet_has_no_age(values):
    """An alarm would ring at each start."""
    assert values()["last_look_age_seconds"] == {}
    assert values()["look_round_seconds"] == {(): 0.0}
