"""Plain sentences that ask to be told something: read as alerts, before they go to a model."""

from __future__ import annotations

from dataclasses import dataclass

from engram.chat.handlers.parts import Parts
from engram.market.analyst import Analyst
from engram.market.words.reader import Reading
from engram.watch.grammar.wanted import Unclear, Wanted, read_sentence


@dataclass(frozen=True, slots=True)
class _AtHand:
    """What is known of markets at this moment, so that nobody waits for it."""

    analyst: Analyst

    @property
    def timeframe(self) -> str:
        """The timeframe that is meant where none is named."""
        return self.analyst.timeframe

    def read_command(self, text: str) -> Reading:
        """Which market words after a command name."""
        return self.analyst.read_command(text, waits=False)

    def read_sentence(self, text: str) -> Reading:
        """Which market a message speaks of."""
        return self.analyst.read_sentence(text, waits=False)

    def unlisted(self, word: str) -> str:
        """What to say about `word`, which was meant as a market and is none that is known."""
        return self.analyst.unlisted(word)


def wanted(parts: Parts, text: str) -> Wanted | Unclear | None:
    """The alert that a message asks for; None for one that asks for none."""
    return read_sentence(text, parts.analyst)


def asks_to_be_told(analyst: Analyst, text: str) -> bool:
    """Whether a message asks for an alert, as far as that is known without any waiting."""
    return read_sentence(text, _AtHand(analyst)) is not None
