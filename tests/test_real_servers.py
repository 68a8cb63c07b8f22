"""The clients against real servers: llama.cpp's, and LiteLLM's proxy before two of them.

They are not part of an ordinary run; CONTRIBUTING.md says how to install and run them. The model
is made on the spot and talks nonsense.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest
import requests

from engram.chat.chain import FallbackChain
from engram.chat.rules import RuleBasedFallback
from engram.core.errors import GiveUpError, ResponderError, UnavailableError
from engram.core.events import Finished, Question, TextDelta, Turn
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

    def wait(self, headers):
        """Wait until it lists its models."""
        until = time.monotonic() + START
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{self.url}/v1/models", headers=headers, timeout=5).ok:
                    return self
            time.sleep(0.2)
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


@pytest.fixture
def llama(model):
    """Start a server of llama.cpp with that model."""
    with contextlib.ExitStack() as stack:

        def start():
            port = free_port()
            server = Server(
                model.with_name(f"llama-{port}.log"), port,
                "-m", "llama_cpp.server", "--model", model, "--model_alias", "glm-4.7-flash",
                "--port", port, "--n_ctx", 256, "--n_threads", 1, "--interrupt_requests", "False",
            )  # fmt: skip
            stack.callback(server.stop)
            return server.wait({})

        yield start


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
    assert answer.cut_short is (answer.model != "mock")  # the tiny model talks until it must stop
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
