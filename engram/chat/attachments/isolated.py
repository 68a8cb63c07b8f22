"""Has a process of its own open foreign bytes, and believes nothing of what it says.

The process gets no secret (its environment is a short list), no file or socket of the bot, no more
memory than `child/limits.py` allows, and ten seconds. It may be broken by what it reads: then it is
killed, with all that it has begun.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import engram
from engram.chat.attachments import child
from engram.chat.attachments.child.refusals import Why
from engram.core.stop import Stop
from engram.core.text.printable import one_line

log = logging.getLogger(__name__)

SECONDS = 10.0
COMMAND = ("-m", child.__name__)
# What a child process may say; a picture is 3 MB at most, a text of 200,000 characters 800 KB.
MOST, MOST_FACTS = 4_000_000, 4000
# All that a Python needs of the environment: a token of the bot is not among it.
ENVIRONMENT = (
    "PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG", "LC_ALL", "PYTHONHOME", "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
)  # fmt: skip
# Two such processes fit beside a language model, and are as many as a small machine can run. The
# bound is the machine's, so it is the module's.
_PLACES = threading.BoundedSemaphore(2)
_LOOK = 0.2  # seconds between two looks whether somebody who waits for a place still wants it
_GRACE = 2.0  # seconds in which pipes of a process that is dead are closed
_LONG = 200  # characters of an error in the log
_ROOT = Path(engram.__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Reply:
    """What a child process said: `content`, or `why` there is none, with what belongs to it."""

    why: Why | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    content: bytes = field(default=b"", repr=False)

    def number(self, name: str) -> int:
        """The fact with that `name`; 0 if it is none that can be believed to be a number."""
        found = self.facts.get(name)
        return found if type(found) is int and 0 <= found < 2**63 else 0

    def word(self, name: str, known: Collection[str]) -> str:
        """The fact with that `name` if it is one of the `known` words, else ""."""
        found = self.facts.get(name)
        return found if isinstance(found, str) and found in known else ""


def ask(kind: str, ending: str, data: bytes, stop: Stop, seconds: float | None = None) -> Reply:
    """Have `data`, a `picture` or a `document` with that `ending` of its name, be opened.

    Blocks, for a place and then for `seconds`, ten by default, at most. Raises `StoppedError` once
    `stop` is requested.
    """
    with _place(stop):
        began = time.monotonic()
        reply = _asked([kind, ending], data, stop, SECONDS if seconds is None else seconds)
        stop.check()
    took = time.monotonic() - began
    if reply.why:
        error = one_line(str(reply.facts.get("error", "")), _LONG)
        found = f": {error}" if error else ""
        log.info("a %s was not opened (%s) in %.1f s%s", kind, reply.why.value, took, found)
    else:
        log.debug("a %s of %d bytes was opened in %.1f s", kind, len(data), took)
    return reply


@contextlib.contextmanager
def _place(stop: Stop) -> Iterator[None]:
    while not _PLACES.acquire(timeout=_LOOK):
        stop.check()
    try:
        yield
    finally:
        _PLACES.release()


def _asked(arguments: list[str], data: bytes, stop: Stop, seconds: float) -> Reply:
    try:
        process = _started(arguments)
    except (OSError, ValueError) as err:
        return Reply(Why.NOT_STARTED, {"error": str(err)})
    talk = _Talk(process, data)
    in_time = False
    try:
        with stop.calls(talk.over.set):
            talk.start()
            in_time = talk.over.wait(seconds)
    finally:
        _end(process)
        talk.close()
    if not in_time:
        return Reply(Why.SLOW, {"seconds": round(seconds)})
    return _read(talk.said) or Reply(*_died(process.returncode, seconds))


def _started(arguments: list[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, *COMMAND, *arguments]
    # In a group of its own, so that all of it can be ended, and Ctrl-C does not reach it.
    return subprocess.Popen(  # noqa: S603  # nothing of it was written by others
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_ROOT,
        env=_environment(),
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _environment() -> dict[str, str]:
    """What the process gets of ours; it finds libraries where this one does."""
    kept = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


class _Talk(threading.Thread):
    """Gives a process its input and takes what it says, until it is killed at the latest."""

    def __init__(self, process: subprocess.Popen[bytes], data: bytes) -> None:
        super().__init__(name="opening", daemon=True)
        self.over = threading.Event()
        self.said = b""
        self._process, self._data = process, data

    def run(self) -> None:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise AssertionError("both are pipes")
        try:
            # A process that is dead already reads nothing.
            with contextlib.suppress(OSError):
                stdin.write(self._data)
            with contextlib.suppress(OSError):
                stdin.close()
            with contextlib.suppress(OSError):
                self.said = stdout.read(MOST + 1)
        finally:
            self._data = b""
            self.over.set()

    def close(self) -> None:
        """Close the pipes to a process that is dead."""
        if self.ident:
            self.join(_GRACE)
        # One that has left its group may still hold them: the thread then waits for it.
        if not self.is_alive():
            for pipe in filter(None, (self._process.stdin, self._process.stdout)):
                with contextlib.suppress(OSError):
                    pipe.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process, which may have ended, and all that it has begun."""
    # It is not waited for before: until then nobody else can get its number.
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)


def _died(code: int | None, seconds: float) -> tuple[Why, Mapping[str, Any]]:
    """Why a process ended without a whole reply."""
    if code == -getattr(signal, "SIGXCPU", 0) != 0:
        return Why.SLOW, {"seconds": round(seconds)}
    return Why.DIED, {"error": f"exit code {code}"}


def _read(said: bytes) -> Reply | None:
    """What a process said, None if that is no whole reply: it may have been broken."""
    line, _, content = said.partition(b"\n")
    try:
        facts = json.loads(line[:MOST_FACTS])
        why = Why(facts["why"]) if "why" in facts else None
        is_whole = len(content) == facts["length"] and len(said) <= MOST
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return Reply(why, facts, content) if is_whole else None
