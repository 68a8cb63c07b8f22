"""What a process holds, seen from outside: memory, threads, open files and processor time."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

HEAP, HEAP_KINDS = 1 << 26, ("rw-p", "---p")


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


def heaps_of(pid: int) -> int:
    """How many heaps glibc has made for the threads of the process `pid`, beside its own.

    Each begins at a multiple of 64 MB, in a range of that size of which the rest is only reserved.
    """
    lines = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines()
    parts = [
        (*(int(end, 16) for end in line.split()[0].split("-")), line.split()[1]) for line in lines
    ]
    return sum(
        begin % HEAP == 0 and until == begin + HEAP and (kind, other) == HEAP_KINDS
        for (begin, _, kind), (_, until, other) in pairwise(parts)
    )


def processor_time(pid: int) -> float:
    """The seconds of a core that the process `pid` has used.

    They are the user and system time of its /proc/PID/stat, which counts in hundredths, from the
    clock behind it, which counts in nanoseconds: Linux numbers the clock of each process like this.
    """
    return time.clock_gettime(~pid << 3 | 2)
