"""What belongs to conversations and cannot be written yet: known until it is."""

from dataclasses import dataclass
from typing import Any

Row = tuple[Any, ...]
# So many turns at most.
MOST = 1000


@dataclass(frozen=True, slots=True)
class UnwrittenTurn:
    """A turn after `parent`, about the markets of `topic`.

    `said` has its data, question, answer, server and thread, when it was, the person, and what was
    shown, as the store would give them.
    """

    parent: int
    topic: str
    said: Row


class Unwritten:
    """Turns by their numbers, and by chats their latest turns and what was chosen for them.

    That is a model, and how much it is to think.
    """

    def __init__(self) -> None:
        self.turns: dict[int, UnwrittenTurn] = {}
        self.heads: dict[str, int] = {}
        self.models: dict[str, str] = {}
        self.efforts: dict[str, str] = {}

    def add(self, chat: str, number: int, turn: UnwrittenTurn) -> None:
        """Know `turn` as the latest of the chat."""
        if len(self.turns) < MOST:
            self.turns[number] = turn
            self.heads[chat] = number

    def clear(self) -> None:
        """Forget all: what comes later was written, so that this was, too, or never will be."""
        for one in (self.turns, self.heads, self.models, self.efforts):
            one.clear()

    def said(self, turn: int, most: int) -> tuple[list[Row], int]:
        """What was said in at most so many turns up to `turn`, latest first, and what goes before.

        That is the number of a turn which is not one of these.
        """
        rows: list[Row] = []
        while len(rows) < most and (found := self.turns.get(turn)):
            rows.append(found.said)
            turn = found.parent
        return rows, turn

    def topic(self, turn: int) -> tuple[str, int]:
        """The latest topic up to `turn`, and where to look on if it is ""."""
        while found := self.turns.get(turn):
            if found.topic:
                return found.topic, turn
            turn = found.parent
        return "", turn
