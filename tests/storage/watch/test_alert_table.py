"""Alerts in their states."""

import sqlite3
from contextlib import closing

import pytest

from engram.core.errors import StoreError
from engram.storage.outbox import ALERT, Outbox, Outgoing
from engram.storage.store import Store
from engram.storage.watch.armed import DELIVERED, DISARMED, FIRED
from engram.storage.watch.tables import WatchTables
from tests.storage.watch.conftest import NOW

SAID = Outgoing("7", ALERT, "BTC/USDT is above 100", alert=1)


def test_an_alert_outlives_the_process(tables, store, arm, tmp_path):
    """Everything that is armed would be gone after a restart."""
    alert = arm()
    store.close()
    again = Store(tmp_path / "engram.db")
    assert WatchTables(again, Outbox(again)).alerts.armed() == [alert]
    again.close()


def test_the_same_update_arms_once(tables, arm):
    """A crash between arming and answering would arm it twice."""
    first = arm()
    assert arm() == first == tables.alerts.by_update("message/7/1")
    assert tables.alerts.armed() == [first]


def test_an_edit_arms_another_one_instead(tables, arm):
    """Who corrects the level of an alert would get both."""
    first = arm()
    old = [one.number for one in tables.alerts.of_message("7", 1)]
    second = arm(by="message/7/1/2", condition="price > 200", instead_of=old)
    assert tables.alerts.armed() == tables.alerts.of_message("7", 1) == [second]
    assert tables.alerts.numbered(first.number).state == DISARMED


def test_an_alert_fires_once_whoever_looks(tables, arm):
    """A bot and a terminal that look in the same minute would both tell it."""
    alert = arm()
    for price in (101.0, 102.0):
        tables.write(*tables.alerts.firing(alert, 120_000, price, SAID, NOW), durable=True)
    fired = tables.alerts.numbered(alert.number)
    assert (fired.state, fired.fired_candle, fired.fired_price) == (FIRED, 120_000, 101.0)
    assert tables.outbox.depth == 1
    assert tables.outbox.arrived.is_set()


def test_it_is_delivered_with_its_message(tables, arm):
    """An alert would count as delivered that nobody has seen."""
    alert = arm()
    tables.write(*tables.alerts.firing(alert, 120_000, 101.0, SAID, NOW), durable=True)
    tables.outbox.sent(tables.outbox.next("7").number, [12], NOW + 5)
    assert tables.alerts.numbered(alert.number).state == DELIVERED
    assert [one.number for one in tables.alerts.fired_since("7", NOW)] == [alert.number]
    assert tables.alerts.fired_since("7", NOW + 5) == []


def test_what_is_disarmed_never_fires(tables, arm):
    """Somebody would be woken by what they have taken back."""
    alert = arm()
    assert tables.alerts.disarm(alert, NOW)
    assert not tables.alerts.disarm(alert, NOW)
    tables.write(*tables.alerts.firing(alert, 120_000, 101.0, SAID, NOW), durable=True)
    assert tables.outbox.depth == 0


def test_looks_are_noted_and_never_go_back(tables, arm):
    """Minutes would be judged twice, or be left out."""
    alerts = [arm(by=f"message/7/{number}") for number in range(3)]
    for candle in (180_000, 120_000):
        tables.write(tables.alerts.looked(alerts[:2], candle, NOW + 60))
    rows = [(one.looked, one.looked_at) for one in tables.alerts.armed()]
    assert rows == [(180_000, NOW + 60), (180_000, NOW + 60), (60_000, NOW)]


def test_it_becomes_ready_once_its_condition_was_false(tables, arm):
    """What was armed anew would fire at once again."""
    alert = arm(ready=False)
    tables.write(tables.alerts.becoming_ready(alert, 240_000))
    (now,) = tables.alerts.armed()
    assert (now.ready, now.since) == (1, 240_000)


def test_a_chat_has_the_alerts_of_all_its_topics(tables, arm):
    """A group could arm fifty alerts in each of its topics."""
    for number, chat in enumerate(["-100", "-100/7", "-100/8", "-1001"]):
        arm(chat=chat, by=f"message/{number}")
    assert [one.chat for one in tables.alerts.of_chat("-100/7")] == ["-100", "-100/7", "-100/8"]


def test_alerts_move_along_with_their_group(tables, store, arm):
    """A group that became a supergroup would lose what it has armed."""
    arm(chat="-77/3")
    store.moves.move(-77, -1001234567890)
    (alert,) = tables.alerts.of_chat("-77")
    assert (alert.chat, alert.message) == ("-1001234567890/3", -1)


def test_what_cannot_be_armed_is_an_error(arm, store):
    """Somebody would rely on an alert that is lost with the process."""
    store.close()
    with pytest.raises(StoreError):
        arm()


def test_a_damaged_row_costs_that_alert_alone(tables, store, arm, tmp_path):
    """One damaged row would end all watching."""
    arm()
    whole = arm(by="message/7/2")
    with closing(sqlite3.connect(tmp_path / "engram.db")) as db, db:
        db.execute("UPDATE alerts SET since = 'x' WHERE number = 1")
    assert tables.alerts.armed() == [whole]
