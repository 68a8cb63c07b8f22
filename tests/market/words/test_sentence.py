"""Which words of a sentence mean markets."""

import pytest

from engram.market.words.fold import fold
from engram.market.words.markets import Markets
from engram.market.words.sentence import markets_spoken_of
from engram.market.words.tokens import words
from tests.growth import is_in_proportion

MARKETS = Markets(
    [f"{base}/USDT" for base in ("BTC", "ETH", "SOL", "LINK", "GAS", "NEAR", "OP", "ONE", "PEOPLE",
                                 "SUPER", "XLM", "ADA", "MASK", "KEY", "RARE", "DOT", "AI")],
    "USDT",
)  # fmt: skip


def spoken(text):
    """The listed markets of `text`, and what is meant as one and not listed."""
    found = markets_spoken_of(words(fold(text), MARKETS))
    return [word.base for word in found.listed], [word.meant for word in found.unlisted]


@pytest.mark.parametrize(
    ("text", "bases"),
    [
        ("what about btc today?", ["BTC"]),
        ("is LINK a buy?", ["LINK"]),
        ("price of link", ["LINK"]),
        ("link chart please", ["LINK"]),
        ("should I buy link or sol?", ["LINK", "SOL"]),
        ("LINK looks bullish", ["LINK"]),
        ("link 4h", ["LINK"]),
        ("$people is pumping", ["PEOPLE"]),
        ("btc, eth and link", ["BTC", "ETH", "LINK"]),
        ("btc vs link", ["BTC", "LINK"]),
        ("will link flip eth?", ["LINK", "ETH"]),
        ("can link hit 30?", ["LINK"]),
        ("how is dot doing, is dot worth buying?", ["DOT"]),
        ("analyze near", ["NEAR"]),
        ("NEAR is oversold", ["NEAR"]),
        ("precio de link", ["LINK"]),
        ("soll ich link kaufen? LINK sieht gut aus", ["LINK"]),
    ],
)
def test_a_word_that_is_said_of_a_market_is_one(text, bases):
    """A question about a coin would be answered as small talk."""
    assert list(dict.fromkeys(spoken(text)[0])) == bases


@pytest.mark.parametrize(
    "text",
    [
        "link me the docs",
        "send me the link",
        "send my link daily",
        "click the link or the button",
        "Ada is my sister",
        "what is the key to success?",
        "people say it is near",
        "gas prices are high at the station",
        "one of us has to go",
        "SUPER COOL, I LIKE THAT",
        "that is super",
        "wear a mask",
        "it is rare to see that",
        "the file is link-2.txt",
        "is GLM-4 an AI?",
        "hello, how are you?",
        "they are bullish on it",
    ],
)
def test_everyday_words_are_no_markets(text):
    """Small talk would be answered with the price of a coin."""
    assert spoken(text) == ([], [])


@pytest.mark.parametrize(
    ("text", "unlisted"),
    [
        ("price of FOO", ["FOO"]),
        ("price of foo", ["foo"]),
        ("should I buy FOO?", ["FOO"]),
        ("FOO chart", ["FOO"]),
        ("what about FOO/USDT?", ["FOO"]),
        ("$foo is pumping", ["foo"]),
        ("btc and FOO", ["FOO"]),
        ("I have $5k", []),
        ("the CEO of NASA said so", []),
        ("price of the house", []),
        ("buy me a coffee", []),
        ("WHAT IS GOING ON HERE", []),
        ("USD or EUR?", []),
        ("I think foo is nice", []),
    ],
)
def test_what_no_exchange_lists_is_named_if_it_is_meant_as_a_market(text, unlisted):
    """A person would get the figures of another market, or be asked about their coffee."""
    assert spoken(text)[1] == unlisted


@pytest.mark.parametrize(
    ("text", "bases"),
    [
        ("btc. link me the docs", ["BTC"]),
        ("I like btc and link me up", ["BTC"]),
        ("btc pump", ["BTC"]),
        ("btc and the link", ["BTC"]),
        ("buy btc; gas is cheap", ["BTC"]),
    ],
)
def test_a_word_beside_a_market_is_not_one_for_that(text, bases):
    """A second market would be compared that nobody has asked about."""
    assert spoken(text)[0] == bases


def test_a_long_text_takes_no_long_time():
    """One long message would hold the bot for minutes."""
    for part in ("btc and ", "link or ", "price of foo ", "is LINK "):

        def case(length, text=part * 500):
            return lambda: markets_spoken_of(words(fold(text[:length]), MARKETS))

        assert is_in_proportion(case, 500 * len(part))
