"""Watching markets, and ending that."""

import sqlite3
from contextlib import closing

import pytest

from engram.market.symbols import Request
from engram.storage.watch.armed import Armed
from engram.storage.watch.ledger_table import ALL
from engram.watch.texts import (
    IN_MEMORY,
    MOST_TIMEFRAMES,
    MOST_WATCHED,
    NO_ALERT,
    NOT_CHANGED,
    UNWRITTEN,
)
from tests.machine_speed import LONG
from tests.watch.arming.desk_stand import Stand


@pytest.fixture
def stand(exchange, tmp_path):
    return Stand.at(exchange, tmp_path / "engram.db")


def watch(stand, coin="BTC", frame="4h", by="", chat="7", *, is_default=False):
    person = Armed(chat, by or stand.desk.identity((), ""), 1, 5, "Ann")
    return stand.desk.watched.watch(person, Request(coin, "USDT", frame), is_default=is_default)


def watched(stand, chat="7"):
    return [(one.symbol, one.timeframe) for one in stand.tables.watched.of_chat(chat)]


def shown(stand):
    return list(stand.tables.ledger.latest(9, ALL))


def test_it_begins_with_the_signal_of_the_last_closed_candle(stand):
    """A change that was there before, or one within an open candle, would be told."""
    reply = watch(stand)
    (row,) = stand.tables.watched.armed()
    assert row.judged == row.since == stand.exchange.rows("BTC/USDT", "4h")[-2][0]
    assert f"BTC/USDT (4h, Binance) is watched. Its signal is {row.signal}" in reply.text
    assert "default" not in reply.text
    assert [one.command for one in reply.buttons[0]] == ["/disarm w1"]


def test_the_ledger_knows_the_signal_that_is_said(stand):
    """What a person read first of a market would never be judged."""
    watch(stand)
    ((noted, *others), (row,)) = shown(stand), stand.tables.watched.armed()
    assert (noted.candle, noted.signal, noted.timeframe) == (row.judged, row.signal, "4h")
    assert others == []
    stand.desk.watchlist.at_once("7", LONG)
    assert shown(stand) == [noted]


def test_a_list_before_the_first_look_shows_what_the_ledger_knows(stand):
    """What a person read in a digest, after all was armed anew, would never be judged."""
    by = Armed("7", "update", 1, 5, "Ann")
    stand.desk.watched.keep(by, Request("BTC", "USDT", "4h"))
    assert shown(stand) == []
    stand.desk.watchlist.at_once("7", LONG)
    assert [one.candle for one in shown(stand)] == [stand.tables.watched.armed()[0].judged]


def test_the_default_timeframe_is_told(stand):
    """A person would think that all timeframes are watched."""
    assert "You named no timeframe" in watch(stand, is_default=True).text


def test_twice_is_once_and_the_same_update_says_the_same(stand):
    """A chat would be told each change twice."""
    first = watch(stand, by="message/7/1")
    assert watch(stand, by="message/7/1") == first
    assert "is watched already" in watch(stand, by="message/7/2").text
    assert watched(stand) == [("BTC/USDT", "4h")]


def test_how_much_is_watched_has_bounds(stand):
    """One chat could have the exchange asked without end."""
    frames = ["1h", "4h", "1d", "15m"]
    for number, frame in enumerate(frames):
        watch(stand, frame=frame, chat=f"7/{number}")
    text = watch(stand, frame="1w").text
    assert f"at most {MOST_TIMEFRAMES} timeframes" in text
    assert "15m, 1h, 4h, 1d" in text
    for topic in range(len(frames), MOST_WATCHED):
        watch(stand, chat=f"7/{topic}")
    assert f"there are {MOST_WATCHED} already" in watch(stand, coin="ETH").text
    assert "is watched already" in watch(stand, chat="7/1").text
    assert "is watched." in watch(stand, chat="8").text


def test_without_a_signal_nothing_is_watched(stand, exchange):
    """A person would wait for a change of nothing."""
    exchange.fail("klines", "451", times=None)
    assert "nothing is set up: Binance refused requests" in watch(stand).text
    assert watched(stand) == []


def test_what_cannot_be_kept_is_refused(exchange, stand, tmp_path):
    """It would be forgotten without a word."""
    assert watch(Stand.at(exchange, None)).text == IN_MEMORY.format(did="watch")
    watch(stand)
    with closing(sqlite3.connect(tmp_path / "engram.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert watch(stand, frame="1h").text == UNWRITTEN.format(did="watch")
        assert stand.desk.watched.end("7", 1).text == NOT_CHANGED
        other.execute("ROLLBACK")
    assert watched(stand) == [("BTC/USDT", "4h")]


def test_a_market_is_found_on_one_timeframe_or_on_all(stand):
    """/unwatch BTC would leave some of it, or take more than BTC."""
    for coin, frame in (("BTC", "4h"), ("BTC", "1h"), ("ETH", "4h")):
        watch(stand, coin, frame)
    desk, btc = stand.desk.watched, Request("BTC", "USD", "1h")
    assert len(desk.of_market("7", btc, named_timeframe=False)) == 2
    assert [one.number for one in desk.of_market("7", btc, named_timeframe=True)] == [2]
    assert desk.of_market("7", Request("BTC", "EUR", "1h"), named_timeframe=False) == []
    assert desk.of_market("8", btc, named_timeframe=False) == []


def test_what_is_ended_is_named(stand):
    """A person would not know what the button ended."""
    watch(stand)
    assert stand.desk.watched.end("8", 1).text == NO_ALERT
    assert "No longer watched: BTC/USDT (4h, Binance)" in stand.desk.watched.end("7/2", 1).text
    assert watched(stand) == []
    assert stand.desk.watched.end("7", 1).text == NO_ALERT


def test_a_suspended_market_is_watched_anew(stand):
    """Who asks for it again would read that it is watched, and hear nothing."""
    watch(stand)
    stand.tables.suspend("7")
    assert "is watched." in watch(stand).text
    assert [one.state for one in stand.tables.watched.of_chat("7")] == ["armed"]
