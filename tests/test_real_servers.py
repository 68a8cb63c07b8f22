"""The clients against real servers: llama.cpp's, and LiteLLM's proxy before two of them.

They are not part of an ordinary run; CONTRIBUTING.md says how to install and run them. One model
is made on the spot and talks nonsense; the other is a small real one, Gemma 3 of 270 million
parameters.
"""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
import threading

import PIL.Image
import pytest

from engram.chat.chain import FallbackChain
from engram.chat.rules import RuleBasedFallback
from engram.core.attachments import Image, Picture
from engram.core.errors import GiveUpError, ResponderError, UnavailableError, WordlessError
from engram.core.events import Finished, Progress, Question, Stage, TextDelta, Turn
from engram.llm.anthropic import AnthropicClient
from engram.llm.openai import OpenAIClient
from tests.conftest import ROOT, clean_environment, launcher_command, make_assistant
from tests.real_servers import (
    HOME,
    PYTHON,
    START,
    RealServer,
    free_port,
    write_gemma,
    write_tiny_model,
)

KEY = "sk-engram-test"
# What Gemma writes much about.
MONEY = "Write an article on the history of money, with many paragraphs."

pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not PYTHON.exists(), reason=f"no real servers are installed in {HOME}"),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The file of a model."""
    return write_tiny_model(tmp_path_factory.mktemp("real") / "tiny.gguf")


@pytest.fixture(scope="module")
def gemma(tmp_path_factory):
    """The file of a small real model."""
    return write_gemma(tmp_path_factory.mktemp("real") / "gemma.gguf")


@pytest.fixture
def start():
    """Start llama.cpp's server with a model."""
    with contextlib.ExitStack() as stack:

        def started(model, *options, ready=(200,), key=""):
            keys = ("--key", key) if key else ()
            server = RealServer.llama(model, *options, *keys)
            stack.callback(server.stop)
            return server.wait({"Authorization": f"Bearer {key}"}, ready)

        yield started


@pytest.fixture
def llama(model, start):
    """Start one with the nonsense model."""
    return lambda: start(model, "--context", 1024)


@pytest.fixture
def hosts(llama):
    """Two servers of llama.cpp."""
    return [llama(), llama()]


@pytest.fixture
def start_proxy(model):
    """Start LiteLLM's proxy before two hosts, with the configuration from the documents."""
    with contextlib.ExitStack() as stack:

        def started(first, second):
            port = free_port()
            server = RealServer(
                model.with_name("litellm.log"), port,
                HOME / "bin" / "litellm",
                "--config", ROOT / "docs" / "examples" / "litellm.yaml",
                "--host", "127.0.0.1", "--port", port,
                FIRST_HOST=f"{first.url}/v1",
                SECOND_HOST=f"{second.url}/v1",
                LITELLM_MASTER_KEY=KEY,
                LITELLM_LOCAL_MODEL_COST_MAP="True",
                REPEATED_STREAMING_CHUNK_LIMIT="1000",  # nonsense may say the same word for long
            )  # fmt: skip
            stack.callback(server.stop)
            return server.wait({"Authorization": f"Bearer {KEY}"})

        yield started


@pytest.fixture
def proxy(start_proxy, hosts):
    """LiteLLM's proxy before both hosts."""
    return start_proxy(*hosts)


def ask(client, text="hi"):
    history = (Turn("Is BTC up?", "Yes."),)
    question = Question(text, system="Be brief.", history=history)
    *before, answer = client.respond(question)
    assert isinstance(answer, Finished)
    assert answer.text.strip()
    said = "".join(event.text for event in before if isinstance(event, TextDelta))
    assert said.strip() == answer.text
    # The tiny model talks until it must stop; over Anthropic's protocol LiteLLM does not tell.
    assert answer.cut_short is (answer.model != "mock") or isinstance(client, AnthropicClient)
    return answer


def test_llama_cpp_answers(llama):
    """Whoever runs llama.cpp instead of LM Studio would get no answers."""
    client = OpenAIClient(f"{llama().url}/v1")
    assert client.probe()
    assert ask(client).model == "glm-4.7-flash"


def test_a_prompt_that_is_too_long_is_no_answer(llama):
    """Nothing, or an error text, would pass for an answer."""
    client = OpenAIClient(f"{llama().url}/v1", timeout=10, max_retries=1)
    with pytest.raises(ResponderError):
        list(client.respond(Question("x" * 20_000)))
    assert ask(client)


@pytest.mark.timeout(1500)
def test_a_long_conversation_stays_under_the_context(model, start):
    """After nine questions nobody would be answered by the model any more."""
    server = start(model, "--context", 4096, "--answer", 60)
    command = ("-m", "tests.soak_conversation", "--context", "4096", "--turns", "300")
    done = subprocess.run(
        [sys.executable, *command, "--openai-url", f"{server.url}/v1"],
        cwd=ROOT, capture_output=True, text=True, timeout=1400, check=False,
    )  # fmt: skip
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 failed" in done.stdout


def test_litellm_answers_in_both_protocols(proxy):
    """What docs/scaling.md promises would not work."""
    for client in (
        OpenAIClient(f"{proxy.url}/v1", model="glm", token=KEY),
        AnthropicClient(proxy.url, model="glm", token=KEY),
        OpenAIClient(f"{proxy.url}/v1", model="mock", token=KEY),
        AnthropicClient(proxy.url, model="mock", token=KEY),
    ):
        assert client.probe()
        assert ask(client).source == client.name


def test_many_chats_are_answered_behind_litellm(proxy):
    """A crowd would break what works for one."""
    client = OpenAIClient(f"{proxy.url}/v1", model="glm", token=KEY)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(ask(client))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 12


def test_one_host_may_go_down(proxy, hosts):
    """Two hosts would fail twice as often as one."""
    client = OpenAIClient(f"{proxy.url}/v1", model="glm", token=KEY)
    assert ask(client)
    hosts[0].stop()
    for _ in range(4):
        assert ask(client)


def test_what_goes_wrong_ends_in_the_fallback(proxy, caplog):
    """A person would read LiteLLM's error text, or the log would show the key."""
    wrong = OpenAIClient(f"{proxy.url}/v1", model="glm", token="sk-wrong-secret")
    assert not wrong.probe()
    missing = OpenAIClient(f"{proxy.url}/v1", model="gpt-0", token=KEY)
    with pytest.raises(GiveUpError, match="gpt-0"):
        list(missing.respond(Question("hi")))
    (*_, answer) = FallbackChain([wrong, missing, RuleBasedFallback()]).respond(Question("hi"))
    assert answer.source == "rules"
    proxy.stop()
    with pytest.raises(UnavailableError, match="connection refused"):
        list(missing.respond(Question("hi")))
    assert "wrong-secret" not in caplog.text


def test_a_real_model_answers_and_tells_its_progress(start, gemma):
    """A person would wait for a long prompt in the dark, or read a chat template's tokens."""
    client = OpenAIClient(f"{start(gemma, '--answer', 40, key=KEY).url}/v1", token=KEY)
    assert client.probe()
    client.try_out()
    *before, answer = client.respond(Question("Candles, again and again. " * 300))
    read = [
        event.fraction
        for event in before
        if isinstance(event, Progress) and event.stage is Stage.READING
    ]
    assert read == sorted(read)
    assert read[-1] == 1
    assert answer.text
    assert "<|" not in answer.text


def test_a_wrong_key_is_told(start, gemma):
    """The check would be green while every answer fails."""
    url = f"{start(gemma, key=KEY).url}/v1"
    client = OpenAIClient(url, model="any", token="sk-wrong-secret")
    client.probe()
    with pytest.raises(GiveUpError, match="it answers 401; put its token as OPENAI_API_KEY"):
        client.try_out()


def test_a_server_that_loads_its_model_is_waited_for(start, gemma):
    """Whoever asks first after a start would get no answer of the model."""
    server = start(gemma, "--answer", 10, ready=(200, 503))
    *before, answer = OpenAIClient(f"{server.url}/v1").respond(Question("hi"))
    assert Progress(Stage.LOADING) in before
    assert answer.source == "openai"


def test_what_was_read_stays_when_the_server_is_killed(start, gemma):
    """Two paragraphs would vanish from the screen because the end is missing."""
    server = start(gemma, "--answer", 1000)
    client = OpenAIClient(f"{server.url}/v1")
    said, answer = "", None
    for event in client.respond(Question(MONEY)):
        if isinstance(event, TextDelta):
            said += event.text
        if len(said) > 300 and server.process.poll() is None:
            server.stop()
        answer = event
    assert isinstance(answer, Finished)
    assert len(answer.text) >= 200
    assert said.startswith(answer.text[:200])


def picture(width=300, height=200):
    """A picture as the conversation has it."""
    drawn = io.BytesIO()
    PIL.Image.new("RGB", (width, height), "green").save(drawn, "JPEG")
    image = Image(drawn.getvalue(), "image/jpeg", width, height)
    return Picture("photo", width, height, lambda: image)


def test_a_model_with_eyes_is_shown_pictures(model, start):
    """A person would ask about a chart, and a model that can see it would be asked without it."""
    eyes = write_tiny_model(model.with_name("eyes.gguf"), eyes=True)
    url = start(model, "--eyes", eyes, "--answer", 20).url
    for client in (OpenAIClient(f"{url}/v1"), AnthropicClient(url)):
        assert client.probe()
        assert [listed.vision for listed in client.models] == [True]
        (*_, blind) = client.respond(Question("What is this?"))
        (*_, answer) = client.respond(Question("What is this?", pictures=(picture(),) * 2))
        assert answer.text
        assert not answer.blind
        # 16 tokens for each of them, and what stands around them.
        assert answer.usage.read >= blind.usage.read + 2 * 16


def test_thinking_can_be_switched_off(model, start, start_proxy):
    """A person would wait for thoughts about "hi", or have switched them off in vain."""
    url = start(model, "--thinks", "--answer", 20).url
    proxy = start_proxy(*[start(model, "--thinks", "--answer", 20) for _ in range(2)])
    for client in (
        OpenAIClient(f"{url}/v1"),
        OpenAIClient(f"{proxy.url}/v1", model="glm", token=KEY),
        AnthropicClient(proxy.url, model="glm", token=KEY),
    ):
        with pytest.raises(WordlessError, match="thought"):
            list(client.respond(Question("hi")))
        for question in (Question("hi", calm=True), Question("hi", effort="off")):
            *_, answer = client.respond(question)
            assert answer.text


def test_what_an_answer_cost_is_told(proxy, hosts):
    """/status would have no figures, or those of another server."""
    for client in (
        OpenAIClient(f"{hosts[0].url}/v1"),
        AnthropicClient(hosts[0].url),
        OpenAIClient(f"{proxy.url}/v1", model="glm", token=KEY),
        AnthropicClient(proxy.url, model="glm", token=KEY),
    ):
        before, usage = ask(client, "What moved?").usage, ask(client, "What moved?").usage
        assert usage.read == before.read > 20
        assert usage.written > 0
        assert usage.speed > 0
        assert 0 < usage.first_token < START
        assert usage.cached >= usage.read - 10


def told(*lines, url, model, folder):
    """What the terminal chat prints when somebody types these lines."""
    (folder / "config.ini").write_text(
        f"[fallback]\norder = openai, mock, rules\n[openai]\nbase_url = {url}/v1\n"
        f"model = {model}\n[market]\nexchange =\n",
        encoding="utf-8",
    )
    (folder / ".env").write_text(f"OPENAI_API_KEY={KEY}\n", encoding="utf-8")
    (folder / "chart.jpg").write_bytes(picture(2000, 900).load().data)
    done = subprocess.run(
        launcher_command("--console", "--config", "config.ini"),
        cwd=folder, env=clean_environment(), input="\n".join(lines) + "\n",
        capture_output=True, text=True, encoding="utf-8", timeout=200, check=False,
    )  # fmt: skip
    return done.stdout


LOOKED = ("/image chart.jpg and this?", "/image chart.jpg", "/image chart.jpg why?", "/new", "hi")


def test_a_picture_that_is_refused_ends_in_the_sentence(proxy, hosts, tmp_path):
    """A person would read nothing for minutes, and neither would anybody else behind LiteLLM.

    It tries a refused picture several times, and leaves a host alone that has refused a few.
    """
    del hosts
    said = told(*LOOKED, url=proxy.url, model="glm", folder=tmp_path)
    assert said.count("👁 glm cannot look at pictures.") == 3
    assert said.count("💡 Powered by glm") == 3


@pytest.mark.parametrize("sees", [False, True])
def test_who_can_look_is_shown_it(model, start, tmp_path, sees):
    """A model with eyes would be taken for a blind one, or the other way round."""
    eyes = write_tiny_model(model.with_name("eyes.gguf"), eyes=True)
    url = start(model, "--answer", 20, *(("--eyes", eyes) if sees else ())).url
    said = told(*LOOKED, url=url, model="", folder=tmp_path)
    assert ("cannot look at pictures" in said) is not sees
    assert said.count("💡 Powered by llama.cpp glm-4.7-flash") == (4 if sees else 3)


def test_prompts_are_small(start, gemma, exchange):
    """Before each answer a person would wait for thousands of tokens to be read."""
    client = OpenAIClient(f"{start(gemma, '--answer', 60).url}/v1")
    bounds = {"hi": 200, "/analyze BTC 4h": 700, "how is eth on the daily?": 700}
    for text, most in bounds.items():
        *_, answer = make_assistant(client, exchange=exchange).reply("1", text)
        print(text, answer.usage)
        assert 50 < answer.usage.read <= most


def test_what_a_model_has_read_it_need_not_read_again(start, gemma, exchange):
    """Each answer of a conversation would begin later than the one before it."""
    client = OpenAIClient(f"{start(gemma, '--answer', 60).url}/v1")
    assistant = make_assistant(client, exchange=exchange)
    talk = ("hi", "What is a stop loss?", "And why?", "how is eth on the daily?", "thanks", "bye")
    written = 1000
    for text in talk:
        *_, answer = assistant.reply("1", text)
        print(text, answer.usage)
        figures = 500 if "eth" in text else 0
        # Else new are the answer before it, the question, the time, and the template around them.
        assert answer.usage.read - answer.usage.cached <= written + 80 + figures
        written = answer.usage.written


@pytest.mark.parametrize("options", [(), ("--thinks",)])
def test_an_analysis_has_its_form(model, start, exchange, options):
    """A small model's answer would have no verdict, or all of it would be taken for thoughts."""
    client = OpenAIClient(f"{start(model, '--answer', 2000, *options).url}/v1")
    *_, answer = make_assistant(client, exchange=exchange).reply("1", "/analyze BTC 4h")
    assert re.search(r"Model: (BUY|SELL|HOLD) \((High|Medium|Low)\)", answer.text)
