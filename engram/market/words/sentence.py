"""Which words of a sentence mean markets; pure."""

import re
from dataclasses import dataclass

from engram.market.words.coin_names import tickers
from engram.market.words.markets import QUOTES
from engram.market.words.speech import (
    AFTER_TICKERS,
    AFTERWARDS,
    AND,
    ASKED,
    ASKED_FOR,
    BEFORE_NOUNS,
    BEFORE_THINGS,
    BOUGHT,
    COMMON,
    DECISIONS,
    DOING,
    ENOUGH_AFTER,
    IS,
    LINKS,
    MARKET_STATES,
    MONEY,
    NO_TICKERS,
    PRICED,
    RARE,
    REACHES,
    STATES,
    VERBS,
    WEAK,
)
from engram.market.words.tokens import Word

# Between these there is no connection between two words.
BREAK = re.compile(r"[.!?;,:()\n…。！？]")
# "$5k" and "$10m" are sums of money.
SUM = re.compile(r"\d+(?:k|m|b|bn|mn|t|x)?")
CHOICE = frozenset({"or", "vs", "versus"})
LONGEST_TICKER = 10


@dataclass(frozen=True, slots=True)
class Spoken:
    """The words that mean markets: those that are `listed`, and those that no exchange lists."""

    listed: tuple[Word, ...]
    unlisted: tuple[Word, ...]


def markets_spoken_of(words: list[Word]) -> Spoken:
    """The words of a sentence that mean markets."""
    sentence = _Sentence(words)
    meant = {
        i
        for i, word in enumerate(words)
        if (sentence.means_market(i) if word.is_market else sentence.is_unlisted(i))
    }
    # What is joined to a market from the left or from the right is one, too.
    for i in (*range(len(words)), *reversed(range(len(words)))):
        if sentence.is_joined(i, meant):
            meant.add(i)
    found = [words[i] for i in sorted(meant)]
    listed = tuple(word for word in found if word.is_market)
    return Spoken(listed, tuple(word for word in found if not word.is_market))


class _Sentence:
    """The words of a sentence in their places."""

    def __init__(self, words: list[Word]) -> None:
        self._words = words
        self._is_shouted = _is_shouted(words)
        self._is_decision = any(word.low in DECISIONS for word in words)

    def means_market(self, i: int) -> bool:
        """Whether the word at `i`, which can mean a listed market, does."""
        word = self._words[i]
        if word.is_sure:
            return True
        if len(word.low) == 1 or self._is_part(i):
            return False
        if word.low in COMMON:
            return self._is_capital(i) and self._in_slot(i)
        if word.low in RARE and len(self._words) > 2:
            return self._is_capital(i)
        return self._is_capital(i) or self._in_slot(i) or self._is_weighed(i)

    def is_unlisted(self, i: int) -> bool:
        """Whether the word at `i` is meant as a market although no exchange lists it."""
        word = self._words[i]
        if word.timeframe or SUM.fullmatch(word.low) or word.low in MONEY:
            return False
        if word.base:
            is_money = word.low in QUOTES or word.base.lower() in MONEY
            return (word.is_sure or self._in_slot(i)) and not (word.is_name and is_money)
        if word.is_sure:
            return True
        if self._is_part(i) or not word.low.isascii() or not 2 <= len(word.low) <= LONGEST_TICKER:
            return False
        if word.low in NO_TICKERS:
            return False
        return self._is_asked_for(i) if self._is_capital(i) else self._is_priced(i)

    def is_joined(self, i: int, meant: set[int]) -> bool:
        """Whether the word at `i` is named in one breath with one that means a market."""
        word = self._words[i]
        if i in meant or word.timeframe or word.low in WEAK or len(word.low) == 1:
            return False
        if self._is(i, -1, BEFORE_THINGS):
            return False
        is_ticker = word.is_market or (self._is_capital(i) and not word.base and word.low.isascii())
        if not is_ticker or not self._ends(i):
            return False
        return self._and(i, -1) in meant or self._and(i, 1) in meant

    def _and(self, i: int, step: int) -> int:
        """The place of what is joined to the word at `i`, on the side of `step`; -1 for nothing."""
        other = i + step
        if not 0 <= other < len(self._words):
            return -1
        glue = self._words[max(i, other)].before.strip()
        if self._words[other].low in AND and not BREAK.search(glue):
            return other + step if 0 <= other + step < len(self._words) else -1
        if glue in (",", "&", "+", "/"):
            return other
        # "btc eth sol", but not "btc pump".
        row = (other, other + step)
        is_row = 0 <= row[1] < len(self._words) and all(self._words[j].is_sure for j in row)
        return other if not glue and is_row else -1

    def _ends(self, i: int) -> bool:
        """Whether nothing follows the word at `i` that makes it a part of another thought."""
        following = self._at(i, 1)
        return following is None or bool(
            following.timeframe or following.is_market or following.low in AFTER_TICKERS
        )

    def _at(self, i: int, step: int) -> Word | None:
        """The word `step` from `i`, unless the sentence breaks off in between."""
        j = i + step
        if not 0 <= j < len(self._words):
            return None
        first, last = min(i, j) + 1, max(i, j) + 1
        glues = [word.before for word in self._words[first:last]]
        return None if any(BREAK.search(glue) for glue in glues) else self._words[j]

    def _is(self, i: int, step: int, of: frozenset[str]) -> bool:
        word = self._at(i, step)
        return word is not None and word.low in of

    def _in_slot(self, i: int) -> bool:
        """Whether the word at `i` stands where a market's name stands: "price of X", "X chart"."""
        following = self._at(i, 1)
        charted = following is not None and bool(following.timeframe) and not following.is_span
        if self._is(i, -1, BEFORE_THINGS):
            return self._is(i, -1, frozenset({"the"})) and self._is(i, 1, PRICED)
        if charted or self._is(i, 1, AFTERWARDS):
            return True
        if following is not None and following.is_sure and following.is_market:
            return False
        return self._is_named(i) or self._is_judged(i)

    def _is_named(self, i: int) -> bool:
        """ "buy X", "price of X", but not "the buy link"."""
        if self._is(i, -1, VERBS):
            return not self._is(i, -2, BEFORE_NOUNS)
        return self._is(i, -1, LINKS) and self._is(i, -2, ASKED)

    def _is_judged(self, i: int) -> bool:
        """ "is X a buy", "X will flip Y"."""
        near = [word for step in (1, 2, 3, 4) if (word := self._at(i, step))]
        if self._is(i, -1, IS):
            is_level = len(near) > 1 and near[0].low in REACHES and near[1].low.isdigit()
            is_worth = len(near) > 1 and near[0].low == "worth" and near[1].low in DOING
            return is_level or is_worth or any(word.low in STATES for word in near)
        if not self._is(i, 1, IS):
            return False
        state = next((n for n in (1, 2, 3) if self._is(i, n, MARKET_STATES)), None)
        # People are bullish "on" a market; markets are bullish on a chart.
        return state is not None and (
            not self._is(i, state + 1, frozenset({"on"}))
            or any(one.timeframe for n in (2, 3) if (one := self._at(i, state + n)))
        )

    def _is_weighed(self, i: int) -> bool:
        """ "X or Y", both tickers, where it is said what to do with them."""
        others = [j for step in (-1, 1) if (j := self._and(i, step)) >= 0]
        tickers = (self._words[j].is_market and self._ends(j) for j in others)
        is_choice = self._is(i, 1, CHOICE) or self._is(i, -1, CHOICE)
        return is_choice and self._is_decision and self._ends(i) and any(tickers)

    def _is_asked_for(self, i: int) -> bool:
        """ "price of X", "buy X", "X chart": plain enough for a word that is on no list."""
        if self._is(i, -1, BEFORE_THINGS):
            return False
        is_named = self._is(i, -1, LINKS) and self._is(i, -2, ASKED_FOR)
        return is_named or self._is(i, -1, BOUGHT) or self._is(i, 1, PRICED) or self._is_judged(i)

    def _is_priced(self, i: int) -> bool:
        """ "price of X", and no more."""
        following = self._at(i, 1)
        ends = following is None or following.low in ENOUGH_AFTER
        return ends and self._is(i, -1, LINKS) and self._is(i, -2, frozenset({"price", "precio"}))

    def _is_capital(self, i: int) -> bool:
        word = self._words[i]
        is_loud = self._is_shouted or word.is_name or len(word.low) == 1
        return not is_loud and word.meant.isupper()

    def _is_part(self, i: int) -> bool:
        """Whether the word at `i` is a part of a longer one: of a file's name, or "GLM-4"."""
        before = self._words[i].before[-1:]
        after = self._words[i + 1].before if i + 1 < len(self._words) else " "
        return before in ("-", "_", ".") or after in ("-", "_", ".")


def _is_shouted(words: list[Word]) -> bool:
    """Whether most of a text is in capitals, which then say nothing."""
    letters = [word for word in words if len(word.low) > 1 and not word.low.isdigit()]
    letters = [word for word in letters if not word.timeframe and word.low.isascii()]
    others = [word for word in letters if not word.base and word.low not in MONEY]
    loud = [word for word in others if word.meant.isupper() and word.low not in tickers(words=True)]
    return len(loud) >= 2 and len(loud) * 2 > len(others)
