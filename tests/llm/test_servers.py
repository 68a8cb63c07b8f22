"""The model servers that the settings name."""

from dataclasses import replace

import pytest

from engram.config.load import load
from engram.config.settings import FallbackSettings, LMStudioSettings, ProviderSettings
from engram.core.errors import UnavailableError
from engram.core.model import PROVIDERS, Model, ServerStatus, Status, Thinking
from engram.llm import servers as servers_module
from engram.llm.abilities.sight import PICTURES
from engram.llm.servers import CLIENTS, Servers
from tests.doubles import lmstudio as doubles
from tests.doubles.lmstudio import Answer, Hang, LMStudioDouble, model
from tests.llm.test_loading import over
from tests.machine_speed import slowness

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def make(tmp_path, probing):
    """Make the servers at the given addresses; each is probed once."""
    defaults = load(tmp_path / "config.ini", {})

    def servers(*addresses, order=("lmstudio",), name="auto"):
        chosen = LMStudioSettings(
            url=addresses, model=name, probe_interval=60, connect_timeout=slowness()
        )
        settings = replace(defaults, lmstudio=chosen, fallback=FallbackSettings(order))
        return probing(Servers(settings))

    return servers


def test_a_reachable_server_is_shown_with_model_and_latency(make, lmstudio):
    """/status would not say which model answers."""
    servers = make(lmstudio.url)
    assert servers.start() is Status.CONNECTED
    status = servers.status()
    assert (status.indicator, status.model) == (Status.CONNECTED, "glm-4.7-flash")
    assert status.latency > 0
    assert servers.model() == "glm-4.7-flash"


@pytest.mark.parametrize("first", [True, False])
def test_one_reachable_server_is_enough(make, lmstudio, first):
    """/status would be red while people are answered."""
    addresses = [lmstudio.url, NOWHERE] if first else [NOWHERE, lmstudio.url]
    servers = make(*addresses)
    assert servers.start() is Status.CONNECTED
    assert len(servers.named("lmstudio")) == 2
    assert [found.name for found in servers.models()] == ["glm-4.7-flash", "qwen3-8b"]


def test_no_server_means_offline(make):
    """The owner would not see that no model answers."""
    servers = make(NOWHERE)
    assert servers.start() is Status.OFFLINE
    assert servers.models() == ()


def test_a_server_that_hangs_does_not_hold_up_the_start(make, lmstudio):
    """The bot would not start until somebody restarts LM Studio."""
    lmstudio.behave_models(Hang())
    servers = make(lmstudio.url)
    servers.start()
    assert servers.models() == ()


def test_a_question_may_find_out_first_that_a_server_is_gone(make, lmstudio):
    """/status would be green while every question is answered by the rules."""
    servers = make(lmstudio.url)
    servers.start()
    servers.clients[0].available = False
    assert servers.status().indicator is Status.RETRYING
    assert servers.models() == ()


def test_questions_that_fail_show_in_the_status(make, lmstudio):
    """/status would be green while every question is answered by the rules."""
    refusal = doubles.Status(
        404, {"error": {"type": "model_not_found", "message": "no such model"}}
    )
    lmstudio.behave(refusal, refusal, refusal, Answer("hi"))
    servers = make(lmstudio.url)
    servers.start()
    client = servers.clients[0]
    for indicator in (Status.CONNECTED, Status.CONNECTED, Status.FAILING):
        assert client.query("hi") is None
        assert servers.status().indicator is indicator
    assert servers.status().problem == "it answers 404: no such model"
    assert client.query("hi")
    assert servers.status().indicator is Status.CONNECTED


def test_one_server_that_answers_is_enough(make, lmstudio):
    """/status would warn while everybody is answered by a model."""
    with LMStudioDouble() as failing:
        failing.behave(doubles.Status(400))
        servers = make(failing.url, lmstudio.url)
        servers.start()
        for _ in range(3):
            servers.clients[0].query("hi")
        assert servers.clients[0].outcomes.trouble
        assert servers.status().indicator is Status.CONNECTED


def test_lmstudio_can_be_left_out(make, lmstudio):
    """A bot without any model would ask for one all the time."""
    servers = make(lmstudio.url, order=("mock",))
    assert servers.start() is Status.OFFLINE
    assert servers.status() == ServerStatus(Status.OFFLINE)
    assert (servers.model(), servers.models()) == ("", ())
    assert servers.clients == []
    assert lmstudio.requests == []


def test_the_models_are_those_of_a_reachable_server(make):
    """A person could choose a model that no server has any more."""
    with (
        LMStudioDouble([model("a/one")]) as first,
        LMStudioDouble([model("b/two")]) as second,
    ):
        servers = make(first.url, second.url)
        servers.start()
        assert [found.key for found in servers.models()] == ["a/one"]
        servers.clients[0].available = False
        assert [found.key for found in servers.models()] == ["b/two"]


def test_models_that_can_look_are_those_that_have_not_refused_to(make, lmstudio):
    """A button would choose a model that sees nothing, or the loaded one stand behind others."""
    lmstudio.models = [
        model("a/blind", loaded=True),
        model("b/sees", vision=True),
        model("c/sees", vision=True, loaded=True),
        model("d/sees", vision=True),
    ]
    servers = make(lmstudio.url)
    servers.start()
    assert [found.key for found in servers.seeing()] == ["c/sees", "b/sees", "d/sees"]
    servers.clients[0].lacking.note("b/sees", PICTURES)
    assert [found.key for found in servers.seeing()] == ["c/sees", "d/sees"]
    servers.clients[0].available = False
    assert servers.seeing() == ()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("qwen3-8b", ["qwen/qwen3-8b"]),
        ("qwen/qw", []),
        ("llama", []),
        ("1", ["zai-org/glm-4.7-flash"]),
        ("2", ["qwen/qwen3-8b"]),
        ("0", []),
        ("9" * 310, []),
        (Model("qwen/qwen3-8b").tag, ["qwen/qwen3-8b"]),
    ],
)
def test_a_model_is_found_by_its_name_its_number_and_its_button(make, lmstudio, name, found):
    """Choosing a model would do nothing, or choose another one."""
    servers = make(lmstudio.url)
    servers.start()
    assert [model.key for model in servers.find(name)] == found


def test_models_are_loaded_and_ejected_where_they_are_chosen_from(make):
    """The owner's press would load a model on a machine that nobody is answered by."""
    with LMStudioDouble([model("a/one")]) as first, LMStudioDouble([model("b/two")]) as second:
        servers = make(first.url, second.url)
        servers.start()
        (one,) = servers.find("one")
        assert over(servers.load(one)) is not None
        assert first.loader.loads == [{"model": "a/one"}]
        assert over(servers.eject(one)) is not None
        assert second.loader.loads == []
        for client in servers.clients:
            client.available = False
        with pytest.raises(UnavailableError):
            servers.load(one)


def test_the_configured_context_is_for_lmstudio_alone(tmp_path, lmstudio):
    """Another server would refuse every question, or forget its line after an edit."""
    defaults = load(tmp_path / "config.ini", {})
    order = FallbackSettings(("lmstudio", "openai"))
    asked = LMStudioSettings(url=(lmstudio.url,), context_length=8192)
    servers = Servers(replace(defaults, lmstudio=asked, fallback=order))
    was = servers.clients
    more = replace(asked, context_length=16_384)
    servers.apply(replace(defaults, lmstudio=more, fallback=order))
    assert servers.clients[0] is not was[0]
    assert servers.clients[1] is was[1]
    assert servers.clients[0].query("hi")
    assert lmstudio.chats[0].body["context_length"] == 16_384


def test_a_configured_name_with_several_meanings_is_told(make, lmstudio):
    """Nobody would know which of two models answers."""
    lmstudio.models.append(model("other/glm-4.7-flash"))
    servers = make(lmstudio.url, name="GLM-4.7-flash")
    servers.start()
    assert servers.ambiguity() == (
        "[lmstudio] model = GLM-4.7-flash can be zai-org/glm-4.7-flash or other/glm-4.7-flash: "
        "using zai-org/glm-4.7-flash; write the whole key"
    )
    del lmstudio.models[-1]
    servers.clients[0].probe()
    assert servers.ambiguity() == ""


def test_other_providers_are_asked_where_the_order_says(tmp_path):
    """A paid model would answer where a local one was meant to."""
    order = FallbackSettings(("openai", "lmstudio", "anthropic"))
    defaults = load(tmp_path / "config.ini", {})
    settings = replace(
        defaults,
        fallback=order,
        providers=defaults.providers | {"openai": ProviderSettings(NOWHERE, "m")},
        secrets={"OPENAI_API_KEY": "k"},
    )
    servers = Servers(settings)
    assert [client.name for client in servers.clients] == list(order.order)
    assert (servers.model(), servers.status().label) == ("m", "Model server at 127.0.0.1:9")


def test_every_provider_has_a_client():
    """A provider that config.ini accepts would never be asked."""
    assert {name: client.provider for name, client in CLIENTS.items()} == PROVIDERS


def test_an_edit_changes_only_the_servers_that_it_is_about(lmstudio, tmp_path, probing):
    """Questions in line at one server would be forgotten because another one moved."""

    def settings(*addresses):
        lmstudio_settings = LMStudioSettings(url=addresses, probe_interval=60)
        return replace(load(tmp_path / "config.ini", {}), lmstudio=lmstudio_settings)

    servers = probing(Servers(settings(lmstudio.url, NOWHERE)))
    servers.start()
    stays, goes = servers.clients
    servers.apply(settings(lmstudio.url, "http://127.0.0.1:10"))
    assert servers.clients[0] is stays
    assert goes not in servers.clients
    assert servers.clients[1].base_url == "http://127.0.0.1:10"


def test_a_server_that_stays_is_found_while_an_edit_takes_effect(
    lmstudio, tmp_path, monkeypatch, probing
):
    """A /status at that moment would fail, or say that no model answers."""
    defaults, seen = load(tmp_path / "config.ini", {}), []
    servers = probing(Servers(replace(defaults, lmstudio=LMStudioSettings(url=(lmstudio.url,)))))
    stays, was = servers.clients, servers_module._wanted

    def wanted(settings):
        for one in was(settings):
            yield one
            seen.append(servers.clients)

    monkeypatch.setattr(servers_module, "_wanted", wanted)
    servers.apply(replace(defaults, lmstudio=LMStudioSettings(url=(lmstudio.url, NOWHERE))))
    assert seen == [stays, stays]
    assert len(servers.clients) == 2


def test_the_status_says_why_a_server_cannot_be_reached(make, lmstudio):
    """A wrong token would look like a machine that is off."""
    lmstudio.token = "sk-lm-right"
    servers = make(lmstudio.url)
    servers.start()
    status = servers.status()
    assert (status.indicator, status.problem) == (Status.OFFLINE, "")
    assert status.unreachable == "it answers 401; put its token as LM_API_TOKEN into .env"


def test_thinking_is_asked_about_at_the_first_server_that_is_there(make, lmstudio):
    """/think would speak of a model that answers nobody."""
    lmstudio.models[:] = [model("a/thinks", loaded=True, reasoning=("off", "on"))]
    servers = make(NOWHERE, lmstudio.url)
    assert servers.thinking() == Thinking(configured="auto")
    servers.start()
    assert servers.thinking().efforts == ("off", "on")
    assert servers.thinking().model == "thinks"
