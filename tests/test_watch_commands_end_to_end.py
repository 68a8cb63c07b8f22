"""Alerts and watched markets as people arm and end them, with `launcher.py` as a process."""

import contextlib
import sqlite3
import time

import pytest

from engram.core.events import Button
from engram.storage.outbox import ALERT, WATCH, Outbox, Outgoing
from engram.storage.store import Store
from engram.storage.watch.tables import WatchTables
from tests.conftest import OWNER, ROOT, clean_environment, launcher_command, wait_until
from tests.doubles.exchange import candles
from tests.doubles.lmstudio import Hang
from tests.doubles.telegram_api import Chat
from tests.machine_speed import completed, exit_code
from tests.talk import answered
from tests.watch.arming.desk_stand import set_market

pytestmark = pytest.mark.unpaced

GROUP = -1001234567890
ANN, BEN, CARL = 51, 52, 53
NEWS, TRADES = 31, 32
ALL = f"allowed_chat_ids = {GROUP}"
BTC = "BTC/USDT rises above"
# Ten seconds after half past nine on 2026-11-22, UTC.
MIDDLE = 1_795_339_810.0


@pytest.fixture(autouse=True)
def prices(exchange, telegram):
    """BTC costs 90, ETH 9; Carl administers the group."""
    set_market(exchange, 90.0, "BTC/USDT")
    set_market(exchange, 9.0, "ETH/USDT")
    telegram.remember(Chat(OWNER, "private"))
    telegram.appoint(GROUP, CARL)


def armed(running):
    """What is armed: the chat and the condition of each alert."""
    with contextlib.closing(sqlite3.connect(running.folder / "engram.db")) as db:
        sql = "SELECT chat, condition FROM alerts WHERE state = 'armed' ORDER BY number"
        return db.execute(sql).fetchall()


def pressed(telegram, chat, shown, label, user_id=None):
    """Press the button with `label` below a message."""
    command = dict(shown.buttons)[label]
    return telegram.press(chat, shown.message_id, command, user_id=user_id)


def replaced(telegram, chat, shown, part):
    """Wait until the message has another text, which has `part`."""
    found = telegram.wait_for(
        lambda: [
            one
            for one in telegram.screen(chat)
            if one.message_id == shown.message_id and part in (one.text or "")
        ]
    )
    return found[0]


def test_an_alert_is_armed_listed_and_disarmed_while_the_model_hangs(
    bot, telegram, lmstudio, market
):
    """A person who waits for a model could neither arm nor see an alert."""
    lmstudio.behave(Hang())
    running = bot(after=market)
    telegram.say(OWNER, "hello")
    telegram.wait_for(lambda: lmstudio.chats)
    first = telegram.answer_to(OWNER, "/alert BTC > 100", "🔔 Armed")
    assert "90.00 on Binance: +11.11 % to go" in first.text
    assert first.buttons == [("✖", "/disarm 1")]
    told = telegram.answer_to(OWNER, "tell me when eth drops 5%", "🔔 Armed")
    assert "ETH/USDT falls below 8.55 (-5 % from 9.00)" in told.text
    listed = telegram.answer_to(OWNER, "/alerts", "🔔 2 alerts armed")
    pressed(telegram, OWNER, listed, "✖ 1")
    left = replaced(telegram, OWNER, listed, "🔔 1 alert armed")
    assert [label for label, _ in left.buttons] == ["✖ 2"]
    pressed(telegram, OWNER, told, "✖")
    gone = replaced(telegram, OWNER, told, "✖ Disarmed: ETH/USDT falls below 8.55")
    assert gone.buttons == []
    assert armed(running) == []
    # A press on what another press has ended says the same.
    pressed(telegram, OWNER, first, "✖")
    assert replaced(telegram, OWNER, first, "✖ Disarmed").buttons == []


def test_fifty_alerts_are_turned_by_pages_in_one_message(bot, telegram, market):
    """A list of several messages would be torn apart by the first press."""
    running = bot(after=market)
    for number in range(12):
        telegram.answer_to(OWNER, f"/alert BTC > {100 + number}", f"{BTC} {100 + number}.00")
    listed = telegram.answer_to(OWNER, "/alerts", "12 alerts armed, page 1 of 2")
    pressed(telegram, OWNER, listed, "▶")
    second = replaced(telegram, OWNER, listed, "page 2 of 2")
    assert [label for label, _ in second.buttons] == ["✖ 11", "✖ 12", "◀"]
    pressed(telegram, OWNER, second, "✖ 11")
    replaced(telegram, OWNER, listed, "11 alerts armed, page 2 of 2")
    pressed(telegram, OWNER, second, "✖ 12")
    replaced(telegram, OWNER, listed, "🔔 10 alerts armed\n")
    assert len(armed(running)) == 10


@pytest.mark.covered
def test_an_edit_arms_the_other_one_instead_at_any_time(bot, telegram, market):
    """Who corrects a level would be told of both, or of the wrong one."""
    running = bot(after=market)
    said = telegram.say(OWNER, "/alert BTC > 100")
    telegram.wait_for_text(OWNER, f"{BTC} 100.00")
    telegram.answer_to(OWNER, "/alert ETH > 10", "🔔 Armed")
    telegram.edit_said(OWNER, said, "/alert BTC > 110")
    shown = telegram.wait_for_text(OWNER, f"{BTC} 110.00")
    assert f"Disarmed instead: {BTC} 100.00" in shown.text
    telegram.edit_said(OWNER, said, "/alert BTC > 80")
    shown = telegram.wait_for_text(OWNER, "armed nothing, because that is so already")
    assert f"stays armed: {BTC} 110.00" in shown.text
    assert armed(running) == [(str(OWNER), "price > 10"), (str(OWNER), "price > 110")]


def test_an_edit_mends_what_was_not_understood(bot, telegram, market):
    """A slip of the finger could only be mended by writing it all again."""
    running = bot(after=market)
    said = telegram.say(OWNER, "/alert BTC 100")
    telegram.wait_for(lambda: telegram.screen(OWNER))
    telegram.answer_to(OWNER, "/alert ETH > 10", "🔔 Armed")
    telegram.edit_said(OWNER, said, "/alert BTC > 100")
    telegram.wait_for_text(OWNER, f"{BTC} 100.00")
    assert (str(OWNER), "price > 100") in armed(running)


def test_what_was_armed_before_a_crash_is_answered_once(bot, telegram, market):
    """Between arming and answering a crash would arm it twice, or leave it without a word."""
    telegram.fail_raw("sendMessage", "hang")
    running = bot(after=market)
    telegram.say(OWNER, "/alert BTC +5%")
    wait_until(lambda: armed(running), 30)
    running.process.kill()
    exit_code(running.process, 10)
    running.start()
    shown = telegram.wait_for_text(OWNER, f"{BTC} 94.50 (+5 % from 90.00)")
    assert shown.text.startswith("🔔 Armed")
    assert shown.buttons == [("✖", "/disarm 1")]
    telegram.answer_to(OWNER, "/alerts", "🔔 1 alert armed")
    assert sum("🔔 Armed" in one for one in telegram.texts(OWNER)) == 1


def test_in_a_group_alerts_belong_to_the_topic_and_say_who_armed_them(bot, telegram, market):
    """A group would not know whose alert it reads, and could take away each other's."""
    running = bot(after=market, telegram_keys=ALL)
    telegram.say(GROUP, "/alert BTC > 100", user_id=ANN, first_name="Ann", thread_id=TRADES)
    shown = telegram.wait_for_text(GROUP, "Ann: 🔔 Armed")
    assert shown.thread_id == TRADES
    assert armed(running) == [(f"{GROUP}/{TRADES}", "price > 100")]
    telegram.say(GROUP, "/alerts", user_id=BEN, first_name="Ben", thread_id=NEWS)
    listed = telegram.wait_for_text(GROUP, "1 alert armed")
    assert "by Ann · in another topic" in listed.text
    for shown_in in (shown, listed):
        label = shown_in.buttons[0][0]
        said = answered(telegram, pressed(telegram, GROUP, shown_in, label, BEN))
        assert said.startswith("That is somebody else's")
    assert len(armed(running)) == 1
    # Whoever leads may, also below what others have asked for.
    pressed(telegram, GROUP, listed, "✖ 1", CARL)
    replaced(telegram, GROUP, listed, "No alert is armed here")
    assert armed(running) == []


def test_a_forged_press_does_nothing(bot, telegram, market):
    """A stranger could disarm the alerts of others by counting up."""
    running = bot(after=market, telegram_keys=ALL)
    telegram.answer_to(OWNER, "/alert BTC > 100", "🔔 Armed")
    telegram.answer_to(OWNER, "/watch BTC", "is watched")
    telegram.say(GROUP, "/alerts", user_id=CARL)
    shown = telegram.wait_for_text(GROUP, "No alert is armed here")
    for command in ("/disarm 1", "/disarm w1", "/disarm 1 1"):
        said = answered(telegram, telegram.press(GROUP, shown.message_id, command, user_id=CARL))
        assert said.startswith("There is no such alert here"), command
    telegram.press(GROUP, shown.message_id, "/again 1", user_id=CARL)
    telegram.wait_for_text(GROUP, "There is no such alert here")
    assert armed(running) == [(str(OWNER), "price > 100")]
    assert "BTC/USDT" in telegram.answer_to(OWNER, "/unwatch btc", "No longer watched").text


def test_administrators_alone_arm_where_that_is_wanted(bot, telegram, market):
    """Anybody in a large group could fill it with alerts."""
    running = bot(after=market, telegram_keys=f"{ALL}\ngroup_commands = admins\n")
    texts = ("/alert BTC > 100", "/watch BTC", "@engram_test_bot tell me when btc hits 100")
    for text in texts:
        telegram.say(GROUP, text, user_id=BEN, first_name="Ben")
    refused = "an administrator can do it"
    telegram.wait_for(lambda: sum(refused in one for one in telegram.texts(GROUP)) == len(texts))
    telegram.say(GROUP, "/alert BTC > 100", user_id=CARL, first_name="Carl")
    telegram.wait_for_text(GROUP, "Carl: 🔔 Armed")
    assert armed(running) == [(str(GROUP), "price > 100")]


def test_a_group_that_moves_keeps_its_alerts(bot, telegram, market):
    """A group that becomes a supergroup would lose all that it armed."""
    small, large = -4001, -1009876543210
    running = bot(after=market, telegram_keys=f"allowed_chat_ids = {small}")
    telegram.say(small, "/alert BTC > 100", user_id=ANN, first_name="Ann", chat_type="group")
    shown = telegram.wait_for_text(small, "Ann: 🔔 Armed")
    assert shown.buttons
    telegram.upgrade(small, large)
    wait_until(lambda: armed(running) == [(str(large), "price > 100")], 30)
    telegram.say(large, "/disarm 1", user_id=ANN, first_name="Ann")
    telegram.wait_for_text(large, "✖ Disarmed")
    assert armed(running) == []


def test_an_exchange_that_is_away_arms_nothing_and_lists_all_the_same(
    bot, telegram, exchange, market
):
    """An outage would arm alerts that begin nobody knows where, or hold up the list."""
    running = bot(after=market)
    telegram.answer_to(OWNER, "/alert BTC > 100", "🔔 Armed")
    exchange.fail("klines", "451", times=None)
    shown = telegram.answer_to(OWNER, "/alert ETH > 10", "no current price")
    assert "Binance refused requests from here" in shown.text
    assert "90.00" in telegram.answer_to(OWNER, "/alerts", "🔔 1 alert armed").text
    assert armed(running) == [(str(OWNER), "price > 100")]


def test_a_market_is_watched_and_ended_by_its_button(bot, telegram, exchange, market):
    """A person would be told of changes that they do not want any more."""
    exchange.series["BTC/USDT", "4h"] = candles(1000, "rising", "4h")
    bot(after=market)
    shown = telegram.answer_to(OWNER, "/watch BTC", "is watched")
    assert "BTC/USDT (4h, Binance) is watched. Its signal is BUY" in shown.text
    assert "You named no timeframe" in shown.text
    pressed(telegram, OWNER, shown, "✖")
    assert replaced(telegram, OWNER, shown, "No longer watched").buttons == []
    telegram.answer_to(OWNER, "/unwatch", "I watch nothing of BTC/USDT here")


def test_the_terminal_arms_lists_and_disarms(tmp_path, exchange):
    """In the terminal nobody could see or take back what they armed."""
    config = tmp_path / "config.ini"
    config.write_text(
        "[lmstudio]\nurl = http://127.0.0.1:9\n[market]\nexchange = binance\n"
        f"[binance]\napi_url = {exchange.url}\n"
    )

    def ask(text):
        command = launcher_command("--ask", text, "--config", str(config))
        done = completed(command, 50, env=clean_environment())
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    shown = ask("/alert BTC > 100")
    assert "🔔 Armed: BTC/USDT rises above 100.00." in shown
    assert "/disarm 1 takes it back." in shown
    assert "#1 BTC/USDT rises above 100.00" in ask("/alerts")
    assert "✖ Disarmed" in ask("/disarm 1")
    assert "No alert is armed here" in ask("/alerts")


@pytest.mark.covered
def test_what_the_terminal_armed_is_the_owners(bot, telegram, market):
    """The owner would get an alert whose buttons do nothing."""
    running = bot(after=market, telegram_keys=ALL)
    assert running.stop() == 0
    command = launcher_command("--ask", "/alert BTC > 100", "--config", "config.ini")
    done = completed(command, 50, cwd=running.folder, env=clean_environment())
    assert "🔔 Armed" in done.stdout, done.stderr
    running.start()
    listed = telegram.answer_to(OWNER, "/alerts", "🔔 1 alert armed")
    assert "Binance · in the terminal" in listed.text
    telegram.say(GROUP, "/alerts", user_id=OWNER)
    telegram.wait_for_text(GROUP, "No alert is armed here")
    pressed(telegram, OWNER, listed, "✖ 1")
    replaced(telegram, OWNER, listed, "No alert is armed here")
    assert armed(running) == []


def fired(running, chat):
    """Have the first alert fire as a look does, and a watched market change with a chart."""
    store = Store(running.folder / "engram.db")
    tables = WatchTables(store, Outbox(store))
    (alert,) = tables.alerts.armed()
    row = ((Button("🔁", "/again 1"), Button("✖", "/disarm 1 told")),)
    said = Outgoing(chat, ALERT, "🔔 It has risen", row, alert=1)
    tables.write(*tables.alerts.firing(alert, 60_000, 101.0, said, time.time()), durable=True)
    picture = (ROOT / "docs" / "chart.png").read_bytes()
    row = ((Button("✖", "/disarm w1"),),)
    tables.outbox.add(Outgoing(chat, WATCH, "👁 It has changed", row, picture), time.time())
    store.close()


@pytest.mark.covered
def test_the_buttons_of_what_was_told_leave_it_there(bot, telegram, exchange, market):
    """✖ would wipe out what an alert has told, or the chart of a changed signal."""
    running = bot(after=market)
    telegram.answer_to(OWNER, "/alert BTC > 100", "🔔 Armed")
    telegram.answer_to(OWNER, "/watch BTC", "is watched")
    assert running.stop() == 0
    fired(running, str(OWNER))
    set_market(exchange, 101.0, "BTC/USDT")
    running.start()
    alert = telegram.wait_for_text(OWNER, "It has risen")
    chart = telegram.wait_for_text(OWNER, "It has changed")
    assert (chart.photo is not None, len(alert.buttons)) == (True, 2)
    pressed(telegram, OWNER, alert, "🔁")
    again = telegram.wait_for_text(OWNER, "it fires at the next crossing")
    assert again.buttons == [("✖", "/disarm 2")]
    pressed(telegram, OWNER, alert, "✖")
    pressed(telegram, OWNER, chart, "✖")
    telegram.wait_for_text(OWNER, "No longer watched: BTC/USDT")
    telegram.wait_for(lambda: not any(one.buttons for one in told(telegram, alert, chart)))
    assert [one.text or one.caption for one in told(telegram, alert, chart)] == [
        "🔔 It has risen",
        "👁 It has changed",
    ]
    assert armed(running) == [(str(OWNER), "price > 100")]


def told(telegram, *messages):
    """The messages as they are now."""
    ids = [one.message_id for one in messages]
    return [one for one in telegram.screen(OWNER) if one.message_id in ids]


@pytest.mark.covered
def test_nothing_waits_behind_a_model_and_an_exchange_that_hang(
    bot, telegram, lmstudio, exchange, market
):
    """Eight chats that wait for both would keep all others from arming and listing alerts."""
    others = [-1001000 - number for number in range(8)]
    # Within a minute: at its end nobody knows without asking which candle is the newest.
    exchange.now = lambda: MIDDLE
    set_market(exchange, 90.0, "BTC/USDT")
    lmstudio.behave(Hang())
    bot(after=market, telegram_keys=f"allowed_chat_ids = {', '.join(map(str, others))}")
    telegram.answer_to(OWNER, "/analyze BTC", "Market Analysis for BTC/USDT")
    exchange.fail("klines", "hang", times=None)
    for chat in others:
        telegram.say(chat, "@engram_test_bot hello", user_id=ANN)
        telegram.say(chat, "/alert ETH > 10", user_id=ANN)
        telegram.say(chat, "/watch SOL", user_id=ANN)
    asked = exchange.count("klines")
    telegram.wait_for(lambda: exchange.count("klines") > asked)
    telegram.answer_to(OWNER, "/alert BTC > 1000000", "🔔 Armed")
    telegram.answer_to(OWNER, "tell me when btc goes above 2000000", "🔔 Armed")
    telegram.answer_to(OWNER, "/alerts", "🔔 2 alerts armed")
    telegram.answer_to(OWNER, "/status", "Waiting messages")
    telegram.answer_to(OWNER, "/stop", "The answer in progress ends here")
