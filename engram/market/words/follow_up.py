"""Whether a text goes on about the market that was spoken of before; pure."""

from engram.market.words.speech import AND, FILLER, IT, SMALL_TALK, TALK, WEAK
from engram.market.words.tokens import Word

# A text of more words has more on its mind than the market of before.
MOST_WORDS = 14
SHORT = 6


def is_follow_up(words: list[Word]) -> bool:
    """Whether a text that names no market may be about the one that was spoken of before."""
    if not words or len(words) > MOST_WORDS:
        return False
    has_frame = any(word.timeframe for word in words)
    other = [word for word in words if not word.timeframe and word.low not in SMALL_TALK]
    if has_frame and not other:
        return True
    has_it = any(word.low in IT for word in words)
    return any(word.low in TALK for word in words) and len(other) <= has_it


def also_asked(words: list[Word]) -> list[Word]:
    """The markets in "and sol?" or "and link on the daily?", and in nothing longer than that."""
    if not words or words[0].low not in AND or len(words) > SHORT:
        return []
    markets = [word for word in words if word.is_market and word.low not in WEAK]
    others = [word for word in words if word not in markets and not word.timeframe]
    return markets if all(word.low in FILLER for word in others) else []


def may_be_of_markets(words: list[Word]) -> bool:
    """Whether a text may speak of a market that is not known yet."""
    return any(word.is_sure or word.low in TALK or word.meant.isupper() for word in words)
