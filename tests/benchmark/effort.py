"""How much is done for each figure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """`runs` of each row, with a bot started anew; `asks` questions in each of them, or so many
    `crowds` that ask at once; a start is measured so many `starts` times more.

    In a siege so many chats are `besieging`, and as many more `paused` by Telegram; the `statuses`
    are asked for while as many are paused, and nobody besieges.
    So many `alerts` are armed on so many `markets` and looked at for `minutes`; so many are
    `watched`. `early` and `late` are the numbers of messages between which memory may not grow.
    """

    runs: int = 5
    asks: int = 20
    crowds: int = 3
    starts: int = 2
    statuses: int = 200
    besieging: int = 1000
    paused: int = 200
    alerts: int = 1000
    markets: int = 100
    minutes: int = 2
    watched: int = 30
    early: int = 1000
    late: int = 20_000

    @classmethod
    def quick(cls) -> Effort:
        """Enough to see that everything still works."""
        return cls(
            runs=1, asks=5, crowds=1, starts=1, statuses=10, besieging=40, paused=8,
            early=100, late=200, alerts=40, markets=10, minutes=1, watched=4,
        )  # fmt: skip
