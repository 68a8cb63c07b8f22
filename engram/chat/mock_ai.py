"""`MockAIAnalyzer`: what can be said without a language model; deterministic."""

from collections.abc import Generator

from engram.chat import small_talk, texts
from engram.core.errors import MarketError
from engram.core.events import Event, Finished, Kind, Question
from engram.market.analyst import Analyst
from engram.market.symbols import find_coin


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
        yield Finished(question.panel or answer(question.text), self.name)

    def analyze(self, prompt: str) -> str:
        """The panel for the symbol in `prompt`; without data it says HOLD, Low, and why."""
        request = self._analyst.understand(prompt)
        if request is None and (coin := find_coin(prompt)):
            request = self._analyst.understand(coin)
        if request is None:
            return texts.WHICH_MARKET
        try:
            return self._analyst.report(request).panel
        except MarketError as err:
            return str(err)

    def chat(self, message: str) -> str:
        """A reply to `message`; the same message always gets the same reply."""
        if said := small_talk.reply(message):
            return said
        coin = find_coin(message)
        return texts.ABOUT_COIN.format(coin=coin) if coin else texts.NEEDS_MODEL
