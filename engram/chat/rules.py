"""`RuleBasedFallback`: the last resort, which needs nothing and cannot fail."""

from collections.abc import Generator

from engram.chat.texts import LAST_RESORT
from engram.core.events import Event, Finished, Question


class RuleBasedFallback:
    """Answers every question with one honest sentence."""

    name = "rules"
    base_url = ""
    available = True

    def respond(self, question: Question) -> Generator[Event, None, None]:
        """Answer with what is always true."""
        yield Finished(LAST_RESORT[question.kind], self.name)
