"""The words that decide whether "link" is a coin."""

import pytest

from engram.market.words import speech
from engram.market.words.coin_names import tickers
from engram.market.words.fold import key

SETS = {
    name: value
    for name, value in vars(speech).items()
    if isinstance(value, (frozenset, dict)) and not name.startswith("_")
}
CERTAIN = ["btc", "eth", "sol", "xrp", "doge", "bnb", "ltc", "ada", "dot", "avax", "shib"]


@pytest.mark.parametrize("name", SETS)
def test_words_are_in_the_form_in_which_they_are_looked_up(name):
    """A word with an accent or a capital would stand there and never be found."""
    assert SETS[name]
    for word in SETS[name]:
        assert word == key(word), word
        assert word.split() == [word]


@pytest.mark.parametrize("ticker", CERTAIN)
def test_the_coins_that_everybody_means_are_no_everyday_words(ticker):
    """ "BTC" in a sentence would be taken for a word like any other."""
    assert ticker not in speech.COMMON | speech.BEFORE_THINGS


@pytest.mark.parametrize(
    "word", ["gas", "people", "super", "rare", "me", "quick", "home", "it", "ai",
             "one", "usd", "rsi", "price", "buy"],
)  # fmt: skip
def test_everyday_words_are_no_coins_by_themselves(word):
    """Small talk would be answered with the price of a coin."""
    assert word in speech.NO_TICKERS


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("FILLER", "the ahora jetzt maintenant сейчас 的 por"),
        ("NOUNS", "price precio cotizacion prix preis цена 价格 fiyati harga"),
        ("LINKS", "of de von на"),
        ("VERBS", "buy comprar acheter kaufen купить beli"),
        ("AFTERWARDS", "price chart rsi fiyati"),
        ("AND", "and und y et и ve dan"),
        ("IT", "it"),
        ("MONEY", "usd euros dollars"),
        ("VENUES", "binance kraken bybit"),
        ("PERPETUAL", "perp p"),
    ],
)
def test_each_language_has_its_words(name, words):
    """People who write in it would have to learn English."""
    for word in words.split():
        assert key(word) in SETS[name], word


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("FILLER", "COMMON"), ("TALK", "COMMON"), ("COMMON", "WEAK"), ("COMMON", "NO_TICKERS"),
        ("MARKET_STATES", "STATES"), ("STATES", "TALK"), ("NOUNS", "TALK"), ("VERBS", "DECISIONS"),
        ("BOUGHT", "VERBS"), ("ASKED_FOR", "ASKED"), ("NOUNS", "ASKED"),
    ],
)  # fmt: skip
def test_what_is_looked_up_together_has_all_its_parts(part, whole):
    """A word would be one of a kind in one place, and none in the next."""
    assert SETS[part] <= SETS[whole]


def test_money_is_written_as_exchanges_write_it():
    """ "In dollars" would be asked for as a market in "dollars"."""
    assert all(code == code.upper() for code in speech.MONEY.values())
    assert speech.MONEY["dollars"] == speech.MONEY["usd"] == "USD"


def test_most_coins_can_be_meant_by_their_tickers_alone():
    """With each word that is added fewer coins could be asked for."""
    known = {ticker.lower() for ticker in tickers(words=False)}
    assert len(known & speech.NO_TICKERS) < len(known) / 20
