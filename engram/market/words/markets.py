"""The markets that exchanges list, made ready for looking up what people write; pure."""

import difflib
from collections.abc import Iterable

from engram.market.symbols import spellings
from engram.market.words import coin_names
from engram.market.words.fold import key

# Quotes that are recognised also while no list of markets is at hand. Longest first, so that USDT
# is not read as USD; so many letters must stand before them where nothing is listed.
QUOTES = {"fdusd": 1, "usdt": 1, "usdc": 1, "usd": 3, "eur": 3, "gbp": 3, "btc": 3, "eth": 3}
# Some exchanges write it in another way.
OTHERWISE = {"xbt": "btc"}
MONEY_ENDINGS = ("fdusd", "usdt", "usdc", "usd", "eur")
LONGEST_BASE = 15


class Markets:
    """The markets in `symbols`; what names no quote is asked in `quote`.

    `complete` is False while some exchange's list is missing: what is not listed may exist all the
    same, and well-known coins are taken to exist.
    """

    def __init__(self, symbols: Iterable[str], quote: str, *, complete: bool = True) -> None:
        self._symbols = frozenset(symbols)
        self._quote = quote
        self.complete = complete
        pairs = [symbol.partition("/") for symbol in self._symbols]
        self._bases = {key(base): base for base, _, _ in pairs}
        self._quotes = {key(money): money for _, _, money in pairs}
        self._quotes.update((money, money.upper()) for money in QUOTES)
        if not complete:
            known = coin_names.tickers(words=True)
            self._bases = {ticker.lower(): ticker for ticker in known} | self._bases

    def base(self, word: str) -> str | None:
        """The coin whose ticker is `word`, in its comparable form."""
        return self._bases.get(word) or self._bases.get(OTHERWISE.get(word, word))

    def quote(self, word: str) -> str | None:
        """The money in which markets are quoted that is written as `word`."""
        return self._quotes.get(word)

    def listed(self, base: str, quote: str | None = None) -> str | None:
        """The listed symbol of `base`; while lists are missing the usual one. None if unlisted."""
        names = spellings(base, quote or self._quote, self._quote)
        found = next((name for name in names if name in self._symbols), None)
        return found or (None if self.complete else names[0])

    def split(self, word: str) -> tuple[str, str] | None:
        """`word` as base and quote, if it is a pair without a separator: "ethbtc"."""
        for ending, money in self._endings(word):
            base = self.base(word.removesuffix(ending))
            if base and self._is_pair(base, money):
                return base, money
        return None

    def unlisted_base(self, word: str) -> str:
        """The part of `word` before the money that it ends in: "hype" of "hypeusdt"."""
        ending = next((one for one in MONEY_ENDINGS if word.endswith(one)), "")
        return word[: len(word) - len(ending)] if len(word) >= len(ending) + 2 else word

    def nearest(self, word: str) -> tuple[str, ...]:
        """Up to three listed symbols that `word`, which is not listed, may have been meant as."""
        base, _, _ = word.partition("/")
        same = self._bases.get(key(base))
        if same:
            return tuple(sorted(name for name in self._symbols if name.startswith(f"{same}/"))[:3])
        close = difflib.get_close_matches(key(base)[:LONGEST_BASE], self._bases, 3, 0.7)
        symbols = (self.listed(self._bases[one]) for one in close)
        return tuple(dict.fromkeys(filter(None, symbols)))

    def _endings(self, word: str) -> list[tuple[str, str]]:
        lengths = range(min(len(word) - 1, 6), 1, -1)
        found = ((word[-length:], self._quotes.get(word[-length:])) for length in lengths)
        return [(ending, money) for ending, money in found if money]

    def _is_pair(self, base: str, money: str) -> bool:
        return any(name in self._symbols for name in spellings(base, money, self._quote)) or (
            not self.complete and money.lower() in QUOTES
        )
