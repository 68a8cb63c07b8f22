"""What every responder promises, whoever it is."""

import pytest

from engram.chat.chain import FallbackChain
from engram.chat.mock_ai import MockAIAnalyzer
from engram.chat.rules import RuleBasedFallback
from engram.core.events import Finished, Kind, Progress, Question, TextDelta, TextReset
from engram.llm.anthropic import AnthropicClient
from engram.llm.lmstudio import LMStudioClient
from engram.llm.openai import OpenAIClient
from tests.conftest import make_analyst

MAKERS = {
    "lmstudio": lambda use: LMStudioClient(use("lmstudio").url),
    "openai": lambda use: OpenAIClient(use("openai").url),
    "anthropic": lambda use: AnthropicClient(use("anthropic").url),
    "mock": lambda _: MockAIAnalyzer(make_analyst()),
    "rules": lambda _: RuleBasedFallback(),
    "chain": lambda use: FallbackChain([LMStudioClient(use("lmstudio").url), RuleBasedFallback()]),
}


@pytest.fixture(params=MAKERS, ids=str)
def responder(request):
    """One of all responders, each with all that it needs to answer."""
    return MAKERS[request.param](request.getfixturevalue)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("text", ["hello", "BTC/USDT 4h", "?", "🚀\0\x1b[31m", "x" * 50_000])
class TestResponder:
    """One contract for all."""

    def test_it_ends_with_one_answer(self, responder, kind, text):
        """A chat would get no answer, or two."""
        *before, last = responder.respond(Question(text, kind, prompt=text))
        assert isinstance(last, Finished)
        assert last.text.strip()
        assert last.source
        assert all(isinstance(event, TextDelta | TextReset | Progress) for event in before)

    def test_it_has_a_name_and_says_whether_it_is_there(self, responder, kind, text):
        """Logs, figures and the chain could not tell it from the others."""
        assert responder.name.islower()
        assert responder.available is True

    def test_it_can_be_left_at_any_event(self, responder, kind, text):
        """Stopping an answer would break the next one."""
        events = responder.respond(Question(text, kind, prompt=text))
        next(events)
        events.close()
        (*_, last) = responder.respond(Question(text, kind, prompt=text))
        assert isinstance(last, Finished)
