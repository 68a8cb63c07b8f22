"""Looking up what is listed."""

from engram.market.words.markets import Markets

LISTED = ["BTC/USDT", "ETH/USDT", "ETH/BTC", "XMR/USD", "WIN/USDT", "SUI/BTC"]


def test_pairs_without_a_separator_are_split_where_they_are_listed():
    """SOLVBTC would be Solv in bitcoin, or "wineth" a pair that nobody has."""
    markets = Markets(LISTED, "USDT")
    assert markets.split("ethbtc") == ("ETH", "BTC")
    assert markets.split("btcusd") == ("BTC", "USD")
    assert markets.split("wineth") is None
    assert markets.split("btc") is None
    assert Markets([], "USDT", complete=False).split("ethbtc") == ("ETH", "BTC")


def test_what_is_like_an_unlisted_word_is_offered():
    """A typing error would end in an apology."""
    markets = Markets(LISTED, "USDT")
    assert markets.nearest("btcc") == ("BTC/USDT",)
    assert markets.nearest("SUI") == ("SUI/BTC",)
    assert markets.nearest("ETH/EUR") == ("ETH/BTC", "ETH/USDT")
    assert markets.nearest("q" * 4000) == ()


def test_tickers_that_are_written_in_two_ways_are_one():
    """XBTUSD would be unknown."""
    assert Markets(LISTED, "USDT").split("xbtusd") == ("BTC", "USD")
