"""What cannot be watched is told once, and once that it works again."""

import sqlite3
import threading

import pytest

from engram.storage.watch.armed import Job, Place
from engram.watch.rounds.outages import Outages
from tests.machine_speed import within
from tests.watch.rounds.conftest import MINUTE

BTC, ETH = (Job(Place("binance", name, "1m"), is_closed=False) for name in ("BTC/USDT", "ETH/USDT"))
JOBS = {BTC, ETH}


@pytest.fixture
def outages(bot):
    """Two chats, one of them with alerts on two markets."""
    for chat, job in (("7", BTC), ("7", BTC), ("7", ETH), ("8", ETH)):
        bot.alert("price > 110", job.place, chat)
    bot.watch(Place("binance", "ETH/USDT", "4h"), 0, "HOLD", "8")
    return Outages(bot.tables, bot.feed, bot.clock)


def minutes(bot, outages, count, *, fail=(), work=(), why="did not answer in time"):
    """Look for so many minutes."""
    for _ in range(count):
        for job in fail:
            outages.failed(job, why)
        for job in work:
            outages.succeeded(job)
        outages.tick(JOBS)
        bot.clock.advance(MINUTE)


def test_an_exchange_that_is_away_is_told_each_chat_once(bot, outages):
    """Nobody would know that nobody looks; or everybody be told each minute."""
    minutes(bot, outages, 15, fail=JOBS)
    assert bot.texts("7") == bot.texts("8") == []
    minutes(bot, outages, 30, fail=JOBS)
    assert bot.texts("7") == [
        "⚠️ I cannot watch Binance: Binance did not answer in time. That concerns 3 alerts here.\n"
        "I keep asking, and judge the time between as soon as I can."
    ]
    (text,) = bot.texts("8")
    assert "That concerns 1 alert and 1 watched market here." in text
    minutes(bot, outages, 3, work=JOBS)
    again = ["✅ I can watch Binance again, and have looked at the time between."]
    assert (bot.texts("7"), bot.texts("8")) == (again, again)
    assert bot.tables.away.all() == []


def test_the_list_knows_the_latest_reason(bot, outages):
    """/alerts would say for ever that a market is listed which is delisted by now."""
    minutes(bot, outages, 20, fail=[ETH], work=[BTC], why="did not answer in time")
    minutes(bot, outages, 2, fail=[ETH], work=[BTC], why="does not list it any more")
    assert {one.reason for one in bot.tables.away.all()} == {"does not list it any more"}
    assert len(bot.texts("7")) == 1


def test_a_market_alone_is_told_by_its_name(bot, outages):
    """An alert on one market would seem to be lost with all others, or seem to be watched."""
    minutes(bot, outages, 20, fail=[ETH], work=[BTC], why="sent nothing usable")
    (text,) = bot.texts("7")
    assert text.startswith("⚠️ I cannot watch ETH/USDT on Binance: Binance sent nothing usable. ")
    assert "1 alert here" in text
    minutes(bot, outages, 2, work=JOBS)
    assert bot.texts("8")[-1].startswith("✅ I can watch ETH/USDT on Binance again")


def test_what_is_left_of_an_outage_is_told(bot, outages):
    """One market would stay away behind the message that all works again."""
    minutes(bot, outages, 20, fail=JOBS)
    bot.texts("7")
    minutes(bot, outages, 20, fail=[ETH], work=[BTC])
    works, cannot = bot.texts("7")
    assert works.startswith("✅ I can watch Binance again")
    assert cannot.startswith("⚠️ I cannot watch ETH/USDT on Binance")


def test_that_all_works_again_is_told_once_all_was_looked_at(bot, outages):
    """Between the first look and the last the other markets would seem to be away themselves."""
    minutes(bot, outages, 20, fail=JOBS)
    bot.texts("7")
    outages.succeeded(BTC)
    minutes(bot, outages, 1)
    assert bot.texts("7") == []
    minutes(bot, outages, 2, work=JOBS)
    assert [text[:28] for text in bot.texts("7")] == ["✅ I can watch Binance again,"]


def test_a_restart_tells_nothing_twice(bot, outages):
    """Each start during an outage would tell it again."""
    minutes(bot, outages, 20, fail=JOBS)
    bot.texts("7")
    again = Outages(bot.tables, bot.feed, bot.clock)
    minutes(bot, again, 40, fail=JOBS)
    assert bot.texts("7") == []
    minutes(bot, again, 2, work=JOBS)
    assert len(bot.texts("7")) == 1


def test_a_delisted_market_is_told_at_once(bot, outages):
    """Somebody would wait for a price that never comes again."""
    outages.succeeded(BTC)
    outages.failed(ETH, "does not list ETH/USDT any more", is_own=True, is_certain=True)
    outages.tick(JOBS)
    assert "ETH/USDT on Binance: Binance does not list ETH/USDT any more" in bot.texts("8")[0]


def test_an_exchange_that_was_taken_out_of_the_configuration_is_told_at_once(bot, outages):
    """Its alerts would be kept, and never looked at, without a word."""
    place = Place("kraken", "BTC/USD", "1m")
    bot.alert("price > 1", place, "9")
    jobs = JOBS | {Job(place, is_closed=False)}
    for _ in range(3):
        outages.tick(jobs)
    (text,) = bot.texts("9")
    assert text.startswith("⚠️ I cannot watch Kraken: Kraken is not in config.ini any more.")
    assert text.endswith("I judge the time between once it is there again.")


def test_a_process_that_stood_still_has_seen_no_outage(bot, outages):
    """Who closes the laptop for an hour would be told in the train that Binance was away."""
    minutes(bot, outages, 2, work=JOBS)
    outages.failed(BTC, "could not be reached")
    outages.tick(JOBS)
    bot.clock.advance(3600)
    outages.tick(JOBS)
    assert bot.texts("7") == []


def test_a_chat_that_took_all_back_is_not_told_that_it_works(bot, outages):
    """Somebody who has given up would be told about alerts that they do not have."""
    minutes(bot, outages, 20, fail=JOBS)
    bot.texts("7")
    for alert in bot.tables.alerts.of_chat("7"):
        bot.tables.alerts.disarm(alert, 1.0)
    minutes(bot, outages, 3, work=JOBS)
    assert bot.texts("7") == []
    assert bot.tables.away.all() == []


def test_looks_that_are_hours_apart_are_no_outage(bot, outages):
    """A market that is looked at every four hours would seem to be away between two of them."""
    closed = Job(Place("binance", "ETH/USDT", "4h"), is_closed=True)
    outages.succeeded(closed)
    for _ in range(200):
        outages.tick({closed})
        bot.clock.advance(MINUTE)
    outages.failed(closed, "could not be reached")
    outages.tick({closed})
    assert bot.texts("8") == []
    for _ in range(16):
        bot.clock.advance(MINUTE)
        outages.tick({closed})
    assert len(bot.texts("8")) == 1


def test_many_markets_at_once_are_one_message(bot, outages):
    """Thirty markets that fail for the same reason would be thirty messages."""
    for job in JOBS:
        outages.failed(job, "sent nothing usable", is_own=True, is_certain=True)
    outages.tick(JOBS)
    (text,) = bot.texts("7")
    assert "BTC/USDT, ETH/USDT on Binance" in text
    assert len(bot.tables.away.all()) == 3
    for job in JOBS:
        outages.succeeded(job)
    outages.tick(JOBS)
    assert bot.texts("7") == [
        "✅ I can watch BTC/USDT, ETH/USDT on Binance again, and have looked at the time between."
    ]


def test_what_the_store_does_not_take_is_told_later(bot, outages, tmp_path):
    """An outage during a backup of the store would never be told."""
    minutes(bot, outages, 14, fail=JOBS)
    lock = sqlite3.connect(tmp_path / "engram.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    minutes(bot, outages, 3, fail=JOBS)
    lock.execute("ROLLBACK")
    lock.close()
    assert bot.tables.away.all() == []

    def told(seconds: float) -> bool:
        outages.tick(JOBS)
        return bool(bot.tables.away.all()) or bool(threading.Event().wait(0.01))

    assert within(10.0, told)
    assert len(bot.texts("7")) == 1
