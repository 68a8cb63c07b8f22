"""A conversation of a week, shortened: the whole one is `python -m tests.soak_conversation`."""

import pytest

from tests.soak_conversation import on_double


@pytest.mark.parametrize(
    ("server", "form", "context"),
    [
        ("lmstudio", "event", 4096),
        ("lmstudio", "in mid-stream", 2048),
        ("openai", "llama.cpp", 4096),
        ("openai", "cut", 2048),
        ("anthropic", "Anthropic", 2048),
        ("anthropic", "no figures", 2048),
    ],
)
def test_a_long_conversation_is_answered_to_its_end(server, form, context, exchange):
    """From some question on the rules would answer, for ever."""
    outcome = on_double(server, form, 18, context, exchange)
    assert outcome.failed == []
    assert outcome.asked == 33
    assert outcome.is_good(context)
