"""What is said without a language model."""

import pytest

from engram.events import Finished, Kind, Question
from engram.mock_ai import UNKNOWN, MockAIAnalyzer


@pytest.mark.parametrize(
    ("message", "part"),
    [
        ("hello", "Hello!"),
        ("Good morning!", "Hello!"),
        ("who are you?", "I'm Engram"),
        ("help", "/help lists all commands"),
        ("what can you do", "/analyze BTC 4h"),
        ("thanks a lot", "welcome"),
        ("is LM Studio online?", "/status shows"),
        ("how do I read an analysis?", "How to read an analysis"),
        ("what does confidence mean", "How to read an analysis"),
        ("how much should I risk?", "Position size = amount at risk"),
        ("where do I put the stop-loss", "Position size"),
        ("bitcoin", "/analyze BTC"),
        ("and $sol?", "/analyze SOL"),
        ("bye", "See you"),
        ("", UNKNOWN),
        ("écris-moi un poème", UNKNOWN),
        ("🚀" * 4096, UNKNOWN),
        ("history of philosophy", UNKNOWN),
    ],
)
def test_small_talk_fits_the_message_and_is_always_the_same(message, part):
    """People would get an answer to something else, or another one each time."""
    mock = MockAIAnalyzer()
    assert part in mock.chat(message)
    assert mock.chat(message) == mock.chat(message)


@pytest.mark.parametrize(
    ("prompt", "symbol"),
    [("BTC/USDT 4h", "BTC/USDT"), ("btc", "BTC/USDT"), ("eth-btc", "ETH/BTC"),
     ("please look at bitcoin for me", "BTC/USDT"), ("???", "this market")],
)  # fmt: skip
def test_without_market_data_there_is_no_signal(prompt, symbol):
    """A signal out of thin air would cost somebody money."""
    panel = MockAIAnalyzer().analyze(prompt)
    assert panel.startswith(f"📊 Market Analysis for {symbol}\n")
    assert "Signal: HOLD\nConfidence: Low" in panel
    assert "no market data" in panel


@pytest.mark.parametrize("kind", list(Kind))
def test_an_answer_names_its_source(kind):
    """The note below an answer could not say that rules wrote it."""
    (answer,) = MockAIAnalyzer().respond(Question("BTC", kind))
    assert isinstance(answer, Finished)
    assert answer.source == "mock"
