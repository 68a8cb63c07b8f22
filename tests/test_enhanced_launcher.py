"""The ten things that the launcher promises, each on real input."""

import importlib
import pkgutil
import threading

import pytest

import engram
from engram.chat.chain import FallbackChain
from engram.chat.mock_ai import MockAIAnalyzer
from engram.chat.rules import RuleBasedFallback
from engram.config.load import load
from engram.core.errors import TryAgainError
from engram.core.events import Finished, Question
from engram.core.stop import Stop
from engram.llm.lmstudio import LMStudioClient
from tests.conftest import OWNER, ROOT, make_analyst, make_bot
from tests.doubles.lmstudio import Answer, Html, Reset
from tests.doubles.lmstudio import Status as HttpStatus
from tests.machine_speed import LONG, ends


@pytest.fixture
def enhanced_bot(telegram, lmstudio, exchange):
    """The bot, wired by hand to both doubles, and its poll loop in a thread."""
    client = LMStudioClient(lmstudio.url, timeout=LONG, max_retries=1)
    mock = MockAIAnalyzer(make_analyst(exchange))
    bot = make_bot(telegram, client, mock, RuleBasedFallback(), exchange=exchange)
    bot.connect()
    polling = threading.Thread(target=bot.poll, daemon=True)
    polling.start()
    yield bot
    bot.stop()
    telegram.stop()
    assert ends(polling, 5)


def test_import_validation():
    """A module that cannot be imported would be found by the first person who needs it."""
    names = [found.name for found in pkgutil.walk_packages(engram.__path__, "engram.")]
    assert "engram.telegram.bot" in names
    for name in names:
        assert importlib.import_module(name).__doc__, name


def test_configuration_loading():
    """The committed configuration would not start the bot."""
    settings = load(ROOT / "config.ini", {"TELEGRAM_CHAT_ID": str(OWNER)})
    assert settings.lmstudio.url == ("http://localhost:1234",)
    assert (settings.lmstudio.timeout, settings.lmstudio.max_retries) == (60, 3)
    assert settings.owners == (OWNER,)


def test_lmstudio_client_initialization(lmstudio):
    """The client would not find a server that is there."""
    client = LMStudioClient(lmstudio.url + "/", timeout=60, max_retries=3)
    assert client.base_url == lmstudio.url
    assert client.available
    assert client.probe()
    assert [model.key for model in client.models] == ["zai-org/glm-4.7-flash", "qwen/qwen3-8b"]


def test_mock_ai_analyzer():
    """Without a model there would be no analysis, or one that is made up."""
    mock = MockAIAnalyzer(make_analyst())
    panel = mock.analyze("BTC 4h")
    assert panel == mock.analyze("BTC 4h")
    assert panel.startswith("📊 Market Analysis for BTC/USDT")
    assert "Signal: HOLD\nConfidence: Low" in panel


def test_mock_ai_chat_responses():
    """Without a model the bot would be mute."""
    mock = MockAIAnalyzer(make_analyst())
    answers = [mock.chat(text) for text in ("hi", "who are you?", "thanks", "position size?")]
    assert len(set(answers)) == 4
    assert mock.chat("hi") == answers[0]


def test_retry_logic_with_exponential_backoff(lmstudio, monkeypatch):
    """A slow model would be given up, or an outage would last for ever."""
    waits = []
    monkeypatch.setattr(Stop, "wait", lambda self, seconds: waits.append(seconds) or ())
    lmstudio.behave(HttpStatus(500), HttpStatus(503), Answer("at last"))
    assert LMStudioClient(lmstudio.url, timeout=60, max_retries=3).query("hi") == "at last"
    assert waits == [1, 2]
    lmstudio.behave(HttpStatus(500))
    with pytest.raises(TryAgainError):
        list(LMStudioClient(lmstudio.url, timeout=60, max_retries=3).respond(Question("hi")))
    assert waits == [1, 2, 1, 2]


def test_fallback_mechanism(lmstudio):
    """A model server that goes away would leave people unanswered."""
    client = LMStudioClient(lmstudio.url, max_retries=1)
    chain = FallbackChain([client, MockAIAnalyzer(make_analyst()), RuleBasedFallback()])
    sources = []
    for change in (lambda: None, lmstudio.stop, lambda: (lmstudio.start(), client.probe())):
        change()
        sources += [e.source for e in chain.respond(Question("hi")) if isinstance(e, Finished)]
    assert sources == ["lmstudio", "mock", "lmstudio"]


def test_enhanced_bot_initialization(enhanced_bot, telegram):
    """The bot would not know its own name, or have no menu."""
    assert enhanced_bot.name == "engram_test_bot"
    telegram.wait_for(lambda: telegram.commands)
    assert {"analyze", "status", "help"} <= {name for name, _ in telegram.commands}


def test_message_processing_logic(enhanced_bot, telegram, lmstudio):
    """A question, a command and an analysis would get the wrong kind of answer."""
    lmstudio.behave(Answer("Calm."))
    telegram.say(OWNER, "How is the market?")
    telegram.wait_for_text(OWNER, "Calm.\n\n💡 Powered by LMStudio")
    telegram.say(OWNER, "/analyze btc 4h")
    telegram.wait_for_text(OWNER, "🤖 AI Analysis for BTC/USDT (4h, Binance)\n\nCalm.")
    telegram.say(OWNER, "/status")
    telegram.wait_for_text(OWNER, "🟢 LMStudio Connected - AI-powered responses")
    assert "Analyse BTC/USDT (4h)" in lmstudio.chats[1].body["input"]


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (Html(), "LMStudio unavailable"),
        (Reset(), "LMStudio unavailable"),
        (HttpStatus(500), "LMStudio unavailable"),
        (HttpStatus(404), "the model could not answer this one"),
    ],
)
def test_error_handling(enhanced_bot, telegram, lmstudio, failure, why):
    """A person would read an error, or nothing."""
    lmstudio.behave(failure)
    telegram.say(OWNER, "hello")
    shown = telegram.wait_for_text(OWNER, f"({why})")
    assert shown.text.startswith("Hello! I'm Engram.")
    assert len(telegram.screen(OWNER)) == 1
