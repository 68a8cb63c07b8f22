"""What a process holds, seen from outside: memory, threads, open files and processor time."""

from __future__ import annotations

import os
import time
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
        return cls(
            int(status["VmRSS"].split()[0]) / 1024,
            int(status["Threads"]),
            len(os.listdir(folder / "fd")),  # noqa: PTH208 - links that may be gone already
            processor_time(pid),
        )


def processor_time(pid: int) -> float:
    """The seconds of a core that the process `pid` has used.

    They are the user and system time of its /proc/PID/stat, which counts in hundredths, from the
    clock behind it, which counts in nanoseconds: Linux numbers the clock of each process like this.
    """
    return time.clock_gettime(~pid << 3 | 2)
