"""`KeptSessions`: connections to a server that are kept for the next call for a few seconds."""

import contextlib
import math
import threading
from collections.abc import Iterator

from engram.core.http.deadlines import Deadline, Deadlines
from engram.core.http.hang_up import HangUpSession

# Node, uvicorn and cpp-httplib, in which model servers are written, close a connection after 5 s
# without a request. Seconds.
KEPT_FOR = 4.0
# Some servers have a thread for each connection: no more than these are kept from others.
MOST = 4


class KeptSessions:
    """Sessions with one connection each, which makes one call at a time; for several threads."""

    def __init__(self) -> None:
        self._deadlines = Deadlines()
        self._lock = threading.Lock()
        # Each with the deadline that closes it.
        self._idle: list[tuple[HangUpSession, Deadline]] = []

    def take(self, *, anew: bool = False) -> HangUpSession:
        """A session whose connection was open when it was used last, if there is one, or a new one.

        With `anew` it is a new one, so that nothing is asked twice.
        """
        with self._lock:
            while self._idle and not anew:
                session, closing = self._idle.pop()
                closing.extend(math.inf)
                if not closing.is_past:
                    return session
        return HangUpSession(self._deadlines, resends=True)

    @contextlib.contextmanager
    def ended_after(self, session: HangUpSession, seconds: float) -> Iterator[Deadline]:
        """Make one call with `session`, as `HangUpSession.ended_after` does, and keep it then.

        It is closed if its connection is, or if the call was ended from another thread.
        """
        try:
            with session.ended_after(seconds) as deadline:
                yield deadline
        finally:
            if session.is_connected and not deadline.is_past:
                self._keep(session)
            else:
                session.close()

    def _keep(self, session: HangUpSession) -> None:
        closing = Deadline(session.close, self._deadlines)
        closing.extend(KEPT_FOR)
        with self._lock:
            self._idle.append((session, closing))
            if len(self._idle) > MOST:
                self._idle.pop(0)[1].end_now()
