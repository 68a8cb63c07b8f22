"""Watched markets."""

from dataclasses import replace

from engram.storage.outbox import WATCH, Outgoing
from engram.storage.watch.armed import SUSPENDED, Armed, Place
from tests.storage.watch.conftest import NOW

ROW = {"at": NOW, "signal": "HOLD", "since": 1000, "judged": 2000}


def watch(tables, chat="7", symbol="BTC/USDT", timeframe="4h"):
    by = Armed(chat, f"message/{chat}/{symbol}/{timeframe}", 1, 5, "Ann")
    return tables.watched.watch(by, Place("binance", symbol, timeframe), **ROW)


def test_a_market_is_watched_once_in_a_conversation(tables):
    """Who asks twice would be told twice."""
    first = watch(tables)
    assert watch(tables) == first
    assert tables.watched.armed() == [first] == [tables.watched.numbered(first.number)]


def test_all_timeframes_of_a_market_are_found(tables):
    """/unwatch BTC would leave some of them."""
    for timeframe in ("4h", "1d"):
        watch(tables, timeframe=timeframe)
    watch(tables, symbol="ETH/USDT")
    found = tables.watched.of_market("7", "BTC/USDT")
    assert [one.timeframe for one in found] == ["4h", "1d"]
    tables.watched.unwatch(found)
    assert [one.symbol for one in tables.watched.of_chat("7")] == ["ETH/USDT"]


def test_a_change_is_told_once_whoever_judges(tables):
    """Two processes that judge the same candle would both tell it."""
    watched, said = watch(tables), Outgoing("7", WATCH, "BUY, was HOLD", picture=b"png")
    changed = replace(watched, judged=3000, signal="BUY", since=3000, was="HOLD")
    for _ in range(2):
        tables.write(*tables.watched.judging(changed, NOW + 9, said))
    (now,) = tables.watched.armed()
    assert now == replace(changed, looked_at=NOW + 9)
    assert (tables.outbox.depth, tables.outbox.next("7").outgoing) == (1, said)


def test_a_candle_without_a_change_is_judged_silently(tables):
    """It would be judged again at each look."""
    watched = watch(tables)
    tables.write(*tables.watched.judging(replace(watched, judged=3000), NOW + 9))
    assert [one.judged for one in tables.watched.armed()] == [3000]
    assert tables.outbox.depth == 0


def test_a_suspended_market_is_replaced_when_it_is_watched_anew(tables):
    """After the chat was away its market would stay suspended for ever."""
    old = watch(tables)
    tables.suspend("7")
    (old,) = tables.watched.of_chat("7", SUSPENDED)
    by = Armed("7", "press/1")
    new = tables.watched.watch(by, old.place, **{**ROW, "judged": 9000}, instead_of=[old])
    assert tables.watched.armed() == [new]
    assert new.judged == 9000


def test_the_watchlist_is_that_of_one_conversation(tables):
    """A topic would show what another one watches, or what is looked at no more."""
    here = [watch(tables), watch(tables, symbol="ETH/USDT")]
    watch(tables, chat="7/3", symbol="SOL/USDT")
    assert tables.watched.of_conversation("7") == here
    tables.suspend("7")
    assert tables.watched.of_conversation("7") == []
