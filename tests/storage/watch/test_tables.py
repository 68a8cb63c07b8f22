"""What changes several tables at once."""

import pytest

from engram.core.errors import StoreError
from engram.storage.outbox import ALERT, TERMINAL, Outbox, Outgoing
from engram.storage.store import KEPT_SECONDS, Store
from engram.storage.watch.armed import DELIVERED, SUSPENDED, Armed, Place
from engram.storage.watch.tables import WatchTables
from tests.storage.watch.conftest import NOW


def test_a_chat_that_is_gone_is_not_looked_at(tables, arm):
    """Exchanges would be asked for ever for somebody who has blocked the bot."""
    for number, chat in enumerate(["-100", "-100/7", "-1001"]):
        arm(chat=chat, by=f"message/{number}")
    tables.suspend("-100/7")
    assert [one.chat for one in tables.alerts.armed()] == ["-1001"]
    assert [one.chat for one in tables.alerts.of_chat("-100", SUSPENDED)] == ["-100", "-100/7"]


def test_a_change_that_has_to_be_safe_is_an_error_where_it_is_not(tables, store):
    """An alert would count as fired and be lost with the process."""
    store.close()
    with pytest.raises(StoreError):
        tables.write(("UPDATE alerts SET ready = 1",), durable=True)
    tables.write(("UPDATE alerts SET ready = 1",))


def test_a_store_in_memory_does_not_last(tables):
    """Somebody would rely on what is lost with the process."""
    store = Store(None)
    assert not WatchTables(store, Outbox(store)).is_lasting
    assert tables.is_lasting


def test_what_was_delivered_is_kept_for_thirty_days(tables, store, arm):
    """The file would grow for ever, or an alert be forgotten that is armed."""
    fired, armed = arm(), arm(by="message/7/2")
    said = Outgoing("7", ALERT, "BTC", alert=fired.number)
    tables.write(*tables.alerts.firing(fired, 120_000, 101.0, said, NOW), durable=True)
    tables.outbox.sent(tables.outbox.next("7").number, [1], NOW)
    store.trim(NOW + KEPT_SECONDS - 1)
    assert tables.alerts.numbered(fired.number).state == DELIVERED
    assert tables.outbox.text_of(fired.number) == "BTC"
    store.trim(NOW + KEPT_SECONDS + 1)
    assert tables.alerts.numbered(fired.number) is None
    assert tables.outbox.text_of(fired.number) == ""
    assert tables.alerts.armed() == [armed]


def test_a_chat_is_welcome_again_with_what_it_is_told(tables, arm):
    """Somebody who comes back would never hear that nothing is looked at any more."""
    arm(chat="-100/7")
    tables.digests.put_minute("-100", "08:00", NOW)
    tables.digests.put_minute("-1001", "08:00", NOW)
    assert tables.chats() == {"-100/7", "-100", "-1001"}
    assert tables.suspend("-100/7")
    assert tables.suspended_chats() == [-100]
    assert [plan.state for plan in tables.digests.of_chat("-100/9")] == [SUSPENDED]
    tables.welcome("-100", Outgoing("-100", ALERT, "what is suspended"), NOW)
    assert tables.suspended_chats() == []
    assert tables.outbox.next("-100").outgoing.text == "what is suspended"
    assert tables.alerts.armed() == []
    tables.welcome("-1001", None, NOW)
    assert tables.outbox.chats() == ["-100"]


def test_what_waits_for_nobody_is_known(store):
    """An alarm about messages that do not arrive would ring for ever, as somebody has left."""
    owners = []
    tables = WatchTables(store, Outbox(store), lambda: owners)
    for chat in ("1", "-100/7", "-100", TERMINAL, "-1001"):
        tables.outbox.add(Outgoing(chat, ALERT, "BTC"), NOW)
    tables.suspend("-100")
    assert tables.waiting() == (2, 3)
    owners.append(1)
    assert tables.waiting() == (3, 2)
    tables.outbox.sent(1, [5], NOW)
    assert tables.waiting() == (2, 2)
    assert (tables.alerts.count, tables.watched.count) == (0, 0)


def test_the_owner_has_what_was_armed_in_the_terminal(store, arm):
    """The button below an alert of the terminal, which the owner gets, would do nothing."""
    tables = WatchTables(store, Outbox(store), lambda: [7])
    alert = arm(chat="console")
    place = Place("binance", "BTC/USDT", "4h")
    row = {"at": NOW, "signal": "BUY", "since": 1, "judged": 1}
    watched = tables.watched.watch(Armed("console", "w"), place, **row)
    for chat in ("7", "console"):
        assert tables.find(tables.alerts, chat, alert.number) == alert
        assert tables.find(tables.watched, chat, watched.number) == watched
    for chat in ("8", "-7", "70"):
        assert tables.find(tables.alerts, chat, alert.number) is None
        assert tables.find(tables.watched, chat, watched.number) is None
