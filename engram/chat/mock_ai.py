"""`MockAIAnalyzer`: what can be said without a language model; deterministic."""

from __future__ import annotations

import re
from collections.abc import Generator

from engram.core.errors import MarketError
from engram.core.events import Event, Finished, Kind, Question
from engram.market.analyst import Analyst
from engram.market.symbols import find_coin

# The first pattern that is found in the message decides; more particular ones stand first.
SMALL_TALK = [
    (
        r"(read|understand|interpret|mean).*(analysis|signal|confidence)|what.*(signal|confidence)",
        "How to read an analysis: Signal says what the stated rules make of the market now (BUY, "
        "SELL or HOLD). Confidence says how often the same signal was right in the candles at "
        "hand, compared with any candle; Low means that it is no better than chance. Without "
        "market data the signal is always HOLD.",
    ),
    (
        r"\b(risk|position|stop.?loss|leverage|how much)\b",
        "Risk first, then size: decide what you can lose on one trade, often 1 % of the account, "
        "and where you would admit to be wrong (the stop). Position size = amount at risk ÷ "
        "distance from entry to stop. Example: account 10,000, risk 1 % = 100; entry 50, stop 48 "
        "→ 100 ÷ 2 = 50 units. Leverage does not change that sum, it only hides it.",
    ),
    (
        r"\b(what can you|commands?|help|menu|how do i)\b",
        "I can analyse a market: /analyze BTC 4h. /status shows whether the language model is "
        "there, /help lists all commands. You can also ask me how to read an analysis, or about "
        "risk and position size.",
    ),
    (
        r"\b(who|what) (are|r) (you|u)\b|your name|are you (a )?(bot|human|real)",
        "I'm Engram, a bot in front of your own language model in LM Studio. Just now the built-in "
        "rules speak: they know the market's figures and a little small talk, no more.",
    ),
    (
        r"\b(status|online|offline|connected|working|lm ?studio)\b",
        "/status shows whether LM Studio is connected, which model answers, and how many questions "
        "wait.",
    ),
    (r"\b(thanks|thank you|thx|cheers|danke|merci|gracias)\b", "You're welcome!"),
    (
        r"\b(how are you|how's it going)\b",
        "All good here, thank you. Name a coin and I'll look at it: /analyze BTC.",
    ),
    (r"\b(bye|goodbye|good night|see you)\b", "See you! I'm here whenever the market calls."),
    (
        r"^\W*(hi|hello|hey|hallo|hola|good (morning|afternoon|evening)|gm|yo)\b",
        "Hello! I'm Engram. Send /analyze BTC for an analysis, or /help for all that I can do.",
    ),
]
WHICH_MARKET = (
    "Which market? Send a symbol and, if you like, a timeframe: /analyze BTC, /analyze ETH 4h, "
    "/analyze SOL/USDT 1d. Timeframes are written 15m, 1h, 4h, 1d, 1w."
)
UNKNOWN = (
    "That needs the language model, which is not there just now. Without it I can analyse a "
    "market (/analyze BTC 4h), and explain how to read an analysis or how to size a position."
)


class MockAIAnalyzer:
    """Analyses by stated rules from market data, and small talk from patterns."""

    name = "mock"
    available = True

    def __init__(self, analyst: Analyst) -> None:
        self._analyst = analyst

    def respond(self, question: Question) -> Generator[Event, None, None]:
        """Answer `question`: with its panel if it has one, else by analysis or small talk."""
        answer = self.analyze if question.kind is Kind.ANALYSIS else self.chat
        yield Finished(question.panel or answer(question.text), self.name)

    def analyze(self, prompt: str) -> str:
        """The panel for the symbol in `prompt`; without data HOLD, Low, and why."""
        request = self._analyst.understand(prompt)
        if request is None and (coin := find_coin(prompt)):
            request = self._analyst.understand(coin)
        if request is None:
            return WHICH_MARKET
        try:
            return self._analyst.report(request).panel
        except MarketError as err:
            return str(err)

    def chat(self, message: str) -> str:
        """A reply to `message` from patterns; the same message always gets the same reply."""
        coin = find_coin(message)
        for pattern, reply in SMALL_TALK:
            if re.search(pattern, message[:2000], re.IGNORECASE):
                return reply
        if coin:
            return (
                f"{coin}? Send /analyze {coin} or /analyze {coin} 4h and I'll look at the market."
            )
        return UNKNOWN
