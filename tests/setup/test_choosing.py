"""Which model answers."""

import pytest

from engram.core.model import Model
from engram.setup.choosing import ask_model, named
from engram.setup.looking import Found

MODELS = (
    Model("zai-org/glm-4.7-flash", loaded=True),
    Model("qwen/qwen3-8b"),
    Model("lmstudio-community/qwen3-8b"),
    Model("evil\n[telegram]\napi_url = http://127.0.0.1:9"),
)


@pytest.fixture
def asked(person, capsys):
    """Asks somebody who types these answers; returns what was printed."""

    def ask(*answers, config="", found=None):
        settings = person.settings(config)
        person.answers = [*answers]
        found = found or Found("http://localhost:1234", MODELS, answers=True)
        with person.dialog.step("3"):
            ask_model(person.dialog, person.files, settings, found)
        assert person.answers == []
        return capsys.readouterr().out

    return ask


@pytest.mark.parametrize(
    ("answers", "model"),
    [
        (["1"], "zai-org/glm-4.7-flash"),
        (["2"], "qwen/qwen3-8b"),
        (["QWEN/qwen3-8b"], "qwen/qwen3-8b"),
        (["glm-4.7-flash"], "zai-org/glm-4.7-flash"),
        (["AUTO"], "auto"),
        (["nope", "0", "5", "9" * 5000, "qwen3-8b", "3"], "lmstudio-community/qwen3-8b"),
        (["skip"], "GLM-4.7-flash"),
    ],
)
def test_a_number_or_a_name_chooses(asked, person, answers, model):
    """Whoever mistypes a name would have a bot that no model answers for."""
    printed = asked(*answers)
    assert "1. 🟢 zai-org/glm-4.7-flash\n2. ⚪ qwen/qwen3-8b\n" in printed
    assert person.written.lmstudio.model == model
    if len(answers) > 1:
        assert 'There is no model "nope": type a number, a name, or auto.' in printed
        can = "qwen/qwen3-8b or lmstudio-community/qwen3-8b"
        assert f'"qwen3-8b" can be {can}: type the number.' in printed


@pytest.mark.parametrize(
    ("config", "model"),
    [
        ("", "GLM-4.7-flash"),
        ("[lmstudio]\nmodel = gone", "auto"),
        ("[lmstudio]\nmodel = auto", "auto"),
        ("[lmstudio]\nmodel = qwen3-8b", "qwen3-8b"),
    ],
)
def test_enter_keeps_the_model_or_takes_any_where_it_is_gone(asked, person, config, model):
    """Who just presses Enter would have a bot that no model answers for."""
    asked("", config=config)
    assert person.written.lmstudio.model == model
    assert person.asked[0].endswith(f"[{model}]: ")


def test_a_name_that_cannot_be_written_is_refused(asked, person):
    """A server could have the bot send its token elsewhere."""
    printed = asked("4", "skip")
    assert "config.ini cannot be changed here" in printed
    assert person.files.config.read_text() == ""


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Found("x"), "LM Studio could not be asked for its models; the configured one stays: GLM"),
        (Found("x", closed=True, answers=True), "LM Studio could not be asked for its models"),
        (Found("x", answers=True), "LM Studio has no language model yet: download one there"),
    ],
)
def test_without_a_list_the_configured_one_stays(asked, person, found, said):
    """A machine without LM Studio could not be set up."""
    assert said in asked(found=found)
    assert person.asked == []


def test_a_quantization_is_a_model_of_its_own():
    """Whoever wants the larger file would get the other."""
    variants = ("qwen/qwen3-8b@q4_k_m", "qwen/qwen3-8b@q8_0")
    model = Model("qwen/qwen3-8b", variants=variants, variant=variants[0])
    assert named("qwen3-8b@q8_0", [model]) == ["qwen/qwen3-8b@q8_0"]
