"""The clock of everything that happens unasked: wall time, and the waits between rounds."""

import threading
import time


class Clock:
    """The machine's clock. Whoever needs another one, such as a test, hands in a subclass.

    Timeouts of networks, deadlines and the pace of sending stay on `time.monotonic`.
    """

    def now(self) -> float:
        """Wall time, in seconds since the epoch: it may jump."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some moment: never jumps, and may stand still while the machine sleeps."""
        return time.monotonic()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until `event` is set, or `seconds` have passed; returns whether it is set."""
        return event.wait(min(max(0.0, seconds), threading.TIMEOUT_MAX))
