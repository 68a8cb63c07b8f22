"""What a server means by refusing."""

import pytest

from engram.core.errors import (
    BusyError,
    Cause,
    GiveUpError,
    NotLoadedError,
    QuestionError,
    TooLongError,
    TryAgainError,
)
from engram.llm.refusals import in_short, is_about_model, refused, reported
from tests.doubles.lmstudio_loading import NO_MODELS


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        ({"type": "api_error", "message": "oops"}, TryAgainError, "api_error: oops"),
        ({"code": 429, "message": "busy"}, BusyError, "429: busy"),
        ({"type": "rate_limit_error"}, BusyError, "rate_limit_error: "),
        ({"code": 404, "message": "no"}, QuestionError, "404: no"),
        ({"code": 403, "message": "no"}, GiveUpError, "403: no"),
        ({"code": "insufficient_quota", "message": "pay"}, GiveUpError, "insufficient_quota: pay"),
        ({"type": "invalid_request_error"}, QuestionError, "invalid_request_error: "),
        ({"type": "authentication_error", "message": "bad key sk-abc"}, GiveUpError,
         "authentication_error: "),
        ({"message": ["x"]}, TryAgainError, "unknown: x"),
        ("oops", TryAgainError, "unknown: oops"),
        (None, TryAgainError, "unknown: "),
    ],
)  # fmt: skip
def test_an_error_in_a_stream_is_named_without_secrets(error, kind, text):
    """The log would not say what is wrong, or show the token."""
    found = reported(error)
    assert type(found) is kind
    assert str(found) == f"it reports {text}"


@pytest.mark.parametrize(
    ("reason", "is_it"),
    [
        ("Failed to load model: insufficient system resources", True),
        ("No models loaded. Please load a model in the developer page.", True),
        ("Model unloaded.", True),
        ("CUDA out of memory", True),
        ("The model has crashed without additional information. (Exit code: 6)", True),
        ("error loading model: unknown model architecture: 'new'", True),
        ("Model is not llm. Please use the embeddings endpoint.", True),
        ("silent for 60 s", False),
        ("overloaded_error", False),
    ],
)
def test_a_model_that_is_not_in_memory_is_known_by_what_servers_say(reason, is_it):
    """One chat's choice of a model that is too large would keep the server from everybody."""
    assert is_about_model(reason) is is_it


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("it answers 404: no such model", "it answers 404: no such model"),
        (
            'it has no model "qwen/qwen3-4b@q8_0"; set it',
            'it has no model "qwen/qwen3-4b@q8_0"; set it',
        ),
        (
            "The model `gpt-5` doesn't exist, so it's off",
            "The model `gpt-5` doesn't exist, so it's off",
        ),
        (
            'it answers 400: bad prompt "I lost my job". Retry',
            "it answers 400: bad prompt …. Retry",
        ),
        ("it answers 400: bad prompt 'I don't sleep'", "it answers 400: bad prompt …"),
        ("it answers 400: bad prompt 'I lost my jo", "it answers 400: bad prompt …"),
        ("bad: “my secret” and «mon secret» and „mein Geheimnis“", "bad: … and … and …"),
        ("bad: '我的秘密'", "bad: …"),
        ("bad input [{'role': 'user', 'content': 'x y'}]", "bad input …"),
        ("it failed (500) prompt:\nI lost my job", "it failed (500) prompt:"),
        ("x" * 300, "x" * 159 + "…"),
        ("", ""),
    ],
)
def test_what_everybody_reads_quotes_nobody(reason, shown):
    """/status would show to all what one of them asked."""
    assert in_short(reason) == shown


def test_an_overflow_in_a_stream_is_one_whatever_its_type():
    """LM Studio calls it an internal error, which would be tried three times."""
    found = reported(
        {
            "type": "internal_error",
            "message": "the context length is 4096 tokens (n_keep: 5211>= n_ctx: 4096)",
        }
    )
    assert isinstance(found, TooLongError)
    assert (found.context, found.counted) == (4096, 5211)


@pytest.mark.parametrize(
    "found",
    [
        refused(404, {"type": "invalid_request_error", "message": NO_MODELS}, None, "T"),
        refused(400, NO_MODELS, None, "T"),
        refused(200, {"type": "invalid_request_error", "message": NO_MODELS}, None, "T"),
        reported({"type": "invalid_request_error", "message": NO_MODELS}),
    ],
)
def test_that_no_model_is_loaded_is_known_in_whatever_form_it_is_said(found):
    """The owner would not be offered to load it."""
    assert type(found) is NotLoadedError
    assert (found.cause, found.model) == (Cause.NOT_LOADED, None)
    assert NO_MODELS[:17] in str(found)
