"""`Stopwatch`: how fast an answer comes, by Engram's own clock, where the server does not tell."""

from collections.abc import Callable
from dataclasses import replace

from engram.core.usage import Usage
from engram.llm.reading import seconds, speed

# What comes within less was written before, and is only handed over. Seconds.
SHORTEST = 0.25


class Stopwatch:
    """The moments in which the pieces of an answer come, from when it is made: the request."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = self._first = self._last = clock()
        self._pieces = self._at_first = 0

    def heard(self, pieces: int) -> None:
        """Note that so many pieces have come together, in words or thoughts."""
        if not pieces:
            return
        self._last = self._clock()
        if not self._pieces:
            self._first, self._at_first = self._last, pieces
        self._pieces += pieces

    def completed(self, told: Usage, streamed: int) -> Usage:
        """What the server has `told`, and beside it what only the clock knows.

        So many tokens were `streamed`; without any that are counted there is no speed. Loading the
        model is none of the wait for the first token, if it is told.
        """
        waited = seconds(self._first - self._began - told.load)
        return replace(
            told,
            speed=told.speed or self._speed(streamed),
            first_token=told.first_token or waited,
        )

    def _speed(self, tokens: int) -> float:
        """Tokens a second from the first pieces to the last; 0 if that was too short to say."""
        took = self._last - self._first
        if took < SHORTEST:
            return 0.0
        # What came first was written before the watch could run.
        return speed(tokens * (1 - self._at_first / self._pieces) / took)
