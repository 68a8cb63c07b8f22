"""Bots and doubles as processes of their own, so that nobody shares an interpreter with another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

from tests.footprint import Footprint, processor_time

ROOT = Path(__file__).parent.parent.parent
# All that programs get of the environment: what else a shell has set (PYTHON*, COVERAGE_*, proxies)
# would be measured, too.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT")


class Process:
    """`python ARGUMENTS` in `folder`, with its own environment; killed at the end of a block.

    What it prints is lost unless it is `heard`: nobody would empty the pipe.
    """

    def __init__(
        self,
        *arguments: str,
        folder: Path = ROOT,
        environment: dict[str, str] | None = None,
        heard: bool = False,
    ) -> None:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.began = time.monotonic()
        self._popen = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=folder,
            env={**kept, "PYTHONPATH": str(ROOT), **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if heard else subprocess.DEVNULL,
            stderr=None if heard else subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _err: BaseException | None, _: TracebackType | None
    ) -> None:
        self._popen.kill()
        self._popen.communicate()

    def end(self, number: int = signal.SIGTERM) -> None:
        """Send a signal and wait for the end."""
        self._popen.send_signal(number)
        self._popen.communicate()

    def line(self) -> str:
        """The next line that it prints."""
        assert self._popen.stdout is not None
        return self._popen.stdout.readline()

    def type(self, line: str) -> None:
        """Type a line into it."""
        assert self._popen.stdin is not None
        print(line, file=self._popen.stdin, flush=True)

    def footprint(self) -> Footprint:
        """What it holds at the moment."""
        return Footprint.of(self._popen.pid)

    def processor(self) -> float:
        """The processor time that it has used, in milliseconds."""
        return processor_time(self._popen.pid) * 1000

    def resident(self) -> float:
        """Its resident memory in MB."""
        return self.footprint().megabytes


class Double(Process):
    """`python -m tests.doubles.NAME` at `url`, and its controls."""

    def __init__(self, name: str, *arguments: str) -> None:
        super().__init__("-m", f"tests.doubles.{name}", *arguments, heard=True)
        self.url = self.line().split()[-1]
        self._session = requests.Session()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    def control(self, verb: str, **parameters: Any) -> Any:
        """What the double answers to `/control/VERB`."""
        response = self._session.post(f"{self.url}/control/{verb}", data=parameters, timeout=120)
        response.raise_for_status()
        return response.json()

    def behave(self, **step: Any) -> None:
        """Have a model server answer so from now on."""
        self._session.post(f"{self.url}/control/behave", json=[step], timeout=10).raise_for_status()
