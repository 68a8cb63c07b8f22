"""A clock of adjustable rate and offset, which several processes share by a file.

    clock = AdjustableClock(folder / "clock.json")
    clock.run(rate=600)                 # ten minutes in a second
    clock.jump(hours=-3)                # wall time is set; what lasts goes on as before
    exchange.now = clock.now            # the exchange's double goes by it as well
    launcher.adjusted = True            # and so does what `launcher.py` does unasked

`monotonic` runs at the same rate and never jumps.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from engram.core.clock import Clock

# So long (s, real) a wait may not see that the rate has changed.
GLANCE = 0.02


@dataclass(frozen=True, slots=True)
class Setting:
    """At the real time `real` (s, monotonic) it was `wall` and `elapsed`, which run by `rate`."""

    real: float
    wall: float
    elapsed: float
    rate: float = 1.0

    def later(self) -> Setting:
        """The same clock, as it is now."""
        real = time.monotonic()
        passed = (real - self.real) * self.rate
        return replace(self, real=real, wall=self.wall + passed, elapsed=self.elapsed + passed)


class AdjustableClock(Clock):
    """The clock in `file`, which is made with the machine's time unless it is there."""

    def __init__(self, file: Path, wall: float | None = None) -> None:
        self._file = file
        self._read: tuple[int, Setting] | None = None
        if not file.exists():
            began = time.time() if wall is None else wall
            self._write(Setting(time.monotonic(), began, time.monotonic()))

    def now(self) -> float:
        """Wall time by this clock, in seconds since the epoch."""
        return self._setting().later().wall

    def monotonic(self) -> float:
        """Seconds that never jump, by this clock."""
        return self._setting().later().elapsed

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until `event` is set, or that much time has passed by this clock."""
        until = self.monotonic() + seconds
        while (left := until - self.monotonic()) > 0:
            rate = max(self._setting().rate, 1e-9)
            if event.wait(min(left / rate, GLANCE)):
                return True
        return event.is_set()

    def run(self, rate: float) -> None:
        """Run `rate` times as fast as real time from now on; 0 stands still."""
        self._write(replace(self._setting().later(), rate=rate))

    def jump(self, hours: float = 0.0, seconds: float = 0.0) -> None:
        """Set the wall time ahead, or back."""
        now = self._setting().later()
        self._write(replace(now, wall=now.wall + hours * 3600 + seconds))

    def set(self, wall: float) -> None:
        """Set the wall time to `wall`, in seconds since the epoch."""
        self._write(replace(self._setting().later(), wall=wall))

    def skip(self, seconds: float) -> None:
        """Let so many seconds pass at once, as for a process that was stopped meanwhile."""
        now = self._setting().later()
        self._write(replace(now, wall=now.wall + seconds, elapsed=now.elapsed + seconds))

    def sleep(self, seconds: float) -> None:
        """Be a machine that has slept: wall time has gone on, and nothing else."""
        self.jump(seconds=seconds)

    def _setting(self) -> Setting:
        changed = self._file.stat().st_mtime_ns
        if self._read is None or self._read[0] != changed:
            self._read = changed, Setting(**json.loads(self._file.read_text("utf-8")))
        return self._read[1]

    def _write(self, setting: Setting) -> None:
        # Whoever reads meanwhile reads the old one or the new one.
        new = self._file.with_name(f"{self._file.name}.new")
        new.write_text(json.dumps(asdict(setting)), "utf-8")
        new.replace(self._file)
        self._read = None
