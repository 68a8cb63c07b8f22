"""The list of what is armed."""

import time

import pytest

from engram.storage.outbox import NOTICE, Outgoing
from engram.storage.watch.armed import Armed
from engram.storage.watch.away_table import Away
from engram.telegram.incoming import TEXT_LIMIT
from engram.watch.arming.list_texts import NOTHING_ARMED
from engram.watch.texts import DAMAGED
from tests.watch.arming.desk_stand import Stand

SAID = Outgoing("7", NOTICE, "away")


@pytest.fixture
def stand(exchange, tmp_path):
    return Stand.at(exchange, tmp_path / "engram.db")


def commands(reply):
    return [one.command for row in reply.buttons for one in row]


def test_each_alert_has_its_price_its_distance_and_a_cross(stand):
    """A person could not tell which of their alerts is near."""
    stand.arm("price > 100", message=1, name="Ann")
    stand.arm("rsi < 1", message=2)
    stand.latest.note("binance", "BTC/USDT", 80.0, time.time())
    reply = stand.desk.list.page("7")
    assert reply.text.startswith("🔔 2 alerts armed\nlast look 0 s ago")
    assert "#1 BTC/USDT rises above 100.00\n" in reply.text
    assert "now 80.00 · +25.00 % to go · Binance · by Ann" in reply.text
    assert "#2 the RSI of BTC/USDT (4h) falls below 1\n" in reply.text
    assert commands(reply) == ["/disarm 1 1", "/disarm 2 1"]


@pytest.mark.parametrize("condition", ["nonsense", "price nonsense"])
def test_a_damaged_alert_hides_no_other_and_can_be_ended(stand, condition):
    """One damaged row would end /alerts in a chat, and nobody could take it back."""
    stand.arm("price > 100")
    stand.arm("price > 110", message=2)
    stand.tables.write(
        ("UPDATE alerts SET condition = ?, asked = ? WHERE number = 2", *[condition] * 2)
    )
    stand.latest.note("binance", "BTC/USDT", 80.0, time.time())
    reply = stand.desk.list.page("7")
    assert "#1 BTC/USDT rises above 100.00\n" in reply.text
    assert f"#2 BTC/USDT: {condition}\n" in reply.text
    assert stand.desk.alerts.disarm("7", 2).is_done
    assert stand.desk.alerts.again(Armed("7", "press"), 2).text == DAMAGED


def test_what_is_true_already_has_no_distance(stand):
    """A person would read of a way to go that the price has gone already."""
    stand.arm("price > 100")
    stand.tables.write(("UPDATE alerts SET ready = 0",))
    stand.latest.note("binance", "BTC/USDT", 110.0, time.time())
    text = stand.desk.list.page("7").text
    assert "now 110.00 · fires at the next crossing · Binance" in text


def test_nothing_is_asked_for_it(stand):
    """An exchange that hangs would hold up the list."""
    stand.arm("price > 100")
    asked = stand.exchange.count("klines")
    stand.exchange.fail("klines", "hang", times=None)
    assert "now 90.00" in stand.desk.list.page("7").text
    assert stand.exchange.count("klines") == asked


def test_where_nothing_is_armed_it_says_how(stand):
    """A person would get an empty message."""
    reply = stand.desk.list.page("7")
    assert (reply.text, reply.buttons) == (NOTHING_ARMED, ())


def test_fifty_alerts_are_turned_by_pages(stand):
    """A list that needs several messages could not be edited in place, or would be refused."""
    for number in range(50):
        stand.arm(f"price > {100 + number}", message=number + 1, name="N" * 32)
    seen = []
    for page in range(1, 6):
        reply = stand.desk.list.page("7", page)
        assert len(reply.text.encode("utf-16-le")) / 2 < TEXT_LIMIT
        assert f"50 alerts armed, page {page} of 5" in reply.text
        seen += [one for one in commands(reply) if one.startswith("/disarm")]
        turns = [one for one in commands(reply) if one.startswith("/alerts")]
        assert turns == [f"/alerts {one}" for one in (page - 1, page + 1) if 1 <= one <= 5]
    assert seen == [f"/disarm {number + 1} {number // 10 + 1}" for number in range(50)]
    whole = stand.desk.list.page("7", is_whole=True)
    assert whole.text.count("to go") == 50
    # A terminal has no buttons.
    assert whole.text.endswith("/disarm 1 takes #1 back.")


@pytest.mark.parametrize(("asked", "shown"), [(0, 1), (-3, 1), (2, 2), (3, 2), (999, 2)])
def test_a_page_that_is_not_there_is_another_one(stand, asked, shown):
    """Who disarms the last alert of the last page would read that there are none."""
    for number in range(11):
        stand.arm(f"price > {100 + number}", message=number + 1)
    assert f"page {shown} of 2" in stand.desk.list.page("7", asked).text


def test_those_of_other_topics_come_last(stand):
    """A chat could not find what fills it up, or would mistake it for its own."""
    stand.arm("price > 100", chat="7/3", message=1)
    stand.arm("price > 110", chat="7", message=2)
    text = stand.desk.list.page("7").text
    assert text.index("110.00") < text.index("100.00")
    assert text.count("in another topic") == 1
    assert stand.desk.list.page("8").text == NOTHING_ARMED


@pytest.mark.parametrize("symbol", ["", "BTC/USDT"])
def test_what_cannot_be_watched_has_the_reason(stand, symbol):
    """A person would rely on an alert that nobody can look at."""
    stand.arm("price > 100")
    away = Away("7", "binance", symbol, "could not be reached", time.time())
    stand.tables.write(*stand.tables.away.gone(away, SAID))
    text = stand.desk.list.page("7").text
    assert "⚠️ cannot be watched: Binance could not be reached" in text
    assert "last look" not in text
    other = Away("7", "binance", "SOL/USDT", "delisted", time.time())
    stand.tables.write(*stand.tables.away.gone(other, SAID))
    assert "delisted" not in stand.desk.list.page("7").text


def test_old_looks_and_late_rounds_are_pointed_out(stand):
    """A person would take an old price for the latest."""
    stand.arm("price > 100")
    stand.latest.round_took = 95.0
    sql = "UPDATE alerts SET looked_at = looked_at - 3600"
    stand.tables.write((sql,))
    text = stand.desk.list.page("7").text
    assert "⚠️ last look 1 h ago" in text
    assert "⚠️ Rounds are late: one takes 1 min 35 s now" in text


def test_a_closed_candle_is_looked_at_when_it_closes(stand):
    """A list of indicators would say for hours that nobody looks."""
    stand.arm("rsi < 1", frame="4h")
    sql = "UPDATE alerts SET looked_at = looked_at - 3600 * ?"
    stand.tables.write((sql, 3))
    assert "\nlast look 3 h ago" in stand.desk.list.page("7").text
    stand.arm("price > 100", message=2)
    assert "\nlast look 0 s ago" in stand.desk.list.page("7").text
    stand.tables.write((sql, 2))
    assert "⚠️ last look 2 h ago" in stand.desk.list.page("7").text


def test_what_is_suspended_is_said_with_a_button(stand):
    """A person would wait for alerts that nobody looks at."""
    stand.arm("price > 100")
    stand.tables.suspend("7")
    reply = stand.desk.list.page("7")
    assert NOTHING_ARMED in reply.text
    assert "⏸ Suspended, because I could not reach this chat: 1 alert." in reply.text
    assert commands(reply) == ["/resume"]
