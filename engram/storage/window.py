"""`Windows`: how far back a model is told what was said, so that the same beginning lasts long.

A server that has read a prompt keeps what it has read, and reads on from where the next one
differs (llama.cpp, LM Studio and vLLM call it the prompt or prefix cache). If each question dropped
a turn at the beginning, everything behind it would be read anew each time.
"""

from collections.abc import Sequence

from engram.core.lru import LRUCache

# How much a model is told again: at most this many turns, with this many characters in all, and
# half of that once it was too much.
TURNS, CHARACTERS = 16, 16_000
# So many beginnings are remembered; a conversation gets another one after several turns.
BEGINNINGS = 5000


class Windows:
    """Where the windows on conversations begin; a restart of the bot forgets it."""

    def __init__(self) -> None:
        self._beginnings: LRUCache[float, bool] = LRUCache(BEGINNINGS)

    def told(self, lengths: Sequence[int], at: Sequence[float]) -> int:
        """How many of the latest turns are told, of which `lengths` are the characters.

        `at` is when each one was said, which tells it from all others; the latest comes first. Of a
        conversation that is too long there is one more than `TURNS`.
        """
        most = _fitting(lengths, TURNS, CHARACTERS)
        if most == len(lengths):
            return most
        for i in reversed(range(most)):
            if self._beginnings.get(at[i]):
                return i + 1
        told = _fitting(lengths, TURNS // 2, CHARACTERS // 2)
        self._beginnings.put(at[told - 1], True)
        return told


def _fitting(lengths: Sequence[int], turns: int, characters: int) -> int:
    """How many of the latest turns are within both limits; the latest is, however long."""
    for i, length in enumerate(lengths[:turns]):
        characters -= length
        if characters < 0 and i:
            return i
    return min(len(lengths), turns)
