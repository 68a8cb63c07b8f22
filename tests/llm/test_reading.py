"""What the answers of all model servers have in common."""

import pytest

from engram.core.errors import GiveUpError, TryAgainError
from engram.core.model import Model
from engram.llm.catalogue import listed_models
from engram.llm.reading import Usage, reported


def test_models_are_listed_in_their_order():
    """The first one is what answers when none is configured."""
    document = {"object": "list", "data": [{"id": "org/b"}, {"id": "a"}, {"id": 7}, None, {}]}
    assert listed_models(document) == (Model("org/b"), Model("a"))
    assert listed_models({"data": None}) == ()
    assert [model.name for model in listed_models(document)] == ["b", "a"]


@pytest.mark.parametrize("document", [[], {}, {"models": []}, None])
def test_what_is_no_list_of_models_is_explained(document):
    """A wrong address would fail without a reason."""
    with pytest.raises(GiveUpError, match="it lists no models; is it a model server"):
        listed_models(document)


@pytest.mark.parametrize(
    ("error", "hopeless", "kind", "text"),
    [
        ({"type": "api_error", "message": "oops"}, False, TryAgainError, "api_error: oops"),
        ({"code": 429, "message": "busy"}, False, TryAgainError, "429: busy"),
        ({"type": "invalid_request_error"}, True, GiveUpError, "invalid_request_error: "),
        ({"type": "authentication_error", "message": "bad key sk-abc"}, True, GiveUpError,
         "authentication_error: "),
        ({"message": ["x"]}, False, TryAgainError, r"unknown: ['x']"),
    ],
)  # fmt: skip
def test_an_error_in_a_stream_is_named_without_secrets(error, hopeless, kind, text):
    """The log would not say what is wrong, or show the token."""
    found = reported(error, hopeless)
    assert type(found) is kind
    assert str(found) == f"it reports {text}"


def test_the_cost_of_an_answer_is_said_in_words():
    """The owner would not see in the log what is paid for."""
    assert str(Usage(12, 3)) == "12 tokens read, 3 written"
    assert str(Usage()) == "tokens not counted"
