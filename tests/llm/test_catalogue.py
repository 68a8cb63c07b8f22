"""The models that a server lists, and which of them a name means."""

import pytest

from engram.core.errors import GiveUpError
from engram.core.model import Model
from engram.llm.catalogue import listed_models, matching

GLM = Model("zai-org/glm-4.7-flash", "30B", "Q4_K_M", loaded=True)
OTHER_GLM = Model("lmstudio-community/glm-4.7-flash")
QWEN = Model("qwen/qwen3-8b")
MODELS = (QWEN, OTHER_GLM, GLM)


def test_models_are_listed_in_their_order():
    """The first one is what answers when none is configured."""
    document = {"object": "list", "data": [{"id": "org/b"}, {"id": "a"}, {"id": 7}, None, {}]}
    assert listed_models(document) == (Model("org/b"), Model("a"))
    assert listed_models({"data": None}) == ()


@pytest.mark.parametrize("document", [[], {}, {"models": []}, None])
def test_what_is_no_list_of_models_is_explained(document):
    """A wrong address would fail without a reason."""
    with pytest.raises(GiveUpError, match="it lists no models; is it a model server"):
        listed_models(document)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("GLM-4.7-flash", [GLM, OTHER_GLM]),
        ("zai-org/GLM-4.7-Flash", [GLM]),
        ("lmstudio-community/glm-4.7-flash", [OTHER_GLM]),
        ("qwen3-8b", [QWEN]),
        ("auto", [GLM, QWEN, OTHER_GLM]),
        ("AUTO", [GLM, QWEN, OTHER_GLM]),
    ],
)
def test_a_model_is_found_as_people_write_it(wanted, found):
    """People would have to copy the key letter by letter."""
    assert matching(wanted, MODELS) == found


@pytest.mark.parametrize("wanted", ["glm", "other/glm-4.7-flash", "llama"])
def test_a_model_that_is_missing_is_answered_with_those_that_exist(wanted):
    """The owner would have to guess what to write into config.ini."""
    with pytest.raises(GiveUpError, match=rf'no model "{wanted}".*zai-org/glm-4.7-flash'):
        matching(wanted, MODELS)


def test_a_server_without_models_says_so():
    """A fresh LM Studio would look broken."""
    with pytest.raises(GiveUpError, match="download one"):
        matching("auto", [])
