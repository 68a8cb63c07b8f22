"""`MockAIAnalyzer`: what can be said without a language model; deterministic."""

from collections.abc import Generator

from engram.chat import small_talk, texts
from engram.chat.framing import without_figures
from engram.chat.sent import words
from engram.core.events import Event, Finished, Kind, Question
from engram.market.analyst import Analyst
from engram.market.symbols import Topic


class MockAIAnalyzer:
    """Analyses markets by fixed rules, and makes small talk by patterns."""

    name = "mock"
    base_url = ""
    available = True

    def __init__(self, analyst: Analyst) -> None:
        self._analyst = analyst

    def respond(self, question: Question) -> Generator[Event, None, None]:
        """Answer `question`: with its panel if it has one, else by analysis or small talk."""
        answer = self.analyze if question.kind is Kind.ANALYSIS else self.chat
        is_picture_alone = bool(question.pictures) and not question.blind
        text = words.NOBODY_LOOKED if is_picture_alone else answer(question.text)
        yield Finished(question.panel or text, self.name)

    def analyze(self, prompt: str) -> str:
        """The panel for the symbol in `prompt`; without data it says HOLD, Low, and why."""
        topic = self._analyst.topic_of_command(prompt, Topic) or self._analyst.topic_of(
            prompt, Topic
        )
        if not topic:
            return texts.WHICH_MARKET
        return without_figures(self._analyst.look(topic))

    def chat(self, message: str) -> str:
        """A reply to `message`; the same message always gets the same reply."""
        if said := small_talk.reply(message):
            return said
        markets = self._analyst.topic_of(message, Topic).requests
        return texts.ABOUT_COIN.format(coin=markets[0].base) if markets else texts.NEEDS_MODEL
