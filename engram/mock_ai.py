"""`MockAIAnalyzer`: what can be said without a language model; deterministic."""

from __future__ import annotations

import re
from collections.abc import Generator

from engram.events import Event, Finished, Kind, Question
from engram.symbols import find_coin, parse_request

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
UNKNOWN = (
    "That needs the language model, which is not there just now. Without it I can analyse a "
    "market (/analyze BTC 4h), and explain how to read an analysis or how to size a position."
)


class MockAIAnalyzer:
    """Analyses from market data by stated rules, and small talk from patterns.

    `quote` and `timeframe` hold for an analysis that names none.
    """

    name = "mock"
    available = True

    def __init__(self, quote: str = "USDT", timeframe: str = "1h") -> None:
        self._quote = quote
        self._timeframe = timeframe

    def respond(self, question: Question) -> Generator[Event, None, None]:
        """Answer `question`, by analysis or small talk as its kind says."""
        answer = self.analyze if question.kind is Kind.ANALYSIS else self.chat
        yield Finished(answer(question.text), self.name)

    def analyze(self, prompt: str) -> str:
        """The panel for the symbol in `prompt`; without data HOLD, Low, and why."""
        request = parse_request(prompt, self._quote, self._timeframe)
        coin = find_coin(prompt)
        symbol = request.symbol if request else f"{coin}/{self._quote}" if coin else "this market"
        return (
            f"📊 Market Analysis for {symbol}\n\n"
            "Signal: HOLD\n"
            "Confidence: Low\n\n"
            "There is no market data at hand, so no price, trend or level could be measured, and "
            "without a measurement there is no reason to buy or to sell."
        )

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
