"""A model server that accepts connections and says nothing, or nothing that makes sense."""

import pytest

from engram.chat.mock_ai import MockAIAnalyzer
from engram.llm.servers import CLIENTS
from engram.ops.check import model_server
from tests.conftest import OWNER, make_analyst, make_assistant
from tests.doubles.lmstudio import Answer, ErrorEvent, Hang
from tests.doubles.lmstudio import Status as HttpStatus
from tests.doubles.telegram import TOKEN
from tests.machine_speed import LONG

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
    silent = 0.3 if silence == "hangs" else LONG
    client = CLIENTS[server_name](double.url, model=model, connect_timeout=silent)
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


# What a server that is there says to each question, and what a person reads below the answer.
REFUSALS = {
    "401": (HttpStatus(401), "does not accept the bot's token"),
    "403": (HttpStatus(403), "does not accept the bot's token"),
    "402": (HttpStatus(402), "wants to be paid first"),
    "quota": (HttpStatus(429, {"error": {"type": "insufficient_quota", "message": "You are out"}}),
              "wants to be paid first"),
    "credit": (HttpStatus(400, {"error": {"type": "invalid_request_error",
                                          "message": "Your credit balance is too low."}}),
               "wants to be paid first"),
    "load": (HttpStatus(500, {"error": {"message": "Failed to load model qwen3-8b"}}),
             "could not run its model"),
    "memory": (ErrorEvent("internal_error", "CUDA out of memory"), "could not run its model"),
}  # fmt: skip


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_server_that_is_there_is_not_called_unavailable(server_name, double, refusal):
    """The owner would look at the network for what a token, a bill or a full memory causes."""
    step, words = REFUSALS[refusal]
    double.behave(step)
    client = CLIENTS[server_name](double.url, model="auto", max_retries=1)
    assert client.probe()
    assistant = make_assistant(client, MockAIAnalyzer(make_analyst()))
    label = client.called.label if client.called.named else client.called.title
    # Also once it is known, and the server is not asked any more.
    for number in range(4):
        *_, answer = assistant.reply("1", f"What is a candle, {number}?")
        assert answer.text.endswith(f"⚠️ Note: Using rule-based answers ({label} {words})")
    assert len(double.chats) in (3, 4)


def test_a_token_that_the_probe_finds_wrong_is_said_to_be_wrong(server_name, double):
    """Everybody would read that a server is away which only wants another token."""
    double.token = "right"
    client = CLIENTS[server_name](double.url, token="wrong", model="auto", max_retries=1)
    assert not client.probe()
    assistant = make_assistant(client, MockAIAnalyzer(make_analyst()))
    *_, answer = assistant.reply("1", "What is a candle?")
    assert "does not accept the bot's token)" in answer.text
    assert double.chats == []


def choose(telegram, model, count):
    """Choose a model, which is told in the message of that number: a question does not wait."""
    telegram.say(OWNER, f"/models {model}")
    telegram.wait_for(lambda: len(telegram.screen(OWNER)) == count)


@pytest.mark.unpaced
def test_a_wrong_name_in_the_configuration_is_mended_in_the_chat(bot, telegram, lmstudio):
    """/models would offer nothing, just when the right model is looked for."""
    running = bot("model = gml-4.7")
    assert "connected and ready" not in running.output
    for text, words in (
        ("Is it up?", "(LMStudio does not have the configured model)"),
        ("/status", '⚠️ LMStudio is there, but cannot answer as it is configured: it has no model '
         '"gml-4.7"'),
        ("/models", "2. ⚪ qwen/qwen3-8b"),
        ("/models qwen3-8b", "qwen3-8b answers this chat from now on."),
        ("Is it up now?", "💡 Powered by LMStudio qwen3-8b"),
    ):  # fmt: skip
        telegram.say(OWNER, text)
        telegram.wait_for_text(OWNER, words)
    # However often the others fail, whoever has chosen a model is answered.
    for number in range(4):
        choose(telegram, "as-configured", 6 + 2 * number)
        telegram.say(OWNER, f"Is it up, {number}?")
        telegram.wait_for(lambda count=7 + 2 * number: len(telegram.screen(OWNER)) == count)
    choose(telegram, "qwen3-8b", 14)
    lmstudio.behave(Answer("It is."))
    telegram.say(OWNER, "And now?")
    telegram.wait_for_text(OWNER, "It is.")
