"""What a conversation watches, with the prices of this moment."""

import pytest

from engram.core.errors import StoppedError
from engram.core.stop import Stop
from engram.core.waits import Waits
from engram.storage.watch.ledger_table import ALL, RULES, LedgerRow
from engram.watch.watchlist import watchlist as module
from engram.watch.watchlist.watchlist import Watchlist
from tests.machine_speed import LONG
from tests.watch.conftest import HOUR, NOW


@pytest.fixture
def watchlist(tables, feed, clock):
    return Watchlist(tables, feed, clock)


def drained(growing):
    """What is shown on the way, and the end of it."""
    shown = []
    while True:
        try:
            step = next(growing)
        except StopIteration as end:
            return shown, end.value
        if not isinstance(step, Waits):
            shown.append(step)


def test_all_that_is_watched_here_and_nothing_else(watchlist, watch, exchange):
    """A topic would show what another one watches, or a market twice."""
    exchange.shape = "flat"
    for symbol, timeframe, signal in (
        ("BTC/USDT", "4h", "BUY"), ("ETH/USDT", "4h", "SELL"), ("BTC/USDT", "1d", "HOLD"),
    ):  # fmt: skip
        watch(symbol, timeframe, signal)
    watch("SOL/USDT", chat="7/3")
    assert watchlist.at_once("7", LONG) == (
        "👁 2 markets · Binance · 07:30 UTC\n"
        "```\n"
        "USDT  price 24h% 4h 1d\n"
        "BTC  100.00 +0.0 ▲  ▬\n"
        "ETH  100.00 +0.0 ▼\n"
        "```\n"
        "▲ BUY  ▼ SELL  ▬ HOLD"
    )
    assert exchange.count("klines") == 2


def test_nothing_is_watched(watchlist, exchange):
    """An empty table would be sent."""
    assert watchlist.at_once("7", LONG) == ""
    assert not exchange.asked


def test_times_are_those_of_the_chat(watchlist, watch, tables):
    """A person would have to know what time it is in UTC."""
    tables.digests.put_zone("7", "Asia/Kolkata", NOW)
    watch("BTC/USDT")
    head = watchlist.at_once("7", LONG).splitlines()[0]
    assert head == "👁 1 market · Binance · 07:30 UTC (13:00 in Kolkata)"


def test_each_market_is_asked_for_where_it_was_armed(tables, feed_of, clock, watch, exchange):
    """A watched market would be shown with the price of another exchange."""
    exchange.shape = "flat"
    watchlist = Watchlist(tables, feed_of("binance", "kraken"), clock)
    watch("BTC/USDT")
    watch("XMR/USD", exchange="kraken", signal="BUY")
    text = watchlist.at_once("7", LONG)
    assert "Binance and Kraken" in text
    assert text.splitlines()[-1] == "Kraken: XMR/USD"
    assert (exchange.count("klines"), exchange.count("OHLC")) == (1, 1)


def test_a_market_without_a_price_says_why(watchlist, watch, exchange):
    """A gap in the table would look like a mistake."""
    exchange.shape = "flat"
    watch("BTC/USDT", signal="BUY")
    watch("NOPE/USDT")
    watch("OLD/USDT", exchange="gone")
    lines = watchlist.at_once("7", LONG).splitlines()
    assert [line.split() for line in lines[3:6]] == [
        ["BTC", "100.00", "+0.0", "▲"], ["NOPE", "no", "price", "▬"], ["OLD", "no", "price", "▬"],
    ]  # fmt: skip
    assert lines[-2:] == [
        "⚠️ No price of NOPE/USDT: Binance does not list NOPE/USDT any more.",
        "⚠️ No price of OLD/USDT: gone is not in config.ini any more.",
    ]


def test_what_is_there_is_shown_and_the_rest_comes_later(watchlist, watch, exchange, monkeypatch):
    """One slow exchange would keep the whole watchlist from a person."""
    monkeypatch.setattr(module, "FIRST", 0.3)
    monkeypatch.setattr(module, "STEP", 0.1)
    exchange.shape = "flat"
    watch("BTC/USDT")
    watch("ETH/USDT", signal="BUY")
    watchlist.at_once("7", LONG)
    watch("SOL/USDT")
    exchange.fail("klines", "held")
    growing = watchlist.read("7", LONG)
    first = next(step for step in growing if not isinstance(step, Waits))
    assert "BTC  100.00" in first
    assert "SOL       …" in first
    assert first.endswith("… More prices are on their way.")
    exchange.let_go.set()
    *_, last = drained(growing)
    assert "SOL  100.00" in last
    assert "…" not in last


def test_what_was_found_stays_however_long_the_others_take(
    watchlist, watch, exchange, clock, monkeypatch
):
    """A price would vanish again while a slow exchange is waited for, and never come back."""
    monkeypatch.setattr(module, "FIRST", 0.1)
    monkeypatch.setattr(module, "STEP", 0.05)
    exchange.shape = "flat"
    watch("BTC/USDT")
    watchlist.at_once("7", LONG)
    watch("ETH/USDT")
    exchange.fail("klines", "held")
    growing = watchlist.read("7", LONG)
    assert "BTC  100.00" in next(step for step in growing if not isinstance(step, Waits))
    clock.at += 31
    exchange.let_go.set()
    *_, last = drained(growing)
    assert "BTC  100.00" in last
    assert "ETH  100.00" in last


def test_what_never_comes_is_not_waited_for(watchlist, watch, exchange):
    """A person, or a digest, would wait for a dead exchange."""
    watch("BTC/USDT")
    exchange.fail("klines", "held", times=None)
    text = watchlist.at_once("7", 0.2)
    exchange.let_go.set()
    assert "because Binance takes its time" in text or "Binance did not answer in time" in text


def test_nobody_waits_after_a_stop(watchlist, watch, exchange):
    """A person who presses stop would go on waiting."""
    watch("BTC/USDT")
    exchange.fail("klines", "held")
    stop = Stop()
    growing = watchlist.read("7", LONG, stop)
    next(growing)
    stop.request()
    with pytest.raises(StoppedError):
        drained(growing)
    exchange.let_go.set()


def test_a_signal_that_is_not_judged_yet_is_a_question_mark(watchlist, watch):
    """A person would trade on a signal that may have changed since."""
    watch("BTC/USDT", judged=int((NOW - 40 * HOUR) * 1000), signal="BUY")
    text = watchlist.at_once("7", LONG)
    assert text.splitlines()[3].endswith(" ?")
    assert text.endswith("? not judged yet")


def test_the_signals_that_it_shows_are_in_the_ledger(watchlist, watch, tables):
    """Nobody would know what became of the signals of a digest; "?" is no signal."""
    shown = watch("BTC/USDT", "4h", "BUY")
    old = watch("ETH/USDT", "4h", "BUY", judged=shown.judged - 86_400_000)
    for one in (shown, old):
        tables.ledger.prepare(
            LedgerRow(
                one.exchange, one.symbol, one.timeframe, one.judged, RULES, "BUY", "Low", 100.0,
                24, 0.01, 0.5, NOW, NOW + 99,
            )
        )  # fmt: skip
    watchlist.at_once("7", LONG)
    assert [row.symbol for row in tables.ledger.latest(9, ALL)] == ["BTC/USDT"]
