"""Models that are loaded and ejected because somebody asked for it."""

import threading

import pytest

from engram.core.errors import (
    GiveUpError,
    ModelInUseError,
    NoModelError,
    QuestionError,
    TryAgainError,
)
from engram.core.events import Finished, Progress, Question, Stage
from engram.llm import loading
from engram.llm.catalogue import keyed
from engram.llm.lmstudio import LMStudioClient
from tests.conftest import wait_until
from tests.doubles.lmstudio import Answer, Held
from tests.doubles.lmstudio_loading import NO_MEMORY, instance
from tests.machine_speed import LONG, ends, slowness, within

GLM, QWEN = "zai-org/glm-4.7-flash", "qwen/qwen3-8b"


@pytest.fixture
def client(lmstudio):
    """A client of LM Studio, which knows its models."""
    made = LMStudioClient(lmstudio.url, LONG, model=GLM, connect_timeout=3 * slowness())
    assert made.probe()
    return made


def the(client, key):
    """The model with that key, as it is known now."""
    return keyed(key, client.models)


def over(change):
    """The result of a load or eject."""
    ended = threading.Event()
    change.calls(ended.set)
    assert within(30, ended.wait)
    assert change.is_over
    return change.result()


def asking(client, key):
    """A thread that asks the model, and the events of the answer."""
    events = []
    thread = threading.Thread(
        target=lambda: events.extend(client.respond(Question("hi", model=key)))
    )
    thread.start()
    return thread, events


def test_a_model_is_loaded_once_and_known_to_be_there(lmstudio, client):
    """The owner would press the button, and nothing be loaded; or the memory be taken twice."""
    assert over(client.load(the(client, QWEN))) >= 0
    assert the(client, QWEN).loaded
    assert over(client.load(the(client, QWEN))) is None
    assert lmstudio.loader.loads == [{"model": QWEN}]


def test_the_list_is_read_anew_before_a_load(lmstudio, client):
    """What somebody loaded in LM Studio a moment ago would be loaded a second time."""
    known = the(client, QWEN)
    instance(lmstudio.models[1])
    assert over(client.load(known)) is None
    assert lmstudio.loader.loads == []


def test_a_model_is_loaded_with_the_context_that_is_configured(lmstudio):
    """Long conversations would be forgotten although the owner has made room for them."""
    client = LMStudioClient(lmstudio.url, LONG, model=GLM, context_length=16_384)
    assert client.probe()
    # A question that loads it is measured by the same length.
    assert the(client, QWEN).context == 16_384
    assert over(client.load(the(client, QWEN))) is not None
    assert lmstudio.loader.loads == [{"model": QWEN, "context_length": 16_384}]
    assert the(client, QWEN).context == 16_384


def test_two_owners_load_a_model_once(lmstudio, client):
    """Two presses would take the memory twice."""
    lmstudio.loader.held = threading.Event()
    first = client.load(the(client, QWEN))
    second = client.load(the(client, QWEN))
    lmstudio.loader.held.set()
    assert over(first) == over(second)
    assert len(lmstudio.loader.loads) == 1


def test_a_question_waits_until_its_model_is_loaded(lmstudio, client):
    """A question in the middle of a load would load the model a second time."""
    lmstudio.loader.held = threading.Event()
    change = client.load(the(client, QWEN))
    lmstudio.wait_for(lambda: lmstudio.loader.loads)
    thread, events = asking(client, QWEN)
    wait_until(lambda: Progress(Stage.LOADING) in events, 30)
    assert lmstudio.chats == []
    lmstudio.loader.held.set()
    over(change)
    assert ends(thread, 30)
    assert isinstance(events[-1], Finished)
    assert lmstudio.loader.doubled == []
    assert len(lmstudio.models[1]["loaded_instances"]) == 1


def test_questions_for_other_models_do_not_wait(lmstudio, client):
    """Loading a large model would keep everybody from the one that is there."""
    lmstudio.loader.held = threading.Event()
    change = client.load(the(client, QWEN))
    lmstudio.wait_for(lambda: lmstudio.loader.loads)
    assert client.query("hi")
    lmstudio.loader.held.set()
    over(change)


def test_what_a_question_loads_is_not_loaded_once_more(lmstudio, client):
    """The owner's press would take the memory a second time while a question loads the model."""
    goes_on = threading.Event()
    lmstudio.behave(Held(Answer("hi"), {("model_load.start", 1): goes_on}))
    thread, events = asking(client, QWEN)
    lmstudio.wait_for(lambda: lmstudio.active)
    with pytest.raises(ModelInUseError) as caught:
        over(client.load(the(client, QWEN)))
    assert caught.value.answers == 1
    assert lmstudio.loader.loads == []
    goes_on.set()
    assert ends(thread, 30)
    assert events[-1].text == "hi"


def test_a_model_is_ejected_with_all_its_instances(lmstudio, client):
    """Memory would stay taken by an instance that nobody sees."""
    instance(lmstudio.models[0])
    assert over(client.eject(the(client, GLM))) >= 0
    assert lmstudio.loader.unloads == [GLM, f"{GLM}:2"]
    assert not the(client, GLM).loaded
    assert over(client.eject(the(client, GLM))) is None


@pytest.mark.parametrize("on_demand", ["loads", "any"])
def test_what_answers_is_not_ejected(lmstudio, client, on_demand):
    """A person's answer would end in the middle."""
    lmstudio.on_demand = on_demand
    goes_on = threading.Event()
    lmstudio.behave(Held(Answer("hi"), {("message.start", 1): goes_on}))
    # Some versions have the loaded model answer whatever is asked.
    thread, _ = asking(client, GLM if on_demand == "loads" else QWEN)
    wait_until(lambda: client._loader._answering(the(client, GLM)), 30)
    with pytest.raises(ModelInUseError) as caught:
        over(client.eject(the(client, GLM)))
    assert caught.value.answers == 1
    assert lmstudio.loader.unloads == []
    goes_on.set()
    assert ends(thread, 30)
    assert over(client.eject(the(client, GLM))) is not None


def test_what_is_being_loaded_is_not_ejected_and_the_other_way_round(lmstudio, client):
    """Two owners would undo what the other one just began."""
    lmstudio.loader.held = threading.Event()
    model = the(client, QWEN)
    change = client.load(model)
    with pytest.raises(ModelInUseError) as caught:
        client.eject(model)
    assert caught.value.answers == 0
    lmstudio.loader.held.set()
    over(change)


@pytest.mark.parametrize(
    ("failure", "error", "reason"),
    [
        ((500, {"error": {"type": "model_load_failed", "message": NO_MEMORY}}), TryAgainError,
         "insufficient system resources"),
        ((400, {"error": {"type": "invalid_request", "message": "no"}}), QuestionError, "400: no"),
        ((200, {"error": "Unexpected endpoint or method. (POST /api/v1/models/load)"}), GiveUpError,
         "Unexpected endpoint"),
    ],
)  # fmt: skip
def test_a_load_that_fails_says_why_and_can_be_tried_again(
    lmstudio, client, failure, error, reason
):
    """The owner would not learn that there is too little memory, or could never load it."""
    lmstudio.loader.failure = failure
    with pytest.raises(error, match=reason):
        over(client.load(the(client, QWEN)))
    assert client.available
    lmstudio.loader.failure = None
    assert over(client.load(the(client, QWEN))) is not None


def test_a_model_that_is_gone_is_said_to_be(lmstudio, client):
    """The owner would wait for a model that somebody has deleted."""
    known = the(client, QWEN)
    del lmstudio.models[1]
    with pytest.raises(NoModelError, match=f'no model "{QWEN}" any more'):
        over(client.load(known))


def test_it_is_told_how_far_a_load_is_by_the_time_that_it_took_before(lmstudio, client):
    """The owner would look at a bar that never moves, or at none although it is known."""
    model = the(client, QWEN)
    lmstudio.loader.held = threading.Event()
    lmstudio.loader.held.set()
    first = client.load(model)
    assert first.fraction is None
    over(first)
    over(client.eject(model))
    client._loader.took(model, 1000.0)
    lmstudio.loader.held.clear()
    second = client.load(model)
    assert 0 <= second.fraction < 0.5
    client._loader.took(model, 1e-9)
    lmstudio.loader.held.set()
    over(second)
    assert loading.Change(loads=True, usual=1e-9).fraction == loading.NEARLY


def test_what_a_question_took_to_load_a_model_is_remembered(lmstudio, client):
    """The owner would look at no bar for a model that was loaded by a question before."""
    assert client.probe()
    list(client.respond(Question("hi", model=QWEN)))
    over(client.eject(the(client, QWEN)))
    lmstudio.loader.held = threading.Event()
    change = client.load(the(client, QWEN))
    assert change.fraction is not None
    lmstudio.loader.held.set()
    over(change)


def test_a_bug_leaves_the_model_free_to_be_loaded_again(client, monkeypatch, caplog):
    """One surprise would keep a model from being loaded or asked until a restart."""
    monkeypatch.setattr(client, "do", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        over(client.load(the(client, QWEN)))
    assert "failed unexpectedly" in caplog.text
    monkeypatch.undo()
    assert over(client.load(the(client, QWEN))) is not None
