"""Patience with a model server: how long each attempt may take, and whether another one follows."""

import backoff

from engram.core.errors import TryAgainError

# An answer cut short is worth keeping from this many characters on.
WORTH_KEEPING = 200
# A server that asks for a longer wait than this (seconds) is given up at once: somebody is waiting.
LONGEST_PAUSE = 240.0


class Attempts:
    """The attempts at one answer: `number`, of at most `last`, may take `timeout` seconds.

    The timeout is the time without any event. It doubles with each attempt; between two of them are
    1, 2, 4 ... seconds, or what the server asked for. With 60 and 3 that is 60 + 1 + 120 + 2 + 240
    = 423 s at most before the next responder is asked.
    """

    def __init__(self, timeout: float, max_retries: int) -> None:
        self._timeouts, self._pauses = backoff.expo(factor=timeout), backoff.expo()
        next(self._timeouts), next(self._pauses)  # backoff's generators start with an empty value
        doubled = 1 << max_retries
        #: The seconds after which all is over, if the server asks for no longer pauses.
        self.longest = timeout * (doubled - 1) + doubled // 2 - 1
        self.number, self.last = 1, max_retries
        self.timeout = next(self._timeouts)
        self._partial = ""

    def failed(self, err: TryAgainError, text: str) -> float | None:
        """Note that the attempt failed after `text`; the seconds until the next one, if any.

        Once text was on screen, a broken stream gets one more attempt and no others.
        """
        if text:
            self.last = self.number if self._partial else self.number + 1
            self._partial = max(self._partial, text, key=len)
        pause = next(self._pauses) if err.retry_after is None else err.retry_after
        if self.number >= self.last or pause > LONGEST_PAUSE:
            return None
        self.number += 1
        self.timeout = next(self._timeouts)
        return pause

    @property
    def kept(self) -> str:
        """The longest text that broke off, if it may stand as the answer."""
        return self._partial if len(self._partial) >= WORTH_KEEPING else ""
