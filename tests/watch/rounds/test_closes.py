"""Looks at closed candles on an exchange: alerts on indicators, and watched markets."""

import sqlite3
from dataclasses import replace
from datetime import datetime, timezone
from functools import cache
from itertools import pairwise

import pytest

from engram.core.errors import ExchangeError
from engram.market.candles import read_candles
from engram.market.signals import analyse
from engram.storage.outbox import ALERT, NOTICE, WATCH
from engram.storage.watch.armed import Place
from engram.storage.watch.ledger_table import ALL as ALL_SIGNALS
from engram.watch.rounds.closes import SETTLING, CloseLooks
from engram.watch.rounds.frozen import Stillness
from tests.doubles.exchange import candles
from tests.watch.rounds.conftest import DAY, HOUR, MINUTE, written

HOURLY = Place("binance", "BTC/USDT", "1h")
# All candles there ever are: an hour each, the last one opens at the end of the day.
ALL = candles(2600, "walk", "1h", DAY + 24 * HOUR, seed=7)


@cache
def signal_at(opened):
    """The signal once the candle that opened then (s) has closed."""
    rows = [row for row in ALL if row[0] <= opened * 1000][-999:]
    closes = opened + HOUR + 1
    found = read_candles(rows, "BTC/USDT", "Binance", "1h", closes)
    return analyse(found).signal.value


def look_at(bot, moment):
    """Look once it is that time (s), with all candles that have begun by then."""
    bot.clock.advance(moment - bot.clock.now())
    rows = [row for row in ALL if row[0] / 1000 <= moment]
    bot.exchange.series["BTC/USDT", "1h"] = rows
    return bot.closes.look(HOURLY, bot.stillness)


@pytest.fixture
def hours(bot):
    """The opening times of 24 candles, and their signals."""
    del bot.exchange.tapes["BTC/USDT"]
    bot.clock.advance(DAY - bot.clock.now())
    opened = [DAY + (hour - 24) * HOUR for hour in range(48)]
    return [(at, signal_at(at)) for at in opened]


def close(at):
    """When a candle that opened then has closed, as it is written."""
    return f"{datetime.fromtimestamp(at + HOUR, timezone.utc):%H:%M} UTC"


def test_a_watched_market_tells_its_changes_with_chart_and_panel(bot, hours):
    """Somebody would have to ask every hour."""
    before, after = next((one, two) for one, two in pairwise(hours[24:]) if one[1] != two[1])
    watched = bot.watch(HOURLY, before[0], before[1])
    look_at(bot, after[0] + HOUR - 60)
    assert bot.outgoing() == []
    wait = look_at(bot, after[0] + HOUR + 2)
    assert wait == pytest.approx(HOUR - 2 + SETTLING, abs=1.1)
    (said,) = bot.outgoing()
    first, second, *panel = said.text.splitlines()
    was = f"was {before[1]} since {close(before[0])}"
    assert first == f"👁 BTC/USDT (1h, Binance): {after[1]}, {was}"
    assert second == f"It changed at the close of {close(after[0])}."
    assert "📊 Market Analysis for BTC/USDT · 1h · Binance" in panel
    assert f"Signal: {after[1]}" in panel
    assert said.picture.startswith(b"\x89PNG")
    assert [one.command for one in said.buttons[0]] == [
        "/open BTC/USDT 1h", f"/disarm w{watched.number}"
    ]  # fmt: skip
    assert (said.kind, said.name) == (WATCH, "signal of BTC/USDT (1h)")
    look_at(bot, after[0] + HOUR + 60)
    assert bot.outgoing() == []


def test_the_ledger_knows_what_was_told_and_has_the_rest_ready(bot, hours):
    """Nobody would know what became of the signals of watched markets."""
    before, after = next((one, two) for one, two in pairwise(hours[24:]) if one[1] != two[1])
    watched = bot.watch(HOURLY, before[0], before[1])
    look_at(bot, after[0] + HOUR - 60)
    assert list(bot.tables.ledger.latest(9, ALL_SIGNALS)) == []
    bot.tables.ledger.show([(HOURLY, watched.judged)], bot.clock.now())
    look_at(bot, after[0] + HOUR + 2)
    found = {row.candle: row.signal for row in bot.tables.ledger.latest(9, ALL_SIGNALS)}
    assert found == {int(at * 1000): signal for at, signal in (before, after)}


def test_after_an_absence_one_message_tells_the_latest_change_and_names_the_others(bot, hours):
    """A night of changes would be a heap of messages, or only the last would be known."""
    bot.watch(HOURLY, hours[0][0], hours[0][1])
    changes = [two for one, two in pairwise(hours) if one[1] != two[1]]
    assert len(changes) > 2
    look_at(bot, hours[-1][0] + HOUR + 600)
    (said,) = bot.outgoing()
    lines = said.text.splitlines()
    (last, latest), (earlier, was) = changes[-1], changes[-2]
    assert lines[0].startswith(f"👁 BTC/USDT (1h, Binance): {latest}, was {was} since ")
    assert close(earlier) in lines[0]
    assert close(last) in lines[1]
    assert lines[1].endswith(", while I was away.") == (last < hours[-1][0])
    assert lines[2].startswith("Before: ")
    assert lines[2].count(" from ") == min(5, len(changes) - 1)
    (row,) = bot.tables.watched.armed()
    assert (row.signal, row.since, row.was) == (latest, int(last * 1000), was)
    assert row.judged == int(hours[-1][0] * 1000)


def test_two_chats_share_a_request_and_each_is_told(bot, hours):
    """Each chat would cost a request at every close."""
    for chat in ("7", "-100/5"):
        bot.watch(HOURLY, hours[0][0], "BUY" if hours[1][1] == "SELL" else "SELL", chat)
    bot.alert("rsi > 1", HOURLY, since=hours[0][0], chat="-100/5")
    look_at(bot, hours[1][0] + HOUR + 5)
    assert bot.exchange.count("klines/1h") == 1
    assert [one.kind for one in bot.outgoing("7")] == [WATCH]
    assert sorted(one.kind for one in bot.outgoing("-100/5")) == [ALERT, WATCH]


def test_an_indicator_is_judged_when_its_candle_has_closed(bot, hours):
    """An RSI that falls below 30 for a minute would wake somebody for nothing."""
    at = hours[30][0]
    alert = bot.alert("volume > 0.0001", HOURLY, since=at - HOUR, name="Ann")
    wait = look_at(bot, at + HOUR - 600)
    assert wait == pytest.approx(600 + SETTLING, abs=1.1)
    assert bot.outgoing() == []
    look_at(bot, at + HOUR + SETTLING)
    (said,) = bot.outgoing()
    lines = said.text.splitlines()
    assert lines[0] == "🔔 The volume of BTC/USDT (1h) rises above 0.0001 times its average"
    assert lines[1].startswith("Volume ")
    assert f" times its average at the close of {close(at)}, at " in lines[1]
    assert lines[1].endswith(" on Binance")
    assert lines[3] == "Armed by Ann"
    assert said.buttons[0][0].command == "/open BTC/USDT 1h"
    assert bot.tables.alerts.numbered(alert.number).fired_candle == at * 1000


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("rsi > 1", "RSI "), ("adx > 1", "ADX "), ("macd < 1000000", "MACD histogram "),
        ("close > ema20", "EMA 20 "), ("signal = HOLD", "Signal HOLD (was "),
        ("signal changes", "Signal "),
    ],
)  # fmt: skip
def test_what_has_fired_is_told_with_its_value(bot, hours, condition, words):
    """ "The RSI rises above 70" would not say how far."""
    bot.alert(condition, HOURLY, since=hours[0][0], ready=True)
    look_at(bot, hours[-1][0] + HOUR + 5)
    (said,) = bot.outgoing()
    assert said.text.splitlines()[1].startswith(words)


def test_what_lies_too_far_back_is_named_once(bot, hours):
    """Somebody would take a gap of weeks for weeks without a signal."""
    old = ALL[400][0] / 1000
    bot.watch(HOURLY, old, signal_at(hours[-1][0]))
    bot.alert("rsi > 99.9", HOURLY, since=old)
    look_at(bot, hours[-1][0] + HOUR + 5)
    said = [one for one in bot.outgoing() if one.kind == NOTICE]
    assert len(said) == 1
    assert said[0].text.startswith("⚠️ I was away for too long: the candles of BTC/USDT (1h, ")
    look_at(bot, hours[-1][0] + HOUR + 65)
    assert not [one for one in bot.outgoing() if one.kind == NOTICE]


def test_a_change_that_the_disk_does_not_take_is_sent_once(bot, hours, tmp_path):
    """A full disk would tell the same change every hour, or never."""
    bot.watch(HOURLY, hours[0][0], "BUY" if hours[1][1] == "SELL" else "SELL")
    lock = sqlite3.connect(tmp_path / "engram.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    for seconds in (5, 65):
        look_at(bot, hours[1][0] + HOUR + seconds)
    lock.execute("ROLLBACK")
    lock.close()
    written(bot)
    look_at(bot, hours[1][0] + HOUR + 125)
    assert (len(bot.sent), bot.outgoing()) == (1, [])
    assert bot.tables.watched.armed()[0].signal == hours[1][1]


def test_candles_that_come_only_in_part_are_no_ground_to_judge(bot, hours, monkeypatch):
    """A slow exchange would make a signal of half the candles."""
    bot.watch(HOURLY, ALL[700][0] / 1000, "HOLD")
    bot.exchange.page = 100
    bot.exchange.delay = 0.3
    monkeypatch.setattr("engram.watch.rounds.parts.PATIENCE", 0.8)
    with pytest.raises(ExchangeError):
        look_at(bot, hours[-1][0] + HOUR + 5)
    assert bot.tables.watched.armed()[0].judged == ALL[700][0]


def test_when_the_next_candle_closes_is_known_by_the_exchange_s_clock(bot, hours):
    """By a clock that is an hour wrong, each close would be an hour late."""
    bot.watch(HOURLY, hours[0][0], hours[0][1])
    assert bot.closes.due(HOURLY) == 0.0
    bot.exchange.now = lambda: bot.clock.now() - 3 * HOUR
    bot.clock.advance(3 * HOUR + 5)
    bot.exchange.series["BTC/USDT", "1h"] = [row for row in ALL if row[0] / 1000 <= DAY]
    assert bot.closes.look(HOURLY, Stillness()) == pytest.approx(HOUR - 5 + SETTLING, abs=1.1)
    judged = bot.tables.watched.armed()[0].judged
    assert judged == (DAY - HOUR) * 1000
    bot.clock.advance(600)
    assert bot.closes.due(HOURLY) == pytest.approx(HOUR - 605 + SETTLING, abs=1.1)


def test_a_candle_in_which_nothing_was_traded_yet_is_looked_for_again(bot, hours):
    """A quiet hour would be looked at an hour late, and a frozen market never be known."""
    bot.watch(HOURLY, hours[24][0], hours[24][1])
    bot.exchange.series["BTC/USDT", "1h"] = [row for row in ALL if row[0] / 1000 < DAY]
    bot.exchange.tapes.clear()
    bot.clock.advance(DAY + 30 - bot.clock.now())
    assert bot.closes.look(HOURLY, bot.stillness) == MINUTE


def test_a_machine_whose_clock_is_days_behind_judges_all_candles(bot, hours):
    """After an absence each signal would be made of fewer candles than an analysis has."""
    bot.watch(HOURLY, hours[0][0], hours[0][1])
    exchange, ahead = bot.exchange, 24 * HOUR
    exchange.now = lambda: bot.clock.now() + ahead
    exchange.series["BTC/USDT", "1h"] = [row for row in ALL if row[0] / 1000 <= DAY + ahead]
    bot.clock.advance(hours[0][0] - bot.clock.now())
    ahead += DAY + 5 - bot.clock.now()
    bot.closes.look(HOURLY, bot.stillness)
    asked = [int(query.get("limit", 0)) for _, query in exchange.asked if "interval" in query]
    assert sum(asked) > 2000
    row = bot.tables.watched.armed()[0]
    changes = [two for one, two in pairwise(hours) if one[1] != two[1]]
    assert (row.judged, row.signal) == (hours[-1][0] * 1000, changes[-1][1])


def test_a_change_is_told_without_a_panel_as_well(bot, hours):
    """A mistake in a chart would cost somebody the news."""
    bot.watch(HOURLY, hours[0][0], "BUY" if hours[1][1] == "SELL" else "SELL")
    bot.closes = CloseLooks(replace(bot.parts, analyst=None))
    look_at(bot, hours[1][0] + HOUR + 5)
    (said,) = bot.outgoing()
    assert said.text.startswith("👁 BTC/USDT (1h, Binance): ")
    assert said.picture is None


def test_nobody_is_asked_where_nothing_is_armed(bot):
    """A market that was unwatched would go on costing requests."""
    assert bot.closes.look(HOURLY, bot.stillness) == MINUTE
    assert bot.closes.due(HOURLY) == 0.0
    assert bot.exchange.asked == []
