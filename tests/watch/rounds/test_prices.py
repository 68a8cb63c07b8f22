"""Looks at the prices of a market on an exchange, and what is told."""

import sqlite3

import pytest

from engram.core.errors import DelistedError, ExchangeError
from engram.core.events import Button
from engram.storage.outbox import ALERT
from engram.storage.store import Store
from engram.storage.watch.armed import DELIVERED, FIRED, Place
from engram.watch.rounds.frozen import Stillness
from engram.watch.rounds.parts import FrozenError
from tests.doubles.tape import Tape
from tests.watch.rounds.conftest import BTC, DAY, HOUR, MINUTE, Bot, written

TWO = DAY + 2 * HOUR


def test_a_wick_between_two_looks_fires(bot, clock, exchange):
    """The one minute that somebody waited for would be over before it was seen."""
    alert = bot.alert("price > 110", name="Ann")
    bot.look()
    exchange.tapes["BTC/USDT"].trade(TWO + MINUTE + 10, 112.5)
    exchange.tapes["BTC/USDT"].trade(TWO + MINUTE + 11, 101.0)
    clock.advance(2 * MINUTE)
    bot.look()
    (said,) = bot.outgoing()
    assert said.text.splitlines() == [
        "🔔 BTC/USDT rises above 110.00",
        "112.50 on Binance at 02:01 UTC",
        "Now 101.00, -8.18 % from there",
        "Armed by Ann",
    ]
    assert (said.kind, said.alert) == (ALERT, alert.number)
    assert said.buttons == (
        (
            Button("📊 Analyze", "/open BTC/USDT"),
            Button("🔁", f"/again {alert.number}"),
            Button("✖", f"/disarm {alert.number} told"),
        ),
    )
    fired = bot.tables.alerts.numbered(alert.number)
    assert (fired.state, fired.fired_candle, fired.fired_price) == (
        DELIVERED, int((TWO + MINUTE) * 1000), 112.5
    )  # fmt: skip
    bot.look()
    assert bot.texts() == []


def test_what_was_before_it_was_armed_does_not_fire(bot, clock, exchange):
    """An alert would fire for a spike that its owner has seen."""
    exchange.tapes["BTC/USDT"].trade(TWO + 10, 120.0)
    exchange.tapes["BTC/USDT"].trade(TWO + 11, 100.0)
    bot.alert("price > 110")
    for _ in range(3):
        bot.look()
        clock.advance(MINUTE)
    assert bot.texts() == []


def test_the_price_at_a_look_counts_in_the_minute_of_arming(bot, clock, exchange):
    """Who arms an alert at the beginning of a minute would be told at its end."""
    bot.alert("price < 95")
    exchange.tapes["BTC/USDT"].trade(TWO + 40, 94.0)
    clock.advance(15)
    bot.look()
    assert bot.texts()[0].startswith(
        "🔔 BTC/USDT falls below 95.00\n94.00 on Binance at 02:00 UTC\n"
    )


def test_a_wick_while_the_bot_was_off_is_told_with_its_minute(bot, clock, exchange):
    """Somebody would hear in the morning that it happened just now, or not at all."""
    bot.tables.digests.put_zone("7", "Europe/Berlin", clock.now())
    bot.alert("price > 110")
    bot.look()
    exchange.tapes["BTC/USDT"].trade(TWO + 70 * MINUTE, 111.0)
    exchange.tapes["BTC/USDT"].trade(TWO + 70 * MINUTE + 1, 100.0)
    clock.advance(40 * HOUR)
    exchange.asked.clear()
    bot.look()
    (text,) = bot.texts()
    when = "22 Nov 03:10 UTC (04:10 in Berlin), while I was away"
    assert text.splitlines()[1] == f"111.00 on Binance at {when}"
    assert exchange.count("klines") <= 5


@pytest.mark.parametrize(("past", "is_away"), [(-61, True), (-1, True), (1, False)])
def test_what_happened_up_to_the_newest_minute_was_missed(bot, clock, exchange, past, is_away):
    """After a restore nobody could tell an alert that comes again from another one."""
    bot.alert("price > 110")
    bot.look()
    clock.advance(HOUR)
    newest = clock.now() // MINUTE * MINUTE
    exchange.tapes["BTC/USDT"].trade(newest + past, 111.0)
    bot.look()
    assert (", while I was away\n" in bot.texts()[0]) == is_away


def test_all_alerts_of_all_chats_cost_one_request(bot, clock, exchange):
    """A thousand alerts would be a thousand requests a minute."""
    for number in range(30):
        bot.alert(f"price > {110 + number}", chat=str(number % 3))
    bot.look()
    assert exchange.count("klines") == 1
    exchange.tapes["BTC/USDT"].trade(TWO + MINUTE, 119.5)
    clock.advance(MINUTE)
    bot.look()
    assert exchange.count("klines") == 2
    assert [len(bot.texts(str(chat))) for chat in range(3)] == [4, 3, 3]


def test_an_alert_that_is_armed_anew_waits_for_the_next_crossing(bot, clock, exchange):
    """🔁 would fire at once for the same price."""
    exchange.tapes["BTC/USDT"].trade(TWO, 120.0)
    alert = bot.alert("price > 110", ready=False)
    clock.advance(MINUTE)
    bot.look()
    assert not bot.tables.alerts.numbered(alert.number).ready
    exchange.tapes["BTC/USDT"].trade(TWO + 2 * MINUTE, 105.0)
    clock.advance(2 * MINUTE)
    bot.look()
    assert bot.tables.alerts.numbered(alert.number).ready
    assert bot.texts() == []
    exchange.tapes["BTC/USDT"].trade(TWO + 4 * MINUTE, 111.0)
    clock.advance(2 * MINUTE)
    bot.look()
    assert len(bot.texts()) == 1


def test_a_restart_loses_nothing_and_doubles_nothing(bot, clock, exchange, tmp_path):
    """An update of the bot would be the minute in which everything happens."""
    alert = bot.alert("price > 110")
    bot.look()
    exchange.tapes["BTC/USDT"].trade(TWO + 90, 111.0)
    exchange.tapes["BTC/USDT"].trade(TWO + 91, 99.0)
    clock.advance(5 * MINUTE)
    bot.store.close()
    for _ in range(2):
        store = Store(tmp_path / "engram.db")
        again = Bot(store, clock, exchange)
        again.look()
        assert again.tables.alerts.numbered(alert.number).state == FIRED
        assert again.tables.outbox.depth == 1
        store.close()


def test_two_that_look_in_the_same_minute_tell_it_once(bot, clock, exchange, tmp_path):
    """Terminal and bot would both tell of it."""
    bot.alert("price > 110")
    other = Store(tmp_path / "engram.db")
    exchange.tapes["BTC/USDT"].trade(TWO + MINUTE, 111.0)
    clock.advance(2 * MINUTE)
    table = bot.tables.alerts
    (alert,) = table.armed()
    second = Bot(other, clock, exchange)
    bot.look()
    # As the other one would, that has read the alert before.
    from engram.storage.outbox import Outgoing

    second.tables.write(*table.firing(alert, 1, 111.0, Outgoing("7", ALERT, "again"), 1.0))
    assert len(bot.texts()) == 1
    other.close()


def test_what_the_disk_does_not_take_is_sent_all_the_same(bot, clock, exchange, tmp_path):
    """A full disk would cost somebody the alert that they waited for."""
    alert = bot.alert("price > 110")
    bot.look()
    exchange.tapes["BTC/USDT"].trade(TWO + MINUTE, 111.0)
    clock.advance(2 * MINUTE)
    lock = sqlite3.connect(tmp_path / "engram.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    bot.look()
    bot.look()
    assert [one.text.splitlines()[0] for one in bot.sent] == ["🔔 BTC/USDT rises above 110.00"]
    bot.parts.telling.catch_up()
    lock.execute("ROLLBACK")
    lock.close()
    written(bot)
    assert bot.tables.alerts.numbered(alert.number).state == DELIVERED
    bot.look()
    assert (len(bot.sent), bot.texts()) == (1, [])


def test_nothing_is_said_once_it_stops(bot, clock, exchange):
    """What is found while the store is being closed would be said now, and again after a start."""
    bot.alert("price > 110")
    exchange.tapes["BTC/USDT"].trade(TWO + MINUTE, 111.0)
    clock.advance(2 * MINUTE)
    bot.parts.telling.stop()
    bot.store.close()
    bot.look()
    assert bot.sent == []


def test_a_market_in_which_nothing_moves_is_frozen(bot, clock, exchange):
    """Weeks of the same price would be told as news."""
    bot.alert("price > 110")
    exchange.freeze("BTC/USDT")
    for minute in range(15):
        bot.look()
        assert (exchange.count("ticker") > 0) == (minute >= 3)
        clock.advance(MINUTE)
    with pytest.raises(FrozenError, match="nothing new"):
        bot.look()
    exchange.thaw("BTC/USDT")
    exchange.tapes["BTC/USDT"].trade(TWO + 5 * MINUTE, 111.0)
    bot.look()
    assert "at 02:05 UTC, while I was away" in bot.texts()[0]


def test_without_a_ticker_the_candles_alone_tell_that_a_market_is_frozen(bot, clock, exchange):
    """On an exchange whose ticker never answers, frozen prices would be news after all."""
    bot.alert("price > 110")
    exchange.freeze("BTC/USDT")
    exchange.fail("ticker", "broken", times=None)
    for _ in range(15):
        bot.look()
        clock.advance(MINUTE)
    with pytest.raises(FrozenError):
        bot.look()


def test_an_exchange_that_is_away_does_not_freeze_a_market(bot, clock, exchange):
    """A quiet market would count as frozen after each outage of its exchange."""
    bot.alert("price > 110")
    exchange.freeze("BTC/USDT")
    stillness = Stillness()
    for _ in range(40):
        bot.prices.look(BTC, stillness)
        stillness.failed()
        clock.advance(MINUTE)
    assert not stillness.is_frozen


def test_an_exchange_that_fails_is_an_error_and_changes_nothing(bot, clock, exchange):
    """What happened during an outage would be overlooked."""
    alert = bot.alert("price > 110")
    exchange.tapes["BTC/USDT"].trade(TWO + MINUTE, 111.0)
    clock.advance(2 * MINUTE)
    exchange.fail("klines", "503", times=None)
    with pytest.raises(ExchangeError):
        bot.look()
    assert bot.tables.alerts.armed() == [alert]
    exchange.heal()
    clock.advance(10 * MINUTE)
    bot.look()
    assert len(bot.texts()) == 1


@pytest.mark.parametrize("how", ["html", "junk", "nan", "unlisted"])
def test_an_exchange_that_sends_garbage_is_asked_once_a_minute(bot, clock, exchange, how):
    """It would be asked for each of its timeframes, at which it fails as well."""
    bot.alert("price > 110")
    bot.look()
    exchange.fail("klines", how, times=None)
    before = exchange.count("klines")
    clock.advance(MINUTE)
    with pytest.raises(ExchangeError):
        bot.look()
    assert exchange.count("klines") - before <= 2


def test_a_damaged_alert_costs_no_other_one(bot, clock, exchange):
    """One row that a disk has damaged would be the end of all alerts of its market."""
    bot.alert("price > 110")
    one, other = bot.alert("price > 111").number, bot.alert("price > 111.5").number
    bot.store.write("UPDATE alerts SET condition = 'price ???' WHERE number = ?", one)
    bot.store.write("UPDATE alerts SET asked = '' WHERE number = ?", other)
    exchange.tapes["BTC/USDT"].trade(TWO + MINUTE, 112.0)
    clock.advance(2 * MINUTE)
    bot.look()
    assert len(bot.texts()) == 1


def test_a_market_that_is_not_listed_any_more_is_known_as_such(bot, clock, exchange):
    """Its alerts would wait for ever, and nobody be told why."""
    bot.alert("price > 110")
    bot.look()
    exchange.delist("BTC/USDT")
    clock.advance(40 * MINUTE)
    with pytest.raises(DelistedError):
        bot.look()


def test_the_latest_price_is_known_to_the_list_of_alerts(bot, clock):
    """/alerts would show no distance."""
    bot.alert("price > 110")
    bot.look()
    assert bot.latest.of("binance", "BTC/USDT").price == 100.0


def test_nobody_is_asked_about_a_market_where_nothing_is_armed(bot, exchange):
    """An alert that was taken back would go on costing a request a minute."""
    bot.look()
    assert exchange.asked == []


def test_a_market_without_new_trades_was_looked_at(bot, clock, exchange):
    """/alerts would warn of an old look, only because nothing was traded."""
    exchange.tapes["BTC/USDT"] = Tape([(DAY, 100.0)])
    alert = bot.alert("price > 110", since=TWO + 10 * MINUTE)
    bot.look()
    found = bot.tables.alerts.numbered(alert.number)
    assert (found.looked, found.looked_at) == (alert.looked, clock.now())


@pytest.mark.parametrize(
    ("exchange_id", "symbol"),
    [("kraken", "BTC/USD"), ("upbit", "BTC/USDT"), ("bithumb", "BTC/USDT")],
)
@pytest.mark.parametrize("hours", [14, 40])
def test_each_kind_of_exchange_bridges_an_absence(bot, clock, exchange, exchange_id, symbol, hours):
    """Exchanges have few old minutes, or send few at once, or refuse to: each in its own way."""
    place = Place(exchange_id, symbol, "1m")
    exchange.tapes[symbol] = Tape([(DAY - 500 * HOUR, 100.0)])
    bot = Bot(bot.store, clock, exchange, (exchange_id,))
    alert = bot.alert("price > 110", place)
    bot.prices.look(place, bot.stillness)
    wick = TWO + hours * HOUR / 2
    exchange.tapes[symbol].trade(wick + 7, 112.0)
    exchange.tapes[symbol].trade(wick + 8, 100.0)
    clock.advance(hours * HOUR)
    bot.prices.look(place, bot.stillness)
    fired = bot.tables.alerts.numbered(alert.number)
    assert (fired.fired_candle, fired.fired_price) == (wick * 1000, 112.0)
