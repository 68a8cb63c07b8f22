"""What Engram says of the language models and their servers."""

from dataclasses import replace

import pytest

from engram.chat.model_texts import (
    AS_CONFIGURED,
    MODELS_SHOWN,
    last_day,
    model_buttons,
    models,
    status,
)
from engram.chat.texts import BUTTON_BYTES
from engram.core.model import Model, ServerStatus, Status
from engram.storage.statistics import Pace, Rates

GLM = Model("zai-org/glm-4.7-flash", "30B", "Q4_K_M", loaded=True)
QWEN = Model("qwen/qwen3-8b", "8B")


def test_some_of_the_models_keep_their_numbers():
    """Whoever types the number that stands there would get another model."""
    assert "\n2. ⚪ qwen/qwen3-8b" in models([QWEN], listed=[GLM, QWEN])


def test_where_nothing_is_loaded_on_demand_the_list_does_not_promise_it():
    """Somebody would wait for a model that no question loads."""
    assert "⚪ loaded by the first question" in models([QWEN])
    server = ServerStatus(Status.CONNECTED, "LMStudio", on_demand=False)
    assert "(🟢 loaded, ⚪ not loaded):" in models([QWEN], server=server)


def test_the_status_names_the_model_that_really_answers():
    """Somebody would judge one model by the answers of another."""
    server = ServerStatus(Status.CONNECTED, "LMStudio", "qwen3-8b", stand_in="glm-4.7-flash")
    _, model, other, here, *_ = status(server, Rates(), Pace(), 0.0, 0, "phi-4").split("\n")
    assert model == "Model: qwen3-8b"
    assert other == "It is not loaded, so glm-4.7-flash answered last."
    assert here == "Chosen here with /models: phi-4"


def test_the_models_are_listed_with_what_matters_for_choosing():
    """Nobody could tell which model answers soon."""
    text = models([GLM, QWEN], "glm-4.7-flash")
    assert "1. 🟢 zai-org/glm-4.7-flash · 30B · Q4_K_M" in text
    assert "2. ⚪ qwen/qwen3-8b · 8B" in text
    assert "\nglm-4.7-flash answers this chat.\n" in text
    assert text.endswith(
        "/models and its number, or /models as-configured for the one in config.ini."
    )
    assert "answers this chat.\n⚠️ It can be two.\n" in models([GLM], "glm", "It can be two.")
    assert "No model can be chosen right now" in models([], "")


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"bytes": 12_100_000_000}, "⚪ m · 12.1 GB"),
        ({"loaded": True, "context": 8192, "longest": 131_072}, "🟢 m · 8,192 of 131,072 tokens"),
        ({"loaded": True, "context": 8192, "longest": 8192}, "🟢 m · 8,192 tokens"),
        ({"loaded": True, "context": 8192}, "🟢 m · 8,192 tokens"),
        # With that it would be loaded, but it is not.
        ({"context": 8192, "longest": 131_072}, "⚪ m · up to 131,072 tokens"),
        ({"vision": True, "efforts": ("off", "on")}, "⚪ m · 👁💭"),
        ({"vision": False}, "⚪ m"),
        ({"variants": ("m@q4", "m@q8_0", "m@q2"), "variant": "m@q4"}, "⚪ m · also @q8_0, @q2"),
    ],
)
def test_a_line_says_what_a_model_is_and_can(more, line):
    """Nobody could tell whether a model fits, sees or thinks before it is chosen."""
    text = models([Model("m", **more)])
    assert f"1. {line}\n" in text
    assert ("👁 sees pictures" in text) is bool(more.get("vision"))
    assert ("💭 can think" in text) is bool(more.get("efforts"))


def test_the_owners_buttons_fit_into_telegrams_limit():
    """Telegram would refuse the whole list because of one long name."""
    fits, does_not = Model(("my-model-" * 6)[:51]), Model(("my-other-" * 6)[:51], loaded=True)
    rows = model_buttons([fits, does_not], is_owner=True)
    assert [row[1].command for row in rows] == [
        f"/models load {fits.key}", f"/models eject {does_not.tag}",
    ]  # fmt: skip
    assert all(len(button.command.encode()) <= BUTTON_BYTES for row in rows for button in row)
    assert [row[1].label for row in rows] == ["▶️ Load", "⏏️ Eject"]


def test_buttons_choose_a_model_and_go_back():
    """A choice could not be taken back."""
    assert [button.command for (button,) in model_buttons([GLM, QWEN], "")] == [
        "/models zai-org/glm-4.7-flash",
        "/models qwen/qwen3-8b",
    ]
    assert model_buttons([GLM], GLM.key)[-1][0].command == f"/models {AS_CONFIGURED}"
    assert model_buttons([], "gone") == ()


@pytest.mark.parametrize(
    "key", ["x" * 200, "é" * 60, "模型/" * 20, "my/sk-lm-aB3dE9fG:hJ2kL5mN8pQ1rS4tU7vW"]
)
def test_a_button_fits_into_telegrams_limit(key):
    """Telegram would refuse the whole list because of one long name, or of one that is masked."""
    ((button,),) = model_buttons([Model(key)])
    assert len(button.command.encode()) <= BUTTON_BYTES
    assert button.command == f"/models {Model(key).tag}"


@pytest.mark.parametrize("key", ["/", "pub/", "x" * 10_000, "🦙" * 300, "#", "@q4"])
def test_every_model_has_a_button_that_can_be_read(key):
    """Telegram would refuse the whole list because of one odd name."""
    ((button,),) = model_buttons([Model(key)])
    assert 0 < len(button.label) <= 64
    assert len(models([Model(key)])) < 600


def test_no_two_models_share_a_button():
    """A person would press one model's button and get another one."""
    keys = ["org/" + "x" * 56 + end for end in ("-2507", "", "@q4_k_m", "@q8_0")]
    keys += ["a/glm", "b/glm"]
    buttons = [button for (button,) in model_buttons([Model(key) for key in keys])]
    assert len({button.command for button in buttons}) == len(keys)
    assert [button.label for button in buttons[-2:]] == ["a/glm", "b/glm"]


def test_a_hundred_models_do_not_flood_the_chat():
    """Telegram would refuse the list."""
    many = [Model(f"m{number}") for number in range(100)]
    assert len(model_buttons(many, "")) == MODELS_SHOWN
    assert "... and 80 more" in models(many, "")


def test_every_status_has_words():
    """/status would end in a KeyError just when somebody needs it."""
    assert all(status(ServerStatus(one), Rates(), Pace(), 0.0, 0) for one in Status)


def test_failing_questions_show_in_the_status():
    """/status would be green while nobody gets an answer of the model."""
    server = ServerStatus(Status.FAILING, "LMStudio", "GLM", problem="it answers 404: no model")
    line = "⚠️ LMStudio is there, but the last questions failed: it answers 404: no model"
    assert status(server, Rates(), Pace(), 0.0, 0).split("\n")[0] == line


def test_the_status_shows_indicator_and_rates():
    """The owner would not see how much the rules had to answer."""
    rates = Rates(40, {"lmstudio": 30, "mock": 10}, 0.25, 0.0, 1.5, 12.25)
    pace = Pace(41.4, 0.35, 1240, 8192)
    server = ServerStatus(Status.CONNECTED, "LMStudio", "GLM", 0.004, in_line=3)
    assert status(server, rates, pace, 3700.0, 2).split("\n") == [
        "🟢 LMStudio Connected - AI-powered responses",
        "Model: GLM, latency 4 ms",
        "Questions in line for a model: 3",
        "Answers in the last 24 hours: 40",
        "By source: lmstudio 30, mock 10",
        "Fallback rate 25 %, error rate 0 %",
        "Response time: half within 1.5 s, 95 % within 12.2 s",
        "Speed of the model: 41 tokens/s, first token after 0.3 s (medians)",
        "Context: at most 1,240 of 8,192 tokens in the latest answers",
        "Up for 1 h 1 min",
        "Waiting messages: 2",
    ]


def test_a_fresh_bot_has_no_rates():
    """Nothing divided by nothing would be shown as a rate."""
    fresh = status(ServerStatus(Status.OFFLINE, "LMStudio", "GLM"), Rates(), Pace(), 5.0, 0)
    assert "rate" not in fresh
    assert fresh.startswith("🔴 LMStudio Offline - Using fallback AI\nModel: GLM\nAnswers")


@pytest.mark.parametrize(
    ("pace", "lines"),
    [
        (Pace(), []),
        (Pace(speed=7.44), ["Speed of the model: 7.4 tokens/s (medians)"]),
        (Pace(first_token=2.0), ["Speed of the model: first token after 2.0 s (medians)"]),
        (Pace(taken=1240), ["Context: at most 1,240 tokens in the latest answers"]),
    ],
)
def test_what_nobody_has_told_is_not_in_the_status(pace, lines):
    """The owner would read of no tokens a second where the server does not count any."""
    assert last_day(Rates(), pace)[1:] == lines


def test_it_is_said_why_a_server_is_offline():
    """A wrong token would look like a machine that is off."""
    problem = "it answers 401; put its token as LM_API_TOKEN into .env"
    down = ServerStatus(Status.OFFLINE, "LMStudio", "GLM", unreachable=problem)
    assert status(down, Rates(), Pace(), 5.0, 0).splitlines()[1:3] == [
        f"Why: {problem}",
        "Model: GLM",
    ]


def test_a_model_that_is_not_known_is_not_named():
    """The line for the model would end after its colon."""
    text = status(ServerStatus(Status.OFFLINE, "OpenAI"), Rates(), Pace(), 5.0, 0)
    assert "\nModel: not known yet\n" in text


def test_without_a_model_server_the_status_says_so():
    """The owner would look for an outage, and not into config.ini."""
    text = status(ServerStatus(Status.OFFLINE), Rates(), Pace(), 5.0, 0)
    assert text.startswith(
        "⚪ No model - Using fallback AI\nNo model server is in [fallback] order.\nAnswers"
    )


@pytest.mark.parametrize(
    ("server", "text"),
    [
        (ServerStatus(Status.OFFLINE), "There is no model to choose. No model server is in"),
        (ServerStatus(Status.OFFLINE, "LMStudio", title="LM Studio"),
         "No model can be chosen right now; /status says how LM Studio is doing."),
        (ServerStatus(Status.CONNECTED, "llama.cpp", title="llama.cpp"),
         "No model can be chosen right now; /status says how LM Studio is doing."),
        (ServerStatus(Status.CONNECTED, "llama.cpp", title="llama.cpp", chooses=False),
         "llama.cpp answers with the model that is set in config.ini. Only models in LM Studio"),
        (ServerStatus(Status.OFFLINE, "x", title="Model server at 10.0.0.5:8080", chooses=False),
         "Model server at 10.0.0.5:8080 answers with the model that is set in config.ini."),
    ],
)  # fmt: skip
def test_it_is_said_why_no_model_can_be_chosen(server, text):
    """Whoever has no LM Studio would be sent to look after it."""
    assert models([], server=server).startswith(text)


def test_the_status_is_that_of_the_server_and_changes_no_other_words():
    """/status would call a model by a name that it does not have."""
    server = ServerStatus(Status.CONNECTED, "OpenAI", "LMStudio-7b")
    text = status(server, Rates(), Pace(), 5.0, 0)
    assert text.startswith("🟢 OpenAI Connected - AI-powered responses\nModel: LMStudio-7b\n")
    text = status(replace(server, indicator=Status.RETRYING), Rates(), Pace(), 5.0, 0)
    assert text.startswith("⚠️ Retrying - Attempting to reconnect\nModel: LMStudio-7b\n")
