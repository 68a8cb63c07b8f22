"""What models turned out not to take."""

import pytest

from engram.core.errors import GiveUpError, QuestionError, TryAgainError
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
