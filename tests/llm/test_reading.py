"""What the events of all model servers have in common."""

import pytest

from engram.core.errors import GiveUpError, TryAgainError
from engram.llm.reading import Usage, reported


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        ({"type": "api_error", "message": "oops"}, TryAgainError, "api_error: oops"),
        ({"code": 429, "message": "busy"}, TryAgainError, "429: busy"),
        ({"code": 404, "message": "no"}, GiveUpError, "404: no"),
        ({"code": "insufficient_quota", "message": "pay"}, GiveUpError, "insufficient_quota: pay"),
        ({"type": "invalid_request_error"}, GiveUpError, "invalid_request_error: "),
        ({"type": "authentication_error", "message": "bad key sk-abc"}, GiveUpError,
         "authentication_error: "),
        ({"message": ["x"]}, TryAgainError, r"unknown: ['x']"),
        ("oops", TryAgainError, "unknown: oops"),
        (None, TryAgainError, "unknown: "),
    ],
)  # fmt: skip
def test_an_error_in_a_stream_is_named_without_secrets(error, kind, text):
    """The log would not say what is wrong, or show the token."""
    found = reported(error)
    assert type(found) is kind
    assert str(found) == f"it reports {text}"


def test_the_cost_of_an_answer_is_said_in_words():
    """The owner would not see in the log what the answers cost."""
    assert str(Usage(12, 3)) == "12 tokens read, 3 written"
    assert str(Usage()) == "tokens not counted"
