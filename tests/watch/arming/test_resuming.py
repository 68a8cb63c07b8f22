"""Arming anew what was suspended."""

import pytest

from engram.market.symbols import Request
from engram.storage.watch.armed import ARMED, SUSPENDED, Armed
from engram.watch.arming import resuming
from engram.watch.texts import NOTHING_SUSPENDED, TOOK_TOO_LONG
from tests.watch.arming.desk_stand import Stand, set_price


@pytest.fixture
def stand(exchange, tmp_path):
    return Stand.at(exchange, tmp_path / "engram.db")


def states(stand):
    return [
        *(one.state for one in stand.tables.alerts.of_chat("7", SUSPENDED)),
        *(one.state for one in stand.tables.watched.of_chat("7", ARMED, SUSPENDED)),
        *(one.state for one in stand.tables.digests.of_chat("7")),
    ]


def test_all_of_it_is_armed_anew_for_who_armed_it(stand):
    """A chat that comes back would have to remember what it had armed."""
    stand.arm("price > 100", message=1, person=5, name="Ann")
    stand.arm("price moves +5%", chat="7/3", message=2)
    watched = Armed("7", "u", person=5, name="Ann")
    stand.desk.watched.watch(watched, Request("BTC", "USDT", "4h"), is_default=False)
    stand.tables.digests.put_minute("7", "08:00", 1.0)
    stand.tables.suspend("7")
    set_price(stand.exchange, 120.0)
    text = stand.desk.resuming.resume("7", "press/1", lambda: False).text
    for what in (
        "above 100.00",
        "above 126.00 (+5 % from 120.00)",
        "BTC/USDT (4h, Binance)",
        "digest at 08:00",
    ):
        assert what in text
    assert states(stand) == ["armed", "on"]
    first, second = stand.tables.alerts.of_chat("7")
    # True already: it waits for the next crossing. A percentage counts from now.
    assert (first.condition, first.ready, first.name) == ("price > 100", 0, "Ann")
    assert (second.condition, second.chat) == ("price > 126", "7/3")
    assert stand.desk.resuming.resume("7", "press/2", lambda: False).text == NOTHING_SUSPENDED


def test_what_cannot_be_armed_stays_suspended(stand):
    """An outage at that moment would cost all alerts."""
    stand.arm("price > 100")
    stand.tables.suspend("7")
    stand.exchange.fail("klines", "451", times=None)
    text = stand.desk.resuming.resume("7", "press/1", lambda: False).text
    assert "Still suspended" in text
    assert "above 100.00" in text
    assert states(stand) == [SUSPENDED]


def test_nobody_waits_for_ever(stand, monkeypatch):
    """Fifty alerts at an exchange that hangs would hold up everything else."""
    stand.arm("price > 100")
    stand.tables.suspend("7")
    monkeypatch.setattr(resuming, "PATIENCE", -1.0)
    assert TOOK_TOO_LONG in stand.desk.resuming.resume("7", "press/1", lambda: False).text


def test_a_market_is_asked_for_once(stand):
    """Fifty alerts on one market would ask its exchange fifty times."""
    for number in range(10):
        stand.arm(f"price > {100 + number}", message=number + 1)
    stand.tables.suspend("7")
    asked = stand.exchange.count("klines")
    stand.desk.resuming.resume("7", "press/1", lambda: False)
    assert stand.exchange.count("klines") == asked + 1


def test_what_is_stopped_stays_suspended(stand):
    """Who stops it would not know how much of it is armed."""
    stand.arm("price > 100")
    stand.tables.suspend("7")
    text = stand.desk.resuming.resume("7", "press/1", lambda: True).text
    assert "Still suspended" in text
    assert states(stand) == [SUSPENDED]
