"""Whether a model server is reachable: probed in the background, logged on change."""

import logging
import threading

from engram.core.model import Status
from engram.llm.server import ModelServer

log = logging.getLogger(__name__)

# A server counts as offline after this many failed probes in a row.
RETRIES = 3


class Health:
    """Probes `server` every `interval` seconds and keeps its `status`."""

    def __init__(self, server: ModelServer, interval: float) -> None:
        self.status = Status.OFFLINE
        self.server = server
        self._interval = interval
        self._failures = 0
        self._problem = ""
        self._stop = threading.Event()
        self._first = threading.Event()

    @property
    def as_seen(self) -> Status:
        """The status by the probes and by what questions have met since."""
        if self.status is not Status.CONNECTED:
            return self.status
        if not self.server.available:
            return Status.RETRYING
        return Status.FAILING if self.server.outcomes.trouble else Status.CONNECTED

    def start(self) -> None:
        """Begin to probe in the background."""
        threading.Thread(target=self._run, name="health", daemon=True).start()

    def stop(self) -> None:
        """End the probing."""
        self._stop.set()

    def wait_for_first(self, timeout: float) -> Status:
        """The status after the first probe, or after `timeout` seconds."""
        self._first.wait(timeout)
        return self.status

    def check(self) -> Status:
        """Probe once, and log a change."""
        # A question may have found before this probe that the server is gone.
        self._problem = self._problem or self.server.problem
        self._failures = 0 if self.server.probe() else self._failures + 1
        if not self._failures:
            self.status = Status.CONNECTED
        elif self.server.outcomes.lacking:
            self.status = Status.FAILING
        elif self.server.available:
            # It is slow, or loads its model: what is asked now may be answered.
            self.status = Status.RETRYING
        elif self.status is Status.OFFLINE or self._failures >= RETRIES:
            self.status = Status.OFFLINE
        else:
            self.status = Status.RETRYING
        self._log_change()
        return self.status

    @property
    def _kind(self) -> str:
        return self.server.provider.at(self.server.base_url).kind

    def _log_change(self) -> None:
        problem = self.server.problem
        if problem and problem != self._problem:
            log.warning("%s at %s: %s", self._kind, self.server.base_url, problem)
        elif self._problem and not problem:
            log.info("%s at %s is reachable", self._kind, self.server.base_url)
        self._problem = problem

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.check()
            except Exception:
                log.exception("probing %s failed unexpectedly", self.server.base_url)
            self._first.set()
            self._stop.wait(self._interval)
