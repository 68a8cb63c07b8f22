"""/price in a conversation: a line for each market, and what a later question knows of it."""

import re

import pytest

from engram.core.events import Finished, Progress, Stage
from engram.market.prices import MOST
from tests.chat.test_assistant import ANSWER, Model, final, make
from tests.doubles.exchange import candles

# Candles of four hours tell of 22 to 26 hours, as the time of day will have it.
LINE = re.compile(r"(\S+) [\d,.]+ \([+-]\d+\.\d % in 2[2-6] h, Binance, \d\d:\d\d UTC\)")


def markets(text):
    """The markets whose lines have a price, a change and a time."""
    found = [LINE.fullmatch(line) for line in text.splitlines()]
    return [one[1] for one in found if one]


@pytest.mark.parametrize(
    ("said", "priced"),
    [
        (["/price btc eth sol"], ["BTC/USDT", "ETH/USDT", "SOL/USDT"]),
        (["/price of bitcoin, ether and doge please"], ["BTC/USDT", "ETH/USDT", "DOGE/USDT"]),
        (["/price ETH/BTC BTC/EUR"], ["ETH/BTC", "BTC/EUR"]),
        (["/price btc btc BTC/USDT"], ["BTC/USDT"]),
        (["/price btc 1h"], ["BTC/USDT"]),
        (["/analyze ETH 1h", "/price"], ["ETH/USDT"]),
        (["/analyze btc vs eth", "/price"], ["BTC/USDT", "ETH/USDT"]),
        (["price of eth?", "hello", "/price"], ["ETH/USDT"]),
        (["/price btc sol", "/price"], ["BTC/USDT", "SOL/USDT"]),
        (["/price btc", "/price and eth?"], ["ETH/USDT"]),
        (["/price btc moonz"], ["BTC/USDT"]),
        (["/price"], []),
        (["/analyze ETH", "/new", "/price"], []),
    ],
)
def test_the_markets_are_those_that_are_meant(exchange, said, priced):
    """A person would read another market's price, or none."""
    exchange.shape = "walk"
    assistant = make(Model(ANSWER), exchange=exchange)
    *_, last = [final(assistant, text) for text in said]
    assert markets(last) == priced


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("/price", ["Whose price?", "/price BTC ETH SOL"]),
        ("/price btc moonz", ["⚠️ I found no market moonz on Binance."]),
        ("/price btcc", ["Did you mean BTC/USDT?"]),
        ("/price moonz", ["no market moonz"]),
    ],
)
def test_what_is_missing_or_not_found_is_said(exchange, text, parts):
    """A person would believe that a market has no price."""
    answer = final(make(exchange=exchange), text)
    for part in parts:
        assert part in answer


def test_a_market_that_fails_says_so_in_its_line(exchange):
    """One market without a price would hide those of the others."""
    exchange.series["BTC/USDT", "15m"] = candles(1000, "walk", "15m")
    assistant = make(exchange=exchange)
    final(assistant, "/price btc")
    exchange.fail("klines", "451", times=None)
    first, *others = final(assistant, "/price eth btc").splitlines()
    assert first == "⚠️ ETH/USDT: Binance refused requests from here."
    assert markets("\n".join(others)) == ["BTC/USDT"]


def test_markets_beyond_the_tenth_are_named(exchange):
    """A person would miss a market in the list, and not know why."""
    coins = [f"C{number}X" for number in range(MOST + 2)]
    exchange.symbols = [f"{coin}/USDT" for coin in coins]
    answer = final(make(exchange=exchange), "/price " + " ".join(coins))
    assert len(markets(answer)) == MOST
    assert answer.endswith("⚠️ I show 10 prices at a time, so not C10X/USDT, C11X/USDT.")


def test_without_exchanges_it_says_so():
    """A person would search for the right way to write a market."""
    assert "names no exchange" in final(make(), "/price BTC")
    assert "names no exchange" in final(make(), "/price something odd")


def test_the_time_is_the_one_that_the_change_took(exchange):
    """A coin that is two hours old would have a change in 24 hours."""
    exchange.series["BTC/USDT", "15m"] = candles(9, "rising", "15m")
    assert "% in 2 h, Binance" in final(make(exchange=exchange), "/price btc")
    exchange.series["ETH/USDT", "15m"] = candles(1, "rising", "15m")
    assert re.fullmatch(
        r"ETH/USDT [\d.]+ \(Binance, \d\d:\d\d UTC\)", final(make(exchange=exchange), "/price eth")
    )


def test_no_model_is_asked_and_a_later_question_knows_the_prices(exchange):
    """A person would wait for a model, and "and eth?" would be answered out of thin air."""
    model = Model(Finished("Much the same.", "lmstudio", "GLM"))
    assistant = make(model, exchange=exchange)
    progress, price = assistant.reply("1", "/price BTC")
    assert progress == Progress(Stage.FETCHING)
    assert model.questions == []
    final(assistant, "and eth?")
    (question,) = model.questions
    assert [turn.answer for turn in question.history] == [price.text]
    assert "ETH/USDT (4h, Binance) on 20" in question.prompt


def test_what_is_at_hand_is_shown_without_a_word_before_it(exchange):
    """A line that says that data are fetched would flash up, and cost a message of the pace."""
    assistant = make(exchange=exchange)
    final(assistant, "/price btc")
    (answer,) = assistant.reply("1", "/price btc")
    assert markets(answer.text) == ["BTC/USDT"]
