"""Arming alerts, and taking them back."""

import sqlite3
from contextlib import closing
from threading import Barrier, Thread

import pytest

from engram.market.symbols import Request
from engram.storage.outbox import ALERT, Outgoing
from engram.storage.watch.armed import DISARMED, Armed
from engram.watch.conditions import Condition
from engram.watch.texts import IN_MEMORY, MOST_ALERTS, NO_ALERT, NOT_CHANGED, UNWRITTEN
from tests.watch.arming.desk_stand import Stand, set_price


@pytest.fixture
def stand(exchange, tmp_path):
    return Stand.at(exchange, tmp_path / "engram.db")


def fire(stand, number, text="🔔 It is above"):
    """Have an alert fire, as a look does."""
    alert = stand.tables.alerts.numbered(number)
    said = Outgoing(alert.chat, ALERT, text, alert=number)
    stand.tables.write(*stand.tables.alerts.firing(alert, 60_000, 101.0, said, 5.0), durable=True)


def test_the_reply_says_what_was_understood(stand):
    """A person would trust an alert that waits for something else."""
    reply = stand.arm("price > 100")
    assert "BTC/USDT rises above 100.00" in reply.text
    assert "90.00 on Binance: +11.11 % to go" in reply.text
    ((cross,),) = reply.buttons
    assert (cross.label, cross.command) == ("✖", "/disarm 1")


def test_it_begins_with_the_newest_minute_of_the_exchange(stand):
    """What was traded before it was armed would fire it."""
    stand.arm("price > 100")
    (alert,) = stand.tables.alerts.armed()
    newest = stand.exchange.series["BTC/USDT", "1m"][-1][0]
    assert (alert.since, alert.looked, alert.ready) == (newest, newest, 1)
    assert (alert.exchange, alert.timeframe, alert.price) == ("binance", "1m", 90.0)


@pytest.mark.parametrize(
    ("condition", "level", "words"),
    [
        ("price moves +5%", "price > 94.5", "rises above 94.50 (+5 % from 90.00)"),
        ("price moves -2.5%", "price < 87.75", "falls below 87.75 (-2.5 % from 90.00)"),
        ("price crosses 100", "price > 100", "rises above 100.00"),
        ("price crosses 80", "price < 80", "falls below 80.00"),
        ("price crosses 90", "price > 90", "rises above 90.00"),
    ],
)
def test_what_is_asked_for_becomes_a_level(stand, condition, level, words):
    """A percentage would count from whatever price comes later."""
    assert words in stand.arm(condition).text
    assert stand.armed() == [level]


@pytest.mark.parametrize("condition", ["price > 80", "price < 100", "rsi > 1", "signal = {now}"])
def test_what_is_true_already_is_refused_with_the_price(stand, condition):
    """An alert would fire at once, and not when something happens."""
    advice = "ask for what is still to come"
    if "{now}" in condition:
        condition = condition.format(now=signal_now(stand))
        advice = "/alert BTC/USDT 4h signal tells you of the next change"
    text = stand.arm(condition).text
    assert advice in text
    assert "armed nothing" in text
    assert "90.00 on Binance" in text
    assert stand.armed() == []


def signal_now(stand):
    """The signal of the market at its last close."""
    return stand.desk.alerts.market(Request("BTC", "USDT", "4h")).signal()[0]


@pytest.mark.parametrize(
    "condition",
    ["rsi < 1", "adx > 99", "macd > 1000", "volume > 900", "close > ema50", "signal changes"],
)
def test_an_indicator_is_judged_from_the_last_closed_candle_on(stand, condition):
    """A candle that is still open, or one before it was armed, would fire it."""
    reply = stand.arm(condition)
    if "already" in reply.text:
        reply = stand.arm(condition.replace(">", "<"))
    (alert,) = stand.tables.alerts.armed()
    last_closed = stand.exchange.rows("BTC/USDT", "4h")[-2][0]
    assert (alert.since, alert.looked, alert.timeframe) == (last_closed, last_closed, "4h")
    assert "whenever a 4h candle closes" in reply.text


def test_the_same_twice_is_armed_once(stand):
    """A chat would be told everything twice."""
    first = stand.arm("price > 100")
    again = stand.arm("price > 100", message=2)
    assert "Already armed" in again.text
    assert again.buttons == first.buttons
    assert stand.armed() == ["price > 100"]
    assert "🔔 Armed" in stand.arm("price > 100", chat="7/3").text


def test_at_the_same_moment_the_same_is_armed_once(stand):
    """Two people who want the same would get it twice."""
    both = Barrier(8)

    def arm():
        both.wait()
        stand.arm("price > 100")

    threads = [Thread(target=arm) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert stand.armed() == ["price > 100"]


def test_the_same_update_gives_the_same_reply(stand):
    """After a crash a person would read that their own alert was there already."""
    first = stand.arm("price moves +5%", by="message/7/1")
    set_price(stand.exchange, 200.0)
    assert stand.arm("price moves +5%", by="message/7/1") == first
    stand.exchange.fail("klines", "503", times=None)
    assert stand.arm("price moves +5%", by="message/7/1") == first


def test_an_edit_arms_the_other_one_instead(stand):
    """Who corrects a level would get both alerts."""
    stand.arm("price > 100", by="message/7/1")
    reply = stand.arm("price > 110", by="edited_message/7/1/5")
    assert "Disarmed instead: BTC/USDT rises above 100.00" in reply.text
    assert stand.armed() == ["price > 110"]
    assert stand.arm("price > 110", by="edited_message/7/1/5") == reply


def test_what_somebody_took_back_was_not_replaced(stand):
    """A person would read that an edit disarmed what they had disarmed themselves."""
    stand.arm("price > 100", by="message/7/1")
    stand.desk.alerts.disarm("7", 1)
    assert "Disarmed" not in stand.arm("price > 110", by="edited_message/7/1/5").text


@pytest.mark.parametrize("condition", ["price > 80", "rsi > 1"])
def test_an_edit_that_cannot_be_armed_leaves_the_first_one(stand, condition):
    """A slip would cost an alert, and nobody would say so."""
    stand.arm("price > 100", by="message/7/1")
    reply = stand.arm(condition, by="edited_message/7/1/5")
    assert "stays armed: BTC/USDT rises above 100.00" in reply.text
    assert stand.armed() == ["price > 100"]


def test_an_edit_into_what_another_message_armed_leaves_one(stand):
    """The first one would fire for a message that asks for it no more."""
    stand.arm("price > 100", message=1)
    stand.arm("price > 110", message=2)
    assert "Already armed" in stand.arm("price > 110", message=1).text
    assert stand.armed() == ["price > 110"]


def test_without_a_price_nothing_is_armed(stand):
    """An alert would begin nobody knows where."""
    stand.exchange.fail("klines", "451", times=None)
    text = stand.arm("price > 100").text
    assert "no current price" in text
    assert "Send it again" in text
    assert "Binance refused requests from here" in text
    assert stand.armed() == []


def test_without_a_lasting_store_nothing_is_armed(exchange):
    """An alert would be gone after the next restart."""
    stand = Stand.at(exchange, None)
    assert stand.arm("price > 100").text == IN_MEMORY.format(did="armed")
    assert stand.armed() == []


def test_what_cannot_be_written_is_not_armed_or_disarmed(stand, tmp_path):
    """A person would wait for an alert that nobody keeps."""
    stand.arm("price > 100")
    with closing(sqlite3.connect(tmp_path / "engram.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert stand.arm("price > 110", message=2).text == UNWRITTEN.format(did="armed")
        assert stand.desk.alerts.disarm("7", 1).text == NOT_CHANGED
        other.execute("ROLLBACK")
    # Nor is it later, once the file is free: somebody has read that it is not.
    assert "Armed" in stand.arm("price > 120", message=3).text
    assert stand.armed() == ["price > 100", "price > 120"]


def test_a_chat_has_fifty_alerts_in_all_its_topics(stand):
    """One chat could have the exchange asked without end."""
    for number in range(MOST_ALERTS):
        stand.arm(f"price > {100 + number}", chat=f"7/{number % 3}", message=number + 1)
    reply = stand.arm("price > 1000", chat="7/9", message=99)
    assert f"there are {MOST_ALERTS}" in reply.text
    assert not reply.buttons
    # An edit is no other one, and what is there already is not too much.
    assert "Armed" in stand.arm("price > 1000", chat="7/0", message=1).text
    assert "Already armed" in stand.arm("price > 1000", chat="7/0", message=98).text
    assert "Armed" in stand.arm("price > 1000", chat="8").text


def test_a_disarmed_alert_says_so_whoever_asks_again(stand):
    """A second press would say that there was never such an alert."""
    stand.arm("price > 100")
    reply = stand.desk.alerts.disarm("7/3", 1)
    assert reply.text == "✖ Disarmed: BTC/USDT rises above 100.00."
    assert not reply.buttons
    assert stand.desk.alerts.disarm("7", 1).text == reply.text
    assert stand.armed() == []


def test_nobody_ends_what_another_chat_armed(stand):
    """A number that somebody guessed would disarm the alerts of strangers."""
    stand.arm("price > 100")
    for chat in ("8", "77", "70/7", "-7"):
        assert stand.desk.alerts.disarm(chat, 1).text == NO_ALERT
        assert stand.desk.alerts.again(Armed(chat, chat), 1).text == NO_ALERT
        assert stand.desk.alerts.numbered(chat, 1) is None
    assert stand.armed() == ["price > 100"]


def test_a_fired_alert_keeps_its_words_without_buttons(stand):
    """✖ would wipe out what it told."""
    stand.arm("price > 100")
    fire(stand, 1)
    reply = stand.desk.alerts.disarm("7", 1, is_told=True)
    assert (reply.text, reply.buttons) == ("🔔 It is above", ())


def test_a_price_needs_no_candles_of_the_default_timeframe(stand):
    """On an exchange without four-hour candles no price could be waited for."""
    by, asked = Armed("7", "update", 1), Condition("price", ">", 100.0)
    request = Request("BTC", "USDT", "10m")
    reply = stand.desk.alerts.arm(by, request, asked, is_default=False)
    assert "There are no 10m candles" in reply.text
    assert "🔔 Armed" in stand.desk.alerts.arm(by, request, asked, is_default=True).text
    assert [one.timeframe for one in stand.tables.alerts.armed()] == ["1m"]


def test_what_fired_is_on_screen_once(stand):
    """✖ below the reply, pressed as it fires, would show the alert there and once more below."""
    stand.arm("price > 100")
    fire(stand, 1)
    reply = stand.desk.alerts.disarm("7", 1)
    assert (reply.text, reply.buttons) == ("🔔 It has fired: BTC/USDT rises above 100.00.", ())


def test_a_percentage_of_nearly_nothing_is_refused_in_words(stand):
    """A person would be told of an error of the program instead."""
    set_price(stand.exchange, 1e-6)
    assert "no market comes to such a price" in stand.arm("price moves -99.99999999999999%").text
    assert stand.armed() == []


def test_again_waits_for_the_next_crossing(stand):
    """An alert that is armed anew while it is true would be refused, or fire at once."""
    stand.arm("price > 100")
    fire(stand, 1)
    set_price(stand.exchange, 101.0)
    reply = stand.desk.alerts.again(Armed("7", "press/1"), 1)
    assert "it fires at the next crossing" in reply.text
    (alert,) = stand.tables.alerts.armed()
    assert (alert.condition, alert.ready, alert.price) == ("price > 100", 0, 101.0)
    assert reply.buttons[0][0].command == f"/disarm {alert.number}"


def test_a_percentage_counts_from_the_price_when_it_is_armed_anew(stand):
    """5 % up would fire at the old price again."""
    stand.arm("price moves +5%")
    fire(stand, 1)
    set_price(stand.exchange, 200.0)
    assert "210.00 (+5 % from 200.00)" in stand.desk.alerts.again(Armed("7", "press/1"), 1).text
    assert stand.armed() == ["price > 210"]


def test_two_presses_arm_once(stand):
    """A finger that slips would arm two alerts."""
    stand.arm("price moves +5%")
    fire(stand, 1)
    first = stand.desk.alerts.again(Armed("7", "press/1"), 1)
    set_price(stand.exchange, 91.0)
    assert stand.desk.alerts.again(Armed("7", "press/1"), 1) == first
    assert "Already armed" in stand.desk.alerts.again(Armed("7", "press/2"), 1).text
    assert len(stand.armed()) == 1


def test_what_is_armed_needs_no_second_time(stand):
    """An old button would make two of one."""
    stand.arm("price > 100")
    assert "Already armed" in stand.desk.alerts.again(Armed("7", "press/1"), 1).text
    assert stand.armed() == ["price > 100"]


def test_a_suspended_alert_is_armed_anew_once(stand):
    """It would be armed, and suspended as well, so that resuming doubles it."""
    stand.arm("price > 100")
    stand.tables.suspend("7")
    stand.desk.alerts.again(Armed("7", "press/1"), 1)
    assert stand.armed() == ["price > 100"]
    assert stand.tables.alerts.numbered(1).state == DISARMED


def test_again_without_a_price_says_why(stand):
    """A person would think that it waits."""
    stand.arm("price > 100")
    fire(stand, 1)
    stand.exchange.fail("klines", "503", times=None)
    assert "no current price" in stand.desk.alerts.again(Armed("7", "press/1"), 1).text
    assert stand.armed() == []


def test_which_message_has_armed_something(stand):
    """An edit of it would be passed over."""
    stand.arm("price > 100", message=5)
    fire(stand, 1)
    assert stand.desk.alerts.has_armed("7", 5)
    assert not stand.desk.alerts.has_armed("7", 6)
    assert not stand.desk.alerts.has_armed("8", 5)
