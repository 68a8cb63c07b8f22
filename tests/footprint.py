"""What a process holds, seen from outside: memory, threads, open files and processor time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Footprint:
    """`megabytes` are resident; `processor` is the seconds of a core that it has used."""

    megabytes: float
    threads: int
    files: int
    processor: float

    @classmethod
    def of(cls, pid: int) -> Footprint:
        """Of the process `pid`, as it is now."""
        folder = Path(f"/proc/{pid}")
        lines = (folder / "status").read_text(encoding="utf-8").splitlines()
        status = dict(line.split(":", 1) for line in lines)
        # The name, in brackets, may have blanks; user and system time are the 14th and 15th field.
        times = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
        return cls(
            int(status["VmRSS"].split()[0]) / 1024,
            int(status["Threads"]),
            len(os.listdir(folder / "fd")),  # noqa: PTH208 - links that may be gone already
            sum(map(int, times)) / os.sysconf("SC_CLK_TCK"),
        )
