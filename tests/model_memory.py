"""What a model takes of memory and time in llama.cpp: `python -m tests.model_memory`.

    python -m tests.model_memory                                    # Gemma 3 270M
    python -m tests.model_memory model.gguf --contexts 2048 8192    # another one

For each context it starts llama.cpp's server anew, with the model and that context, and tells the
memory that the process holds: what it reads from the file, and what it needs besides. Then it has
the model read 1,000 tokens, and write 100, and tells the processor time of each: with one thread
that is how long it takes where nothing else runs, also if this machine is busy. Linux only.
CONTRIBUTING.md says how to install the server.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.footprint import Footprint
from tests.real_servers import RealServer, write_gemma

CONTEXTS = (2048, 4096, 8192, 16384, 32768)
READ, WRITTEN = 1000, 100


@dataclass(frozen=True)
class Memory:
    """What a process holds, in MB: pages of files, and all that is no file's."""

    file: float
    own: float

    @classmethod
    def of(cls, pid: int) -> Memory:
        """Of the process `pid`, as it is now."""
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
        status = dict(line.split(":", 1) for line in lines)
        file, own = (int(status[key].split()[0]) / 1024 for key in ("RssFile", "RssAnon"))
        return cls(file, own)


def seconds(server: RealServer, **request: Any) -> float:
    """The processor time in which the server completes a prompt."""
    before = Footprint.of(server.process.pid).processor
    done = requests.post(f"{server.url}/completion", json=request, timeout=600)
    done.raise_for_status()
    return Footprint.of(server.process.pid).processor - before


def measured(model: Path, context: int) -> str:
    """Start the server, measure it, and return a row of the table."""
    server = RealServer.llama(model, "--context", context)
    try:
        server.wait({})
        at_rest = Memory.of(server.process.pid)
        # Any numbers are tokens.
        prompt = list(range(1000, 1000 + READ))
        read = seconds(server, prompt=prompt, n_predict=1)
        wrote = seconds(server, prompt=prompt, n_predict=1 + WRITTEN, ignore_eos=True)
        afterwards = Memory.of(server.process.pid)
    finally:
        server.stop()
    figures = (
        f"{context:,}", f"{afterwards.file:.0f} MB", f"{at_rest.own:.0f} MB",
        f"{afterwards.own:.0f} MB", f"{read:.1f} s", f"{wrote:.1f} s",
    )  # fmt: skip
    return f"| {' | '.join(figures)} |"


def main() -> None:
    """Print the table of one model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", type=Path, help="a GGUF file; default: Gemma 3 270M")
    parser.add_argument("--contexts", nargs="+", type=int, default=CONTEXTS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.gguf"
        if given.model:
            model.symlink_to(given.model.resolve())
        else:
            write_gemma(model)
        print(f"A file of {model.stat().st_size / 1024**2:.0f} MB\n")
        print(f"| context | file | besides | later | read {READ:,} | write {WRITTEN} |")
        print("|---|---|---|---|---|---|")
        for context in given.contexts:
            print(measured(model, context), flush=True)


if __name__ == "__main__":
    main()
