"""What of a conversation goes into a model's context where not all of it fits; pure."""

from collections.abc import Sequence
from itertools import accumulate

# The room of a context in blocks, of which the oldest are left out.
BLOCKS = 3


def first_kept(weights: Sequence[float], tokens: Sequence[int], room: int, left: int) -> int:
    """The first turn from which on those that have `tokens` fit into what is `left` of a `room`.

    It begins a block, unless the last block is too long. A block is a third of the room, by the
    turns' `weights`: estimates in tokens that are not corrected, as corrections come with each
    answer.
    """
    blocks = [0, *(int(BLOCKS * end / room) for end in accumulate(weights))]
    turns = range(len(tokens))
    begins = [i for i in turns if i == 0 or blocks[i] != blocks[i - 1]]
    fitting = (first for first in [*begins, *turns] if sum(tokens[first:]) <= left)
    return next(fitting, len(tokens))


def middle_out(text: str, share: float) -> str:
    """That `share` of `text`, of which the middle is left out."""
    kept = int(len(text) * share / 2)
    return f"{text[:kept]}\n[...]\n{text[len(text) - kept :]}"
