"""A model server that accepts connections and says nothing, or nothing that makes sense."""

import pytest

from engram.llm.servers import CLIENTS
from engram.ops.check import model_server
from tests.conftest import OWNER
from tests.doubles.lmstudio import Hang
from tests.doubles.lmstudio import Status as HttpStatus
from tests.doubles.telegram import TOKEN

# What the server does when it is asked for its models, and what the owner reads.
SILENCES = {
    "hangs": (Hang(), "silent for 0.3 s"),
    "empty": (HttpStatus(200, ""), "its answer is not JSON; is it a model server?"),
    "web page": (HttpStatus(200, "<html>hi</html>", content_type="text/html"),
                 "its answer is not JSON; is it a model server?"),
    "empty object": (HttpStatus(200, {}), "it lists no models; is it "),
    "null": (HttpStatus(200, "null"), "it lists no models; is it "),
    "number": (HttpStatus(200, "7"), "it lists no models; is it "),
    "no models": (HttpStatus(200, {"data": [], "models": []}), "model"),
    "no list": (HttpStatus(200, {"data": None, "models": None}), "it lists no models"),
    "strange list": (HttpStatus(200, {"data": [7, {}], "models": [7, {}]}), "model"),
    "cut off": (HttpStatus(200, '{"data": ['), "its answer is not JSON; is it a model server?"),
    "failing": (HttpStatus(500, ""), "it failed (500)"),
}  # fmt: skip


@pytest.fixture
def config(server_name, double, telegram):
    """Write the configuration with this server as the only one, and a model or "auto"."""

    def write(model):
        key = "url" if server_name == "lmstudio" else "base_url"
        section = f"[{server_name}]\n{key} = {double.url}\nmodel = {model}\n"
        times = "connect_timeout = 0.3\nprobe_interval = 30\n"
        section += times if server_name == "lmstudio" else f"[lmstudio]\n{times}"
        order = f"[fallback]\norder = {server_name}, mock, rules\n"
        text = f"{order}{section}[market]\nexchange =\n[telegram]\napi_url = {telegram.url}\n"
        return text

    return write


@pytest.mark.parametrize("model", ["auto", "gpt"])
@pytest.mark.parametrize("silence", SILENCES)
def test_the_check_says_why_a_silent_server_is_none(server_name, double, silence, model):
    """The owner would look for the fault everywhere but at the server."""
    step, reason = SILENCES[silence]
    double.behave_models(step)
    client = CLIENTS[server_name](double.url, model=model, connect_timeout=0.3)
    (line,) = model_server(client)
    assert not line.fatal
    assert line.text.startswith("⚠️  ")
    assert reason in line.text.rpartition(f"{double.url}: ")[2]


@pytest.mark.parametrize("silence", ["hangs", "no models"])
def test_a_silent_server_is_not_announced_as_ready(
    config, double, launcher, telegram, silence, lmstudio
):
    """The owner would believe the start, and people would wait for a model that is none."""
    double.behave_models(SILENCES[silence][0])
    env = f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\n"
    running = launcher(config("gpt"), env).start()
    running.wait_for("Bot is running and listening for messages...")
    assert "connected and ready" not in running.output
    assert "not available - using fallback AI" in running.output
    telegram.say(OWNER, "/status")
    shown = telegram.wait_for_text(OWNER, "Waiting messages")
    assert "🟢" not in shown.text
