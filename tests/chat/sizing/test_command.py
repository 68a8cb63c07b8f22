"""/size in a conversation: for which market, and what a later question knows of it."""

import pytest

from engram.chat.commands import argument_of
from engram.chat.sizing.command import stands_alone
from engram.chat.sizing.request import EXAMPLE
from engram.chat.turns.said import Said
from engram.core.events import Finished, Progress, Stage
from tests.chat.test_assistant import ANSWER, Model, final, make
from tests.conftest import make_analyst
from tests.doubles.exchange import candles


def heading(text):
    return text.split("\n")[0]


@pytest.mark.parametrize(
    ("said", "about"),
    [
        (["/size 10000 1% BTC"], "BTC/USDT (4h, Binance)"),
        (["/size btc 10k 0.5% 1h"], "BTC/USDT (1h, Binance)"),
        (["/size 10000 1% BTC 60"], "BTC/USDT (1h, Binance)"),
        (["/size 10000 1% position in ether on the daily please"], "ETH/USDT (1d, Binance)"),
        (["/size 0.5 1% ETH/BTC"], "ETH/BTC (4h, Binance)"),
        (["/analyze ETH 1h", "/size 10000 1%"], "ETH/USDT (1h, Binance)"),
        (["/analyze ETH 1h", "/size 10000 1% daily"], "ETH/USDT (1d, Binance)"),
        (["/analyze ETH 1h", "/size 1% of my 10000 account"], "ETH/USDT (1h, Binance)"),
        (["/analyze ETH 1h", "/size 10000 1% sol"], "SOL/USDT (4h, Binance)"),
        (["price of eth?", "hello", "/size 10000 1%"], "ETH/USDT (4h, Binance)"),
        (["/size 10000 1% sol 1h", "/size 10000 2%"], "SOL/USDT (1h, Binance)"),
        (["/analyze ETH", "/size 10000 1% sol", "/analyze 1h"], "SOL/USDT"),
    ],
)
def test_the_market_is_the_one_that_is_meant(exchange, said, about):
    """A person would size another market than they look at."""
    assistant = make(Model(ANSWER), exchange=exchange)
    *_, last = [final(assistant, text) for text in said]
    assert about in heading(last)


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        (["/size"], ["two figures", EXAMPLE]),
        (["/size 10000 1%"], ["Which market is it for?", EXAMPLE]),
        (["/size 10000 1% daily"], ["Which market is it for?", EXAMPLE]),
        (["/analyze ETH", "/new", "/size 10000 1%"], ["Which market is it for?", EXAMPLE]),
        (["/analyze ETH", "/size 10000 1% moonz"], ["no market moonz on Binance", EXAMPLE]),
        (["price of HYPE?", "/size 10000 1%"], ["no market HYPE on Binance", EXAMPLE]),
        (["/size 10000 1% btcc"], ["Did you mean BTC/USDT", EXAMPLE]),
        (["/size 10000 1% BTC 7m"], ["There are no 7m candles. Did you mean", EXAMPLE]),
        (["/size 10000 1% btc sol"], ["BTC/USDT or SOL/USDT", EXAMPLE]),
        (["/analyze btc sol", "/size 10000 1%"], ["BTC/USDT or SOL/USDT"]),
        (["/size 10000 1% BTC moonz"], ["for BTC/USDT (4h", "⚠️ I found no market moonz"]),
        (["/size 10000 lots BTC"], ["I found 1: 10000", "/size 10000 100 BTC"]),
    ],
)  # fmt: skip
def test_what_is_missing_or_not_understood_is_said(exchange, said, parts):
    """A person would get a size for something that they did not ask for, or an error."""
    assistant = make(Model(ANSWER), exchange=exchange)
    *_, last = [final(assistant, text) for text in said]
    for part in parts:
        assert part in last


def test_no_model_is_asked_and_a_later_question_knows_the_figures(exchange):
    """A person would wait for a model, and "and with 2 %?" would be answered out of thin air."""
    model = Model(Finished("Twice as much.", "lmstudio", "GLM"))
    assistant = make(model, exchange=exchange)
    progress, size = assistant.reply("1", "/size 10000 1% BTC 4h")
    assert progress == Progress(Stage.FETCHING)
    assert model.questions == []
    final(assistant, "should I buy it?")
    (question,) = model.questions
    assert [turn.answer for turn in question.history] == [size.text]
    assert "BTC/USDT (4h, Binance) on" in question.prompt


def test_the_models_numbers_are_checked_against_the_size(exchange):
    """A model that repeats the size would be said to have invented it."""
    exchange.shape = "walk"
    assistant = make(Model(ANSWER), exchange=exchange)
    size = final(assistant, "/size 10000 1% BTC")
    amount = size.split(" = ")[2].split(" BTC")[0]
    model = Model(Finished(f"So {amount} BTC, or 31,415.93 USDT.", "lmstudio", "GLM"))
    assistant = make(model, exchange=exchange)
    final(assistant, "/size 10000 1% BTC")
    answer = final(assistant, "should I buy it?")
    assert "⚠️ Not in the data: 31,415.93" in answer


@pytest.mark.parametrize(
    ("rows", "parts"),
    [
        ("flat", ["no position size for BTC/USDT (4h, Binance)", "stands still", "1d"]),
        ("few", ["too few for a signal", "another market or timeframe", EXAMPLE]),
        ("down", ["Binance refused requests from here.", "no size", "again in a moment"]),
    ],
)
def test_where_nothing_can_be_measured_it_says_why(exchange, rows, parts):
    """A person would be told to buy without end, or nothing at all."""
    if rows == "down":
        exchange.fail("klines", "451", times=None)
    else:
        made = candles(1000, "flat" if rows == "flat" else "walk", "4h")
        exchange.series["BTC/USDT", "4h"] = made[-50:] if rows == "few" else made
    answer = final(make(exchange=exchange), "/size 10000 1% BTC 4h")
    for part in parts:
        assert part in answer


def test_without_exchanges_it_says_so():
    """A person would search for the right way to write a market."""
    assert "names no exchange" in final(make(), "/size 10000 1% BTC")


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("/size 10000 1% BTC", True),
        ("/size 10000 1%", False),
        ("/size 10000 1% 4h", False),
        ("/size", True),
    ],
)
def test_whether_it_matters_what_was_said_before(exchange, text, alone):
    """A size would wait for a model's answer that cannot change it, or not for one that can."""
    analyst = make_analyst(exchange)
    analyst.topic_of_command("btc", Said)
    assert stands_alone(analyst, argument_of(text)) is alone
