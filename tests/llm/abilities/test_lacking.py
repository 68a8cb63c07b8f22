"""What models turned out not to take."""

import pytest

from engram.core.errors import (
    GiveUpError,
    QuestionError,
    TooLongError,
    TryAgainError,
    WordlessError,
)
from engram.llm.abilities.lacking import Lacking, is_refused
from engram.llm.refusals import RequestRejectedError


def test_each_model_for_itself():
    """A model that thinks would not be asked to, because another one cannot."""
    lacking = Lacking()
    lacking.note("one", "reasoning")
    assert lacking.has("one", "reasoning")
    assert not lacking.has("two", "reasoning")
    assert not lacking.has("one", "grammar")


@pytest.mark.parametrize(
    ("err", "is_about_it"),
    [
        (RequestRejectedError(400, "Unsupported parameter: 'reasoning_effort'"), True),
        (RequestRejectedError(400, "Unknown field", "reasoning_effort"), True),
        (RequestRejectedError(400, "This model does not support Thinking"), True),
        (QuestionError("it reports invalid_request: reasoning_effort is not supported"), True),
        (RequestRejectedError(400, "bad request"), False),
        (TryAgainError("reasoning_effort"), False),
        (GiveUpError("reasoning_effort"), False),
    ],
)
def test_what_a_refusal_is_about(err, is_about_it):
    """A question would go unanswered because of something that it can do without."""
    assert is_refused("reasoning_effort", err, "thinking") is is_about_it


@pytest.mark.parametrize(
    ("value", "message", "other", "is_for_all"),
    [
        ("none", "'reasoning_effort' does not support 'none' with this model.", "high", False),
        ("on", "Reasoning setting 'on' is not supported by model 'm'.", "low", False),
        ("on", "Unsupported parameter: 'reasoning_effort'", "low", True),
        ({"type": "enabled"}, '"thinking.type.enabled" is not supported', {"type": "x"}, False),
        ({"type": "enabled"}, "m does not support thinking", {"type": "disabled"}, True),
        ({"include_usage": True}, "stream_options: Extra inputs", {}, True),
    ],
)
def test_a_refused_value_says_nothing_about_others(value, message, other, is_for_all):
    """A model that cannot do without thinking would not be asked to think more, either."""
    lacking = Lacking()
    lacking.note_value("m", "key", value, RequestRejectedError(400, message))
    assert lacking.has_value("m", "key", value)
    assert lacking.has_value("m", "key", other) is is_for_all
    assert not lacking.has_value("n", "key", value)


@pytest.mark.parametrize(
    ("err", "is_about_it"),
    [
        (RequestRejectedError(404, "Model 'a/Reasoning-7b' was not found"), False),
        (RequestRejectedError(400, "reasoning-7b: reasoning is not supported"), True),
        (WordlessError("it only thought, reasoning on and on"), False),
        (TooLongError("reasoning takes more than the context"), False),
    ],
)
def test_what_only_sounds_like_a_refusal(err, is_about_it):
    """A model would not be asked to think again, because it is called so or has thought long."""
    assert is_refused("reasoning", err, model="a/reasoning-7b") is is_about_it
