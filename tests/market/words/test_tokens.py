"""A text -> its words, and which of them may be markets, money or a timeframe."""

import pytest

from engram.market.words.fold import fold
from engram.market.words.markets import Markets
from engram.market.words.tokens import words

LISTED = ["BTC/USDT", "ETH/USDT", "ETH/BTC", "SOL/USDT", "BTC/EUR", "PEPE/USDT", "A/USDT",
          "LINK/USDT", "BCH/USDT", "GAS/USDT", "USDC/USDT"]  # fmt: skip
MARKETS = Markets(LISTED, "USDT")


def read(text, markets=MARKETS):
    """What each word of `text` means: a symbol, a timeframe, or itself."""
    return [word.timeframe or word.symbol or word.low for word in words(fold(text), markets)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("btc", ["BTC/USDT"]),
        ("$pepe", ["PEPE/USDT"]),
        ("#btc", ["BTC/USDT"]),
        ("BTC/USDT", ["BTC/USDT"]),
        ("btc / usdt", ["BTC/USDT"]),
        ("btc-usd", ["BTC/USDT"]),
        ("btc_usdt", ["BTC/USDT"]),
        ("BTCUSDT", ["BTC/USDT"]),
        ("BTCUSDT.P", ["BTC/USDT"]),
        ("BTC-PERP", ["BTC/USDT"]),
        ("BTC/USDT:USDT", ["BTC/USDT"]),
        ("BINANCE:BTCUSDT", ["BTC/USDT"]),
        ("ethbtc", ["ETH/BTC"]),
        ("eth/btc", ["ETH/BTC"]),
        ("btc in euros", ["BTC/EUR"]),
        ("btc eur", ["BTC/EUR"]),
        ("btc eth sol", ["BTC/USDT", "ETH/USDT", "SOL/USDT"]),
        ("bitcoin cash daily", ["BCH/USDT", "1d"]),
        ("btc4h", ["BTC/USDT", "4h"]),
        ("ethusdt15m", ["ETH/USDT", "15m"]),
        ("btc 4 hours", ["BTC/USDT", "4h"]),
        ("xbt", ["BTC/USDT"]),
        ("1.5h is long", ["1.5h", "is", "long"]),
        ("биткоин", ["BTC/USDT"]),
        ("", []),
        ("...!?", []),
    ],
)
def test_the_words_of_a_text(text, expected):
    """A spelling that exchanges use would not be understood, or as another market."""
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("$link", True), ("link", False), ("LINK/USDT", True), ("linkusdt", True), ("gas", False),
        ("#gas", False), ("$gas", True), ("bitcoin", True), ("btc", True), ("chainlink", True),
        ("a", False), ("btc4h", True), ("KRAKEN:LINK", True), ("linkperp", True),
    ],
)  # fmt: skip
def test_what_means_a_market_whatever_stands_around_it(text, sure):
    """ "Link me the docs" would be answered with the price of Chainlink."""
    (word, *_) = words(fold(text), MARKETS)
    assert word.is_market
    assert word.is_sure is sure


@pytest.mark.parametrize(
    ("text", "meant"),
    [("the Foo/USDT", "Foo"), ("FOOUSDT", "FOO"), ("BTC/GBP", "BTC/GBP"), ("$foo", "foo")],
)
def test_what_is_not_listed_is_named_as_it_was_written(text, meant):
    """The answer would name a market that nobody wrote."""
    (word,) = (word for word in words(fold(text), MARKETS) if word.is_sure)
    assert not word.is_market
    assert word.meant == meant


@pytest.mark.parametrize(
    "text",
    ["Coin: BTC", "12:30", "btc.d", "what about:sol", "a perpetual motion", "1/2", "btc/eth/sol"],
)
def test_what_is_no_pair_is_read_without_harm(text):
    """A colon or a slash would join what does not belong together."""
    found = words(fold(text), MARKETS)
    assert all(word.symbol in ("", *LISTED) for word in found)
    assert {word.symbol for word in found if word.is_sure} <= {
        "",
        "BTC/USDT",
        "ETH/USDT",
        "SOL/USDT",
    }


def test_the_dominance_of_bitcoin_is_no_market():
    """Its price would be answered in place of its dominance."""
    (word,) = words(fold("btc.d"), MARKETS)
    assert (word.symbol, word.meant, word.is_sure) == ("", "btc.d", True)


@pytest.mark.parametrize("text", ["buy BTC/USDT now", "  btc4h!", "ĐOGE btc", "x" * 50 + " btc"])
def test_words_know_where_they_stand(text):
    """What is quoted to a person would be another part of the text."""
    folded = fold(text)
    end = 0
    for word in words(folded, MARKETS):
        assert end <= word.start < word.end <= len(folded.low)
        assert folded.low[end : word.start].endswith(word.before)
        end = word.end


def test_without_a_list_well_known_coins_are_taken_to_exist():
    """Right after the start nobody would get an answer about Bitcoin."""
    unknown = Markets([], "USDT", complete=False)
    assert read("btc", unknown) == ["BTC/USDT"]
    assert read("btc", Markets([], "USDT")) == ["btc"]
