"""The models that a server lists, and which of them a name means."""

import pytest

from engram.core.errors import GiveUpError, NoModelError
from engram.core.model import Model
from engram.llm.catalogue import answering, each, keyed, listed_models, matching

GLM = Model("zai-org/glm-4.7-flash", "30B", "Q4_K_M", loaded=True)
OTHER_GLM = Model("lmstudio-community/glm-4.7-flash")
QWEN = Model("qwen/qwen3-8b")
MODELS = (QWEN, OTHER_GLM, GLM)
GEMMA = Model(
    "google/gemma-3",
    quantization="Q4_K_M",
    loaded=True,
    context=8192,
    instances=("google/gemma-3", "google/gemma-3@q8_0:2"),
    bytes=8_000_000_000,
    variants=("google/gemma-3@q4_k_m", "google/gemma-3@q8_0", "google/gemma-3@q2_k"),
    variant="google/gemma-3@q4_k_m",
)


def test_models_are_listed_in_their_order():
    """The first one is what answers when none is configured."""
    document = {"object": "list", "data": [{"id": "org/b"}, {"id": "a"}, {"id": 7}, None, {}]}
    assert listed_models(document) == (Model("org/b"), Model("a"))
    assert listed_models({"data": None}) == ()


@pytest.mark.parametrize(
    ("told", "vision"),
    [
        ({}, None),
        ({"architecture": {"input_modalities": ["text"]}}, False),
        ({"architecture": {"input_modalities": ["text", "image"]}}, True),
        ({"architecture": {"input_modalities": []}}, None),
        ({"architecture": None, "capabilities": {"vision": True}}, True),
        ({"capabilities": {"vision": False}}, False),
        ({"capabilities": ["completion"]}, None),
    ],
)
def test_some_lists_tell_who_can_look_at_pictures(told, vision):
    """A model without eyes would be sent pictures, or one that sees none."""
    (model,) = listed_models({"data": [{"id": "a", **told}]})
    assert model.vision is vision


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


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("qwen/qwen3-4b", ["qwen/qwen3-4b"]),
        ("qwen3-4b", ["qwen/qwen3-4b"]),
        ("QWEN3-4B-2507", ["qwen/qwen3-4b-2507"]),
        ("gemma-3@q4_k_m", ["google/gemma-3@q4_k_m"]),
        ("google/gemma-3@Q8_0", ["google/gemma-3@q8_0"]),
        ("gemma-3", ["google/gemma-3@q8_0", "google/gemma-3@q4_k_m"]),
        ("google/gemma-3", ["google/gemma-3@q8_0", "google/gemma-3@q4_k_m"]),
        ("qwen/qwen3-4b@q6_k", ["qwen/qwen3-4b"]),
        ("zai-org/local", ["local"]),
        ("local@q4_0", ["local"]),
        ("me/local-2", ["local-2"]),
    ],
)
def test_the_model_that_is_named_best_is_meant(wanted, found):
    """A model with a similar name would answer instead of the one that was asked for."""
    keys = [
        "qwen/qwen3-4b-2507", "qwen/qwen3-4b", "google/gemma-3@q4_k_m", "google/gemma-3@q8_0",
        "local", "local-2", "other/local-2@q4_0",
    ]  # fmt: skip
    listed = [Model(key, loaded=key.endswith("q8_0")) for key in keys]
    assert [model.key for model in matching(wanted, listed)] == found


@pytest.mark.parametrize(
    "wanted", ["glm", "other/glm-4.7-flash", "llama", "qwen3", "qwen3-8", "8b", "qwen/", ""]
)
def test_a_model_that_is_missing_is_answered_with_those_that_exist(wanted):
    """The owner would have to guess what to write into config.ini."""
    with pytest.raises(GiveUpError, match=rf'no model "{wanted}".*zai-org/glm-4.7-flash'):
        matching(wanted, MODELS)


def test_another_quantization_is_another_model():
    """Somebody who chose the large one for its quality would be answered by the small one."""
    with pytest.raises(GiveUpError, match="no model"):
        matching("gemma-3@q8_0", [Model("google/gemma-3@q4_k_m")])


def test_a_server_without_models_says_so():
    """A fresh LM Studio would look broken."""
    with pytest.raises(GiveUpError, match="download one"):
        matching("auto", [])


@pytest.mark.parametrize(
    ("wanted", "key", "loaded"),
    [
        ("gemma-3", "google/gemma-3", True),
        ("gemma-3@q4_k_m", "google/gemma-3", True),
        ("GEMMA-3@Q8_0", "google/gemma-3@q8_0", True),
        ("google/gemma-3@q2_k", "google/gemma-3@q2_k", False),
    ],
)
def test_a_quantization_of_a_model_is_found_by_its_name(wanted, key, loaded):
    """Somebody who named the better quantization would be answered by the one in use."""
    (found,) = matching(wanted, (GEMMA, GLM))
    assert (found.key, found.loaded) == (key, loaded)
    assert keyed(key, (GEMMA, GLM)) == found


def test_a_quantization_that_a_model_does_not_have_is_not_found():
    """Another one than was named would answer, and nobody notice."""
    with pytest.raises(NoModelError, match="no model"):
        matching("gemma-3@q6_k", (GEMMA,))


def test_the_quantization_in_use_is_the_model_itself():
    """It would be asked for by another key than it is loaded by, and be loaded twice."""
    assert keyed("google/gemma-3@q4_k_m", (GEMMA,)) == GEMMA
    assert [model.key for model in each((GEMMA, GLM))] == [
        GEMMA.key, GLM.key, "google/gemma-3@q8_0", "google/gemma-3@q2_k",
    ]  # fmt: skip
    assert keyed("", (GEMMA, GLM)) is None
    better = keyed("google/gemma-3@q8_0", (GEMMA,))
    assert (better.quantization, better.bytes, better.context) == ("Q8_0", 0, 8192)
    assert better.instances == ("google/gemma-3@q8_0:2",)


@pytest.mark.parametrize(
    ("instance", "answers"),
    [
        ("zai-org/glm-4.7-flash", GLM),
        ("zai-org/glm-4.7-flash:2", GLM),
        ("glm-4.7-flash", GLM),
        ("GLM-4.7-Flash@q4_k_m", GLM),
        ("", GLM),
        ("somebody's own name", GLM),
        ("qwen/qwen3-8b", QWEN),
        ("qwen3-8b:3", QWEN),
        ("google/gemma-3", GEMMA),
        ("google/gemma-3@q8_0:2", GEMMA),
        ("named", Model("x/y", instances=("named",))),
    ],
)
def test_it_is_known_which_model_has_really_answered(instance, answers):
    """An answer would be ascribed to a model that did not give it."""
    models = (QWEN, OTHER_GLM, GLM, GEMMA, Model("x/y", instances=("named",)))
    assert answering(instance, GLM, models) == answers
