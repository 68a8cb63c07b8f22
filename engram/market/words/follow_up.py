"""Whether a text goes on about the market that was spoken of before; pure."""

from engram.market.words.coin_names import tickers
from engram.market.words.speech import (
    AND,
    COMPARED,
    DEFINITE,
    FILLER,
    GENERAL,
    IT,
    KINDS,
    SAME,
    SMALL_TALK,
    TALK,
    VIEW,
    WEAK,
)
from engram.market.words.tokens import Word

# A text of more words has more on its mind than the market of before.
MOST_WORDS = 14
SHORT = 6


def is_follow_up(words: list[Word]) -> bool:
    """Whether a text that names no market may be about the one that was spoken of before."""
    known = tickers(words=True)
    if not words or len(words) > MOST_WORDS or _is_general(words):
        return False
    if any(word.base in known and word.low not in WEAK for word in words):
        # "Is sol worth it?" may be about Solana: the market of before would be another one.
        return False
    has_frame = any(word.timeframe for word in words)
    other = [word for word in words if not word.timeframe and word.low not in SMALL_TALK]
    if has_frame and all(word.low in VIEW for word in other):
        return True
    has_it = any(word.low in IT for word in words)
    return any(word.low in TALK for word in words) and len(other) <= has_it


def also_asked(words: list[Word]) -> list[Word]:
    """The markets in "and sol?" or "the same for link", and in nothing longer than that."""
    if not words or len(words) > SHORT:
        return []
    if words[0].low not in AND and all(word.low not in SAME for word in words):
        return []
    markets = [word for word in words if word.is_market and word.low not in WEAK]
    others = [word for word in words if word not in markets and not word.timeframe]
    return markets if all(word.low in FILLER or word.low in SAME for word in others) else []


def is_compared(words: list[Word]) -> bool:
    """Whether something is compared with the market that was spoken of before: "eth vs it"."""
    lows = ["", *(word.low for word in words), "", ""]
    return any(
        low in IT and not COMPARED.isdisjoint((lows[i - 1], lows[i + 1], lows[i + 2]))
        for i, low in enumerate(lows)
    )


def may_be_of_markets(words: list[Word]) -> bool:
    """Whether a text may speak of a market that is not known yet."""
    return any(word.is_sure or word.low in TALK or word.meant.isupper() for word in words)


def _is_general(words: list[Word]) -> bool:
    """Whether the meaning of a word is asked for: "what is an ema?", "what does rsi mean?"."""
    lows = [word.low for word in words]
    if not GENERAL.isdisjoint(lows):
        return DEFINITE.isdisjoint(lows)
    start = 1 if lows[0] == "whats" else 2 if lows[1:2] in (["is"], ["s"]) else len(lows)
    asked = lows[start : start + 2]
    return (
        lows[0] in ("what", "whats")
        and asked[:1] in (["a"], ["an"])
        and (asked[1:] != [] and asked[1] not in KINDS)
    )
