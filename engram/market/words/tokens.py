"""A text -> its words, and which of them may be markets, money or a timeframe; pure."""

import re
from dataclasses import dataclass, replace

from engram.market.words import coin_names, timeframes
from engram.market.words.coin_names import Named
from engram.market.words.fold import Folded
from engram.market.words.markets import LONGEST_BASE, Markets
from engram.market.words.speech import COMMON, IN, MONEY, PERPETUAL, VENUES
from engram.market.words.timeframes import Frame

# Letters of Latin words; a word of another script ends where these begin.
LATIN = "0-9a-z\u00df-\u024f"
# "1.5h" is one word, or it would be a 1 and a 5h.
WORD = re.compile(rf"\d+(?:[.,]\d+)+[{LATIN}]*|[{LATIN}]+|(?:(?![{LATIN}_])\w)+")
GLUED_FRAME = re.compile(r"(\w*[a-z])(\d{1,2}(?:m|min|h|hr|d|w))", re.ASCII)


@dataclass(frozen=True, slots=True)
class Word:
    """A word at `start` to `end`; `before` is what stands between it and the word before it.

    `base` is the coin that it may mean and `symbol` that coin's market, both "" for none; a coin
    that no exchange lists has no symbol. `is_sure` tells that it means a market whatever stands
    around it, `is_name` that it is a coin's name and no ticker. `timeframe` is "" unless it is one.
    `meant` is how to name it to a person.
    """

    start: int
    end: int
    low: str
    before: str
    meant: str
    base: str = ""
    symbol: str = ""
    is_sure: bool = False
    is_name: bool = False
    timeframe: str = ""
    is_span: bool = False

    @property
    def is_market(self) -> bool:
        """Whether it can mean a listed market."""
        return bool(self.symbol)


def words(folded: Folded, markets: Markets) -> list[Word]:
    """All words of a text; those of a pair ("BTC / USDT"), or a name, are one."""
    plain = _plain_words(folded, markets)
    found: list[Word] = []
    at = 0
    while at < len(plain):
        word, at = _joined(plain, at, markets, folded)
        if word:
            found.extend(_apart(word, markets))
    return found


def _plain_words(folded: Folded, markets: Markets) -> list[Word]:
    """The words, each by itself; names of several words and timeframes are one."""
    marks: list[Frame | Named] = [*timeframes.find(folded)]
    taken = {place for one in marks for place in range(one.start, one.end)}
    marks += [one for one in coin_names.find(folded.low) if one.start not in taken]
    marks.sort(key=lambda one: one.start)
    found: list[Word] = []
    past = begin = 0
    for mark in [*marks, None]:
        stop = mark.start if mark else len(folded.low)
        for one in WORD.finditer(folded.low, begin, stop):
            word = Word(*one.span(), one[0], folded.low[past : one.start()], _written(folded, one))
            past = one.end()
            found.append(_looked_up(word, folded, markets))
        if mark is None:
            break
        low = folded.low[mark.start : mark.end]
        written = folded.written(mark.start, mark.end)
        word = Word(mark.start, mark.end, low, folded.low[past : mark.start], written)
        past = begin = mark.end
        if isinstance(mark, Frame):
            found.append(replace(word, timeframe=mark.timeframe, is_span=mark.is_span))
        else:
            found.append(_named(word, mark, markets))
    return found


def _written(folded: Folded, one: re.Match[str]) -> str:
    return folded.written(*one.span())


def _named(word: Word, name: Named, markets: Markets) -> Word:
    bases = [base for ticker in name.tickers if (base := markets.base(ticker.lower()))]
    if not bases:
        # A phrase that is no coin at all stays a word that nothing is known about.
        base = name.tickers[0] if name.tickers else ""
        return replace(word, base=base, is_sure=bool(base) and not name.is_word, is_name=True)
    symbol = markets.listed(bases[0]) or ""
    return replace(word, base=bases[0], symbol=symbol, is_sure=not name.is_word, is_name=True)


def _looked_up(word: Word, folded: Folded, markets: Markets) -> Word:
    """`word` with what it means by itself: a ticker, or a pair without a separator."""
    if word.low.isdigit() or not folded.accented.isdisjoint(range(word.start, word.end)):
        return word
    sign = word.before[-1:]
    signed = sign == "$" or (sign == "#" and word.low not in COMMON)
    if base := markets.base(word.low):
        sure = signed or base in coin_names.tickers(words=False)
        return replace(word, base=base, symbol=markets.listed(base) or "", is_sure=sure)
    if pair := markets.split(word.low):
        symbol = markets.listed(*pair) or ""
        return replace(word, base=pair[0], symbol=symbol, is_sure=True)
    rest = word.low.removesuffix("perp")
    if rest != word.low and (markets.base(rest) or markets.split(rest)):
        short = replace(word, low=rest, meant=word.meant[: len(rest)])
        return replace(_looked_up(short, folded, markets), is_sure=True)
    rest = markets.unlisted_base(word.low)
    if rest != word.low and word.low.isascii():
        return replace(word, meant=word.meant[: len(rest)], is_sure=word.meant.isupper())
    return replace(word, is_sure=True) if sign == "$" else word


def _joined(
    plain: list[Word], at: int, markets: Markets, folded: Folded
) -> tuple[Word | None, int]:
    """The word at `at` with what belongs to it, and the place after that."""
    word, after = plain[at], at + 1
    following = plain[after] if after < len(plain) else None
    if following is None:
        return word, after
    if (
        following.before == ":"
        and (word.low in VENUES or not word.base)
        and following.low.isascii()
    ):
        # What follows the exchange's name is a symbol.
        if following.timeframe or following.low.isdigit():
            return word, after
        is_sure = following.is_sure or word.low in VENUES
        plain[after] = replace(following, before=word.before, is_sure=is_sure)
        return None, after
    if following.before == "." and following.low == "d" and word.base:
        # Dominance, as TradingView writes it, is no market.
        meant = folded.written(word.start, following.end)
        return replace(word, base="", symbol="", meant=meant, is_sure=True), after + 1
    quote = _quote(plain, at, markets)
    if quote:
        money, after, is_explicit = quote
        word = _in_money(word, money, markets, is_explicit=is_explicit)
    while after < len(plain) and _is_contract(plain[after], markets):
        # "a perpetual" is no contract of a coin called A.
        is_sure = bool(word.base) and (word.low not in COMMON or bool(plain[after].before.strip()))
        word, after = replace(word, is_sure=word.is_sure or is_sure), after + 1
    return word, after


def _quote(plain: list[Word], at: int, markets: Markets) -> tuple[str, int, bool] | None:
    """The money that the coin at `at` is asked in, the place after it, and if it is a pair."""
    word, following = plain[at], plain[at + 1]
    glue = following.before
    if not word.low.isascii() and not word.base:
        return None
    named = MONEY.get(following.low) or markets.quote(following.low)
    if glue.strip() in ("/", "-", "_", ":", "|") and len(glue) <= 3 and named:
        chained = plain[at + 2].before.strip() == "/" if at + 2 < len(plain) else False
        if (glue.strip() == "-" and len(glue) > 1) or (chained and following.base):
            return None
        if glue.strip() == ":" and len(glue) > 1 and not word.base:
            # "Coin: BTC" is no pair.
            return None
        return (named, at + 2, True) if word.base or _is_ticker(word) else None
    money = MONEY.get(following.low)
    if not word.base or glue.strip():
        return None
    if money and word.base != money:
        return money, at + 2, False
    if following.low in IN:
        after = at + 2 + (at + 2 < len(plain) and plain[at + 2].low == "the")
        rest = plain[after] if after < len(plain) else None
        if rest and not rest.before.strip() and (money := MONEY.get(rest.low)):
            return money, after + 1, False
        other = markets.quote(rest.low) if rest and following.low == "in" else None
        if rest and other and markets.listed(word.base, other):
            return other, after + 1, False
    return None


def _is_ticker(word: Word) -> bool:
    if word.timeframe:
        return False
    return word.low.isalnum() and 2 <= len(word.low) <= LONGEST_BASE and not word.low.isdigit()


def _in_money(word: Word, money: str, markets: Markets, *, is_explicit: bool) -> Word:
    if not word.base:
        return replace(word, is_sure=True)
    if markets.base(word.base.lower()) is None:
        return replace(word, is_sure=True)
    symbol = markets.listed(word.base, money) or ""
    meant = word.meant if symbol else f"{word.base}/{money}"
    return replace(word, symbol=symbol, meant=meant, is_sure=word.is_sure or is_explicit)


def _is_contract(word: Word, markets: Markets) -> bool:
    """Whether `word` only says which contract of a pair is meant: ".P", "-PERP", ":USDT"."""
    glue = word.before.strip()
    if word.low == "p":
        return word.before == "."
    if word.low in PERPETUAL:
        return glue in ("", "-", "_", ".")
    return word.before == ":" and markets.quote(word.low) is not None and not word.timeframe


def _apart(word: Word, markets: Markets) -> list[Word]:
    """A ticker and a timeframe that are written as one word: "btc4h"."""
    glued = GLUED_FRAME.fullmatch(word.low)
    if word.base or word.timeframe or not glued:
        return [word]
    pair = markets.split(glued[1])
    base = markets.base(glued[1]) or (pair[0] if pair else None)
    if not base:
        return [word]
    symbol = markets.listed(*pair) if pair else markets.listed(base)
    middle = word.start + len(glued[1])
    first = replace(
        word, end=middle, low=glued[1], base=base, symbol=symbol or "", is_sure=True,
        meant=word.meant[: len(glued[1])],
    )  # fmt: skip
    unit = glued[2].replace("min", "m").replace("hr", "h")
    return [first, Word(middle, word.end, glued[2], "", glued[2], timeframe=unit)]
