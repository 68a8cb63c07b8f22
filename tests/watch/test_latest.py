"""The latest prices."""

from engram.watch.latest import ROUND, Latest, Seen


def test_the_latest_price_of_each_market_is_known():
    """A list would show the price of another exchange, or an older one."""
    latest = Latest()
    assert latest.of("binance", "BTC/USDT") is None
    latest.note("binance", "BTC/USDT", 100.0, 1.0)
    latest.note("kraken", "BTC/USDT", 101.0, 1.0)
    latest.note("binance", "BTC/USDT", 102.0, 2.0)
    assert latest.of("binance", "BTC/USDT") == Seen(102.0, 2.0)


def test_rounds_are_late_from_a_minute_on():
    """Nobody would learn that looks are further apart."""
    latest = Latest()
    assert not latest.is_late
    latest.round_took = ROUND + 1
    assert latest.is_late
