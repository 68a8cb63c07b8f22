"""Loading models and ejecting them, as the owner and everybody else meet it."""

import threading
from dataclasses import replace

import pytest

from engram.chat.handlers.loading_texts import NO_MEMORY as HELP
from engram.chat.handlers.loading_texts import NO_QUANTIZATION
from engram.chat.rules import RuleBasedFallback
from engram.chat.texts import OWNER_ONLY
from engram.config.load import load
from engram.config.settings import LMStudioSettings
from engram.core.events import Button, FellBack, Finished, Progress, Stage
from engram.core.person import Person
from engram.core.waits import Waits
from engram.llm.servers import Servers
from engram.storage.inbox import Arrived, Inbox
from engram.storage.store import Store
from tests.conftest import make_assistant
from tests.doubles.lmstudio import Answer, Held
from tests.doubles.lmstudio_loading import NO_MEMORY
from tests.machine_speed import LONG, ends, slowness

GLM, QWEN = "zai-org/glm-4.7-flash", "qwen/qwen3-8b"


@pytest.fixture
def servers(lmstudio, tmp_path, probing):
    """The model servers: one LM Studio."""
    asked = LMStudioSettings(
        url=(lmstudio.url,), timeout=LONG, max_retries=1, probe_interval=60,
        connect_timeout=3 * slowness(),
    )  # fmt: skip
    made = probing(Servers(replace(load(tmp_path / "config.ini", {}), lmstudio=asked)))
    made.start()
    return made


@pytest.fixture
def store():
    """What is remembered, in memory."""
    return Store(None)


@pytest.fixture
def assistant(servers, store):
    """An assistant that asks that LM Studio."""
    return make_assistant(*servers.clients, RuleBasedFallback(), servers=servers, store=store)


def said(assistant, text, *, is_owner=True, **more):
    """The events of an answer, without what it waits for."""
    events = assistant.reply("1", text, is_owner=is_owner, **more)
    return [event for event in events if not isinstance(event, Waits)]


def last(assistant, text, **more):
    return said(assistant, text, **more)[-1]


def test_the_owner_loads_a_model_and_sees_it_in_the_list(lmstudio, assistant):
    """The owner would have to walk to the machine that LM Studio runs on."""
    *before, answer = said(assistant, "/models load qwen3-8b")
    assert before == [Progress(Stage.LOADING)]
    assert answer.text.startswith("🟢 qwen3-8b is loaded, which took 1 s. It stays so until")
    assert f"\n2. 🟢 {QWEN} · 8B · Q4_K_M · 5 GB · 32,768 of 131,072 tokens" in answer.text
    assert [len(row) for row in answer.buttons] == [2, 2]
    assert answer.buttons[1] == (
        Button("qwen3-8b", f"/models {QWEN}"), Button("⏏️ Eject", f"/models eject {QWEN}"),
    )  # fmt: skip
    assert last(assistant, "/models load 2").text.startswith("🟢 qwen3-8b is loaded already.")
    assert lmstudio.loader.loads == [{"model": QWEN}]


def test_the_owner_ejects_a_model(lmstudio, assistant):
    """Memory that another model needs could not be freed from afar."""
    answer = last(assistant, f"/models eject {GLM}")
    assert answer.text.startswith("⏏ glm-4.7-flash is ejected: its memory is free.\n\nLanguage mod")
    assert f"\n1. ⚪ {GLM}" in answer.text
    assert lmstudio.loader.unloads == [GLM]
    answer = last(assistant, "/models eject 1")
    assert answer.text.startswith("glm-4.7-flash is not loaded, so there is nothing to eject.")


@pytest.mark.parametrize(
    "text", ["/models load 2", "/models eject 1", "/Models  LOAD 2", "/load 2"]
)
def test_nobody_but_the_owner_loads_or_ejects(lmstudio, assistant, text):
    """Any member of a group could fill the owner's memory, or take the model from everybody."""
    leader = Person(7, "Ann", leads=lambda: True, may_change=lambda: True)
    for by in (None, leader):
        assert last(assistant, text, is_owner=False, by=by).text == OWNER_ONLY
    assert assistant.objection("1", text, None) == OWNER_ONLY
    assert assistant.objection("1", text, None, is_owner=True) == ""
    assert (lmstudio.loader.loads, lmstudio.loader.unloads) == ([], [])


def test_everybody_sees_the_list_and_only_the_owner_the_buttons_that_load(assistant):
    """People would press what is refused, or not see what they can choose."""
    theirs, own = (last(assistant, "/models", is_owner=one) for one in (False, True))
    assert f"1. 🟢 {GLM}" in theirs.text
    assert [[button.label for button in row] for row in theirs.buttons] == [
        ["glm-4.7-flash"], ["qwen3-8b"],
    ]  # fmt: skip
    assert "/models load" not in theirs.text
    assert [row[1].command for row in own.buttons] == [
        f"/models eject {GLM}", f"/models load {QWEN}",
    ]  # fmt: skip
    assert own.text.endswith("/models load or /models eject, and its number.")


@pytest.mark.parametrize("verb", ["load", "eject"])
def test_a_name_that_is_not_clear_is_asked_back(lmstudio, assistant, verb):
    """Another model than the one that was meant would be loaded or ejected."""
    assert last(assistant, f"/models {verb}").text.startswith("Language models in LM Studio")
    answer = last(assistant, f"/models {verb} qwen")
    assert answer.text.startswith('There is no model "qwen".')
    assert answer.buttons == ((Button("qwen3-8b", f"/models {verb} {QWEN}"),),)
    assert (lmstudio.loader.loads, lmstudio.loader.unloads) == ([], [])


def test_what_is_answering_is_not_ejected_and_that_is_said(lmstudio, servers, assistant):
    """Somebody's answer would end in the middle, or the owner wonder why nothing happens."""
    goes_on = threading.Event()
    lmstudio.behave(Held(Answer("hi"), {("message.start", 1): goes_on}))
    asking = threading.Thread(target=lambda: servers.clients[0].query("hi"))
    asking.start()
    lmstudio.wait_for(lambda: lmstudio.active)
    answer = last(assistant, "/models eject 1")
    assert answer.text.startswith("glm-4.7-flash is giving an answer right now, so it stays.")
    goes_on.set()
    assert ends(asking, 30)
    assert lmstudio.loader.unloads == []


def test_what_a_question_loads_is_left_to_it_and_that_is_said(lmstudio, servers, assistant):
    """The memory would be taken twice."""
    goes_on = threading.Event()
    lmstudio.behave(Held(Answer("hi"), {("model_load.start", 1): goes_on}))
    asking = threading.Thread(target=lambda: said(assistant, "hi"))
    assistant._parts.conversations.choose_model("1", QWEN)
    asking.start()
    lmstudio.wait_for(lambda: lmstudio.active)
    answer = last(assistant, "/models load 2")
    assert answer.text.startswith("LM Studio is loading qwen3-8b for a question right now")
    goes_on.set()
    assert ends(asking, 30)
    assert lmstudio.loader.loads == []


def test_somebody_who_stops_the_waiting_reads_that_the_load_goes_on(lmstudio, assistant):
    """The owner would believe that it was stopped, and load another one beside it."""
    lmstudio.loader.held = threading.Event()
    answer = []
    waiting = threading.Thread(target=lambda: answer.extend(said(assistant, "/models load 2")))
    waiting.start()
    lmstudio.wait_for(lambda: lmstudio.loader.loads)
    assert assistant.stop("1")
    assert ends(waiting, 30)
    assert answer[-1].text.startswith("⏹ I wait no longer, but LM Studio goes on loading qwen3-8b")
    assert answer[-1].stopped
    refused = last(assistant, "/models eject 2").text
    assert refused.startswith("qwen3-8b is just being loaded or ejected.")
    lmstudio.loader.held.set()
    assert last(assistant, "/models load 2").text.startswith("🟢 qwen3-8b is loaded")
    assert len(lmstudio.loader.loads) == 1


def test_a_load_that_fails_says_why_and_what_to_do(lmstudio, assistant):
    """The owner would not learn that the model does not fit."""
    error = {"type": "model_load_failed", "message": NO_MEMORY}
    lmstudio.loader.failure = (500, {"error": error})
    answer = last(assistant, "/models load 2")
    assert answer.text.startswith(
        "LM Studio has not loaded qwen3-8b: it failed (500) Model loading"
    )
    assert f"freeze.\n{HELP}\n\nLanguage models" in answer.text


def test_a_quantization_that_lmstudio_does_not_take_by_name_is_explained(
    lmstudio, servers, assistant
):
    """The owner would eject other models for it, in vain."""
    lmstudio.models[1] |= {"variants": [f"{QWEN}@q4_k_m", f"{QWEN}@q8_0"]}
    lmstudio.models[1]["selected_variant"] = f"{QWEN}@q4_k_m"
    servers.clients[0].probe()
    assert "· also @q8_0 · up to" in last(assistant, "/models").text
    text = last(assistant, "/load qwen3-8b@q8_0").text
    assert f"Model {QWEN}@q8_0 not found in downloaded models.\n{NO_QUANTIZATION}" in text
    del lmstudio.models[1]
    text = last(assistant, "/load qwen3-8b").text
    assert text == f'LM Studio has not loaded qwen3-8b: it has no model "{QWEN}" any more.'


def test_an_eject_that_fails_says_why(lmstudio, assistant):
    """The owner would believe that the memory is free."""
    lmstudio.loader.failure = (400, {"error": {"message": "no such instance"}})
    answer = last(assistant, "/models eject 1").text
    assert answer.startswith(
        "LM Studio has not ejected glm-4.7-flash: it answers 400: no such instance.\n"
    )
    lmstudio.models[0]["loaded_instances"][0]["id"] = 7
    answer = last(assistant, "/models eject 1").text
    assert answer.startswith("LM Studio has not ejected glm-4.7-flash: it does not tell by which")


def test_in_a_group_it_is_said_who_did_it(assistant):
    """The others would wonder where the model went."""
    bob = Person(8, "Bob", leads=lambda: True, may_change=lambda: True)
    answer = last(assistant, "/models eject 1", by=bob)
    assert answer.text.startswith("Bob: ⏏ glm-4.7-flash is ejected")


def test_a_load_is_not_begun_again_after_a_crash(lmstudio, assistant, store):
    """A restart in the middle would take the memory twice."""
    inbox = Inbox(store)
    (row,) = inbox.receive([Arrived({"update_id": 1})])
    lmstudio.loader.held = threading.Event()
    waiting = threading.Thread(
        target=lambda: said(assistant, "/models load 2", rows=(row,)), daemon=True
    )
    waiting.start()
    lmstudio.wait_for(lambda: lmstudio.loader.loads)
    (left,) = inbox.unfinished()
    assert left.reply.startswith("I was restarted while LM Studio loaded qwen3-8b")
    lmstudio.loader.held.set()
    assert ends(waiting, 30)
    (left,) = inbox.unfinished()
    assert left.reply.startswith("🟢 qwen3-8b is loaded")


@pytest.mark.parametrize("choice", ["", QWEN])
@pytest.mark.parametrize("on_demand", ["refuses", "any"])
def test_the_owner_is_asked_to_load_what_would_have_to_be(lmstudio, assistant, choice, on_demand):
    """The owner would read the rules' answer for days, because of one switch in LM Studio."""
    lmstudio.on_demand = on_demand
    wanted = choice or GLM
    if choice:
        assistant._parts.conversations.choose_model("1", QWEN)
    else:
        lmstudio.models[0]["loaded_instances"] = []
    answer = last(assistant, "What is a limit order?")
    name = wanted.rpartition("/")[2]
    assert (
        f"{name} is not loaded, and LM Studio loads it only if somebody asks it to. " in answer.text
    )
    assert f"Load it? 5 GB\nTo load it: /models load {wanted}" in answer.text
    assert answer.buttons == ((Button(f"▶️ Load {name} · 5 GB", f"/load {wanted}"),),)
    others = last(assistant, "What is a limit order?", is_owner=False)
    assert others.text.endswith("The bot's owner can do that with /models.")
    assert others.buttons == ()
    if choice:
        assert f"⚠️ {name} is not loaded, so " in answer.text
        assert "Powered by LMStudio " in answer.text
    loaded = last(assistant, answer.buttons[0][0].command)
    assert loaded.text.startswith(f"🟢 {name} is loaded, which took 1 s.")
    assert (loaded.buttons, "Language models" in loaded.text) == ((), False)
    after = last(assistant, "What is a limit order?")
    assert f"powered by lmstudio {name}" in after.text.lower()
    assert "is not loaded" not in after.text


def test_of_two_models_that_would_have_to_be_loaded_the_chosen_one_is_offered(lmstudio, assistant):
    """The owner would load a model that this chat does not want."""
    lmstudio.on_demand = "refuses"
    lmstudio.models[0]["loaded_instances"] = []
    assistant._parts.conversations.choose_model("1", QWEN)
    events = said(assistant, "What is a limit order?")
    (fell_back,) = [event for event in events if isinstance(event, FellBack)]
    assert fell_back.unloaded.key == QWEN
    assert "(LMStudio has not loaded its model)" in events[-1].text
    assert events[-1].buttons[0][0].command == f"/load {QWEN}"
    assert isinstance(events[-1], Finished)
