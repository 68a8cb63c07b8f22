"""Starts programs of the bot in processes that have imported its libraries already.

A start takes 0.3 s of the processor, and 1.5 s until market data and charts are there, nearly all
of it for imports, and hundreds of tests need one. Here one process imports everything once, and
each bot is a fork of it: a process of its own, with its own memory, signals, files and end.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parent.parent
HAS_FORKS = "forkserver" in multiprocessing.get_all_start_methods()


class Forked:
    """`command`, which begins with this Python, in `folder`; what tests use of `subprocess.Popen`.

    Its standard input is empty, and `stdout` is what it writes to its output and to its errors.
    """

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str]
    ) -> None:
        self.args = list(command)
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.preloaded"])
        said, says = context.Pipe(duplex=False)
        with said, says:
            arguments = (self.args[1:], folder, dict(environment), says)
            self._process = context.Process(target=_run, args=arguments, daemon=True)
            with _importable():
                self._process.start()
            self.stdout: IO[str] = os.fdopen(os.dup(said.fileno()), encoding="utf-8")
        self.pid = self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """Its exit code; less than 0 for a signal that ended it, None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended. Raises `subprocess.TimeoutExpired`."""
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


@contextlib.contextmanager
def _importable() -> Iterator[None]:
    """Have the process that is forked begin in the project, wherever a test has gone."""
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        yield
    finally:
        os.chdir(before)


def _run(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], says: Connection
) -> None:
    """Become `command`: a program of Python's, and its arguments."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(says.fileno(), 1)
    os.dup2(says.fileno(), 2)
    says.close()
    sys.argv = list(command)
    runpy.run_path(command[0], run_name="__main__")
