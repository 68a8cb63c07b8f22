"""What the settings ask for, put together."""

from dataclasses import replace

import pytest

from engram.config.load import load
from engram.config.settings import FallbackSettings, LMStudioSettings, TelegramSettings
from engram.core.model import Status
from engram.wiring import Engram


@pytest.fixture
def defaults(tmp_path):
    """The settings without a config.ini, in a folder of their own."""
    return load(tmp_path / "config.ini", {})


@pytest.fixture
def wire(probing):
    """Put together what settings ask for; probing ends with the test."""

    def wired(settings):
        engram = Engram(settings)
        probing(engram.servers)
        return engram

    return wired


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (("lmstudio", "mock", "rules"), ["lmstudio", "mock", "rules"]),
        (("mock", "lmstudio"), ["mock", "lmstudio", "rules"]),
        (("rules", "mock"), ["mock", "rules"]),
        ((), ["rules"]),
    ],
)
def test_the_order_is_as_configured_and_rules_come_last(defaults, wire, order, names):
    """The owner's choice would not hold, or a person be left unanswered."""
    engram = wire(replace(defaults, fallback=FallbackSettings(order)))
    assert [link.responder.name for link in engram.chain.links] == names


def test_without_lmstudio_in_the_order_nothing_looks_for_it(defaults, wire):
    """A bot without any model would log an outage."""
    engram = wire(replace(defaults, fallback=FallbackSettings(("mock",))))
    assert engram.servers.start() is Status.OFFLINE
    assert engram.servers.health == []
    (*_, answer) = engram.assistant.reply("1", "/status")
    assert "No model server is in [fallback] order" in answer.text


def test_the_best_of_several_servers_counts(defaults, wire, lmstudio):
    """One server that is off would make the bot look offline."""
    servers = LMStudioSettings(url=("http://127.0.0.1:9", lmstudio.url))
    engram = wire(replace(defaults, lmstudio=servers))
    assert engram.servers.start() is Status.CONNECTED
    (*_, shown) = engram.assistant.reply("1", "/status")
    assert "LMStudio Connected - AI-powered responses\nModel: GLM-4.7-flash, latency " in shown.text
    (*_, answer) = engram.assistant.reply("1", "hi")
    assert answer.source == "lmstudio"


@pytest.mark.parametrize(
    ("show_speed", "end"), [(True, "GLM-4.7-flash · 44 tokens/s"), (False, "GLM-4.7-flash")]
)
def test_the_speed_of_the_model_is_shown_if_the_settings_say_so(
    defaults, wire, lmstudio, show_speed, end
):
    """The owner would switch it on and see nothing, or everybody see it who never asked."""
    at, telegram = LMStudioSettings(url=(lmstudio.url,)), TelegramSettings(show_speed=show_speed)
    (*_, answer) = wire(replace(defaults, lmstudio=at, telegram=telegram)).assistant.reply(
        "1", "hi"
    )
    assert answer.text.endswith(f"💡 Powered by LMStudio {end}")


def test_a_server_that_fails_between_two_probes_is_not_called_connected(defaults, wire, lmstudio):
    """/status would show green while everybody gets fallback answers."""
    engram = wire(replace(defaults, lmstudio=LMStudioSettings(url=(lmstudio.url,))))
    assert engram.servers.start() is Status.CONNECTED
    engram.servers.health[0].stop()
    lmstudio.stop()
    list(engram.assistant.reply("1", "hi"))
    assert engram.servers.status().indicator is Status.RETRYING
