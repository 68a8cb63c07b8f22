"""What is said without a language model."""

import pytest

from engram.chat.mock_ai import MockAIAnalyzer
from engram.chat.sent.words import NOBODY_LOOKED
from engram.chat.texts import NEEDS_MODEL, NO_MARKETS, WHICH_MARKET
from engram.core.attachments import Picture
from engram.core.events import Finished, Kind, Question
from tests.conftest import make_analyst


@pytest.mark.parametrize(
    ("message", "part"),
    [
        ("hello", "Hello!"),
        ("Hi, can you explain the halving to me?", NEEDS_MODEL),
        ("bitcoin", "/analyze BTC"),
        ("and $sol?", "/analyze SOL"),
        ("", NEEDS_MODEL),
        ("écris-moi un poème", NEEDS_MODEL),
    ],
)
def test_what_needs_a_model_is_told_from_what_does_not(message, part):
    """People would get an answer to something else, or another one each time."""
    mock = MockAIAnalyzer(make_analyst())
    assert part in mock.chat(message)
    assert mock.chat(message) == mock.chat(message)


def test_a_picture_alone_is_not_taken_for_a_question():
    """The next model would be told that the person asked for something else."""
    shown = (Picture("p", 10, 10),)
    (answer,) = MockAIAnalyzer(make_analyst()).respond(Question("", pictures=shown))
    assert answer.text == NOBODY_LOOKED
    (answer,) = MockAIAnalyzer(make_analyst()).respond(Question("hi", pictures=shown, blind="hi"))
    assert answer.text.startswith("Hello!")


@pytest.mark.parametrize(
    ("prompt", "symbol"),
    [("BTC/USDT 4h", "BTC/USDT"), ("btc", "BTC/USDT"), ("eth-btc", "ETH/BTC"),
     ("please look at bitcoin for me", "BTC/USDT")],
)  # fmt: skip
def test_without_market_data_there_is_no_signal(prompt, symbol):
    """A signal out of thin air would cost somebody money."""
    panel = MockAIAnalyzer(make_analyst()).analyze(prompt)
    assert panel.startswith(f"📊 Market Analysis for {symbol} · ")
    assert "Signal: HOLD\nConfidence: Low" in panel
    assert "There is no market data: [market] exchange in config.ini names no exchange." in panel


def test_what_names_no_market_is_asked_back():
    """An analysis of nothing would look like one of something."""
    assert MockAIAnalyzer(make_analyst()).analyze("???") == WHICH_MARKET


def test_with_market_data_the_panel_has_its_numbers(exchange):
    """The fallback would have nothing to say about the market."""
    panel = MockAIAnalyzer(make_analyst(exchange)).analyze("BTC 4h")
    assert "Confidence: Low (" in panel
    assert "BTC/USDT · 4h · Binance\n" in panel


def test_a_market_that_does_not_exist_is_answered_with_those_that_do(exchange):
    """A typing error would end in an apology."""
    answer = MockAIAnalyzer(make_analyst(exchange)).analyze("BTCC")
    assert "Did you mean BTC/USDT?" in answer


@pytest.mark.parametrize("kind", list(Kind))
def test_an_answer_names_its_source(kind):
    """The note below an answer could not say that the rules wrote it."""
    (answer,) = MockAIAnalyzer(make_analyst()).respond(Question("BTC", kind))
    assert isinstance(answer, Finished)
    assert answer.source == "mock"


def test_a_market_that_cannot_be_looked_at_is_answered_all_the_same():
    """A person would get an empty message where no exchange is configured."""
    assert MockAIAnalyzer(make_analyst()).analyze("x" * 50) == NO_MARKETS
