"""What every responder promises, whoever it is."""

import contextlib

import pytest

from engram.chat.chain import FallbackChain
from engram.chat.mock_ai import MockAIAnalyzer
from engram.chat.rules import RuleBasedFallback
from engram.core.errors import BlindError
from engram.core.events import (
    FellBack,
    Finished,
    Kind,
    Progress,
    Question,
    TextDelta,
    TextReset,
    Turn,
)
from engram.llm.anthropic import AnthropicClient
from engram.llm.lmstudio import LMStudioClient
from engram.llm.openai import OpenAIClient
from tests.conftest import make_analyst
from tests.pictures import a_picture

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


CHART = a_picture(64, 48)
SENT = {
    "a picture": {"pictures": (CHART,)},
    "a picture and words": {"pictures": (CHART,), "blind": "what is it?"},
    "pictures, one of them gone": {"pictures": (a_picture(there=False), CHART), "blind": "hm"},
    "a file": {"enclosed": "a line\n" * 30_000},
    "all of them": {"pictures": (CHART,) * 4, "blind": "hm", "enclosed": "x", "brief": "hm"},
    "a picture before": {"history": (Turn("[a picture]", "A chart.", (CHART,)),)},
}


@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
class TestResponderWithPictures:
    """One contract for all, whether they can look or not."""

    def test_it_ends_with_one_answer(self, responder, sent):
        """Whoever sends a picture or a file would get no answer, or two."""
        question = Question("what is it?", **sent)
        try:
            *before, last = responder.respond(question)
        except BlindError:
            # Nothing is left to ask.
            assert question.pictures
            assert not question.blind
            return
        assert isinstance(last, Finished)
        assert last.text.strip()
        assert not last.blind or (question.pictures and question.blind)
        assert last.unread == 0 or question.enclosed
        allowed = (TextDelta, TextReset, Progress, FellBack)
        assert all(isinstance(event, allowed) for event in before)

    def test_it_answers_words_after_that(self, responder, sent):
        """One picture would break the server for everybody."""
        with contextlib.suppress(BlindError):
            list(responder.respond(Question("what is it?", **sent)))
        (*_, last) = responder.respond(Question("hello"))
        assert last.text.strip()
        assert not last.blind
