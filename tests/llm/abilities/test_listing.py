"""The models that LM Studio lists, and what each of them can do."""

import pytest

from engram.core.errors import GiveUpError
from engram.core.model import Model
from engram.llm.abilities.listing import read_models
from tests.doubles.lmstudio import model


def test_language_models_are_listed_with_their_size():
    """Embedding models would be offered for chat."""
    document = {
        "models": [
            {"type": "llm", "key": "zai-org/glm-4.7-flash", "params_string": "30B",
             "quantization": {"name": "Q4_K_M"}, "loaded_instances": [{"id": "a"}]},
            {"type": "embedding", "key": "nomic"},
            {"type": "llm", "key": "qwen/qwen3-8b", "params_string": None, "quantization": None},
            {"type": "llm"}, None, 7,
        ]
    }  # fmt: skip
    glm = Model("zai-org/glm-4.7-flash", "30B", "Q4_K_M", loaded=True, instances=("a",))
    assert read_models(document) == (glm, Model("qwen/qwen3-8b"))


def test_a_model_is_known_by_all_that_the_list_tells():
    """People would choose a model without knowing whether it fits, sees or thinks."""
    entry = model("google/gemma-3-12b", loaded=True, reasoning=True)
    entry["loaded_instances"].append({"id": "google/gemma-3-12b:2", "config": {}})
    entry["capabilities"]["vision"] = True
    entry["variants"] = ["google/gemma-3-12b@q4_k_m", "google/gemma-3-12b@q8_0"]
    entry["selected_variant"] = "google/gemma-3-12b@q4_k_m"
    (found,) = read_models({"models": [entry]})
    assert (found.bytes, found.context, found.longest) == (5_000_000_000, 32_768, 131_072)
    assert found.instances == ("google/gemma-3-12b", "google/gemma-3-12b:2")
    assert (found.vision, found.effort) == (True, "on")
    assert found.efforts == ("off", "low", "medium", "high", "on")
    assert (list(found.variants), found.variant) == (entry["variants"], entry["selected_variant"])


@pytest.mark.parametrize("damage", [None, 7, "?", [None, {}, 7], {"default": 7}, True, -1])
def test_what_is_damaged_in_the_list_is_as_if_it_were_not_told(damage):
    """One entry of another form would take all models away."""
    keys = (
        "loaded_instances", "capabilities", "size_bytes", "max_context_length", "variants",
        "selected_variant", "quantization",
    )  # fmt: skip
    entry = {"type": "llm", "key": "m", **dict.fromkeys(keys, damage)}
    nested = {"capabilities": {"vision": damage, "reasoning": {"allowed_options": damage}}}
    for document in (entry, entry | nested):
        (found,) = read_models({"models": [document]})
        assert found.key == "m"
        assert found.vision in (None, damage)
        assert found.context == 0
        assert (found.efforts, found.instances) == ((), ())


@pytest.mark.parametrize(
    ("instances", "context"),
    [
        ([{"id": "m", "config": {"context_length": 8192}}], 8192),
        ([{"id": "m:2", "config": {"context_length": 4096}},
          {"id": "m", "config": {"context_length": 8192}}], 8192),
        ([{"id": "x", "config": {"context_length": 9000}},
          {"id": "y", "config": {"context_length": 5000}}], 5000),
        ([{"id": "m", "config": {"context_length": "8192"}}], 0),
        ([{"id": "m"}], 0),
    ],
)  # fmt: skip
def test_the_context_is_that_of_the_instance_that_answers(instances, context):
    """A prompt would be sent that does not fit, or much of the context stay unused."""
    entry = {"type": "llm", "key": "m", "loaded_instances": instances}
    assert read_models({"models": [entry]})[0].context == context


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"error": "Unexpected endpoint or method. (GET /api/v1/models)"}, "older than LM Studio"),
        ({"object": "list", "data": []}, "is it LM Studio"),
        ([], "is it LM Studio"),
        ({"models": None}, "is it LM Studio"),
    ],
)
def test_what_is_no_list_of_models_is_explained(document, reason):
    """An old LM Studio would fail without a reason."""
    with pytest.raises(GiveUpError, match=reason):
        read_models(document)
