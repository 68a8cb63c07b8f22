"""The last resort."""

import pytest

from engram.chat.rules import RuleBasedFallback
from engram.core.events import Kind, Question


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("text", ["", "hello", "\0", "🚀" * 10_000])
def test_it_answers_everything(kind, text):
    """A message that nobody understands would stay unanswered."""
    (answer,) = RuleBasedFallback().respond(Question(text, kind))
    assert answer.text
    assert answer.source == "rules"


def test_it_gives_no_signal():
    """A guess would look like advice."""
    (answer,) = RuleBasedFallback().respond(Question("BTC", Kind.ANALYSIS))
    assert answer.text.startswith("Signal: HOLD\nConfidence: Low\n")
