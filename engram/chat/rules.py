"""`RuleBasedFallback`: the last resort; it needs nothing and cannot fail."""

from __future__ import annotations

from collections.abc import Generator

from engram.core.events import Event, Finished, Kind, Question

ANSWERS = {
    Kind.CHAT: (
        "I can't work out an answer to that right now. /status shows what is running, and "
        "/help what I can do without a language model. Please ask again in a moment."
    ),
    Kind.ANALYSIS: (
        "Signal: HOLD\nConfidence: Low\n\nNothing could be measured right now, so there is no "
        "ground for buying or selling. Please try again in a moment."
    ),
}


class RuleBasedFallback:
    """Answers every question with one honest sentence."""

    name = "rules"
    available = True

    def respond(self, question: Question) -> Generator[Event, None, None]:
        """Answer with what is always true."""
        yield Finished(ANSWERS[question.kind], self.name)
