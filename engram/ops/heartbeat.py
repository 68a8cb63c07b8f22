"""A dead man's switch: one request a minute while the bot works."""

import logging
import threading
from collections.abc import Callable

import requests

from engram.core.http.hang_up import HangUpSession

log = logging.getLogger(__name__)

EVERY, TIMEOUT = 60.0, 10.0


class Heartbeat:
    """Requests `url` every `every` seconds while `alive()`; silence sets off an alarm there.

    Without a `url` it does nothing.
    """

    def __init__(self, url: str, alive: Callable[[], bool], every: float = EVERY) -> None:
        self.url = url
        self._alive = alive
        self._every = every
        self._stopped = threading.Event()
        self._trouble = ""

    def start(self) -> None:
        """Begin in the background."""
        if self.url:
            threading.Thread(target=self._run, name="heartbeat", daemon=True).start()

    def stop(self) -> None:
        """End it."""
        self._stopped.set()

    def beat(self) -> None:
        """Send one request if the bot works; log trouble when it begins."""
        if not self._alive():
            return
        try:
            # The timeout alone is one of silence.
            with HangUpSession() as session, session.ended_after(TIMEOUT):
                status = session.get(self.url, timeout=TIMEOUT, stream=True).status_code
            trouble = "" if status < 400 else f"it answers {status}"
        except requests.RequestException as err:
            # The address of such a service is like a password: it must not be in the log.
            trouble = type(err).__name__
        if trouble and trouble != self._trouble:
            log.warning("[monitor] heartbeat_url cannot be requested: %s", trouble)
        self._trouble = trouble

    def _run(self) -> None:
        while not self._stopped.is_set():
            self.beat()
            self._stopped.wait(self._every)
